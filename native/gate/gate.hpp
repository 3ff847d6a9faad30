/*
 * The gate: every request is shown to the application before PJSIP acts on it.
 *
 * Everything here runs in the one thread that polls Endpoint::libHandleEvents().
 */
#ifndef SIP_INTERCOM_GATE_HPP
#define SIP_INTERCOM_GATE_HPP

#include <memory>
#include <string>
#include <vector>

#include <pjsua2/siptypes.hpp>

namespace pj {

/** Facts of one request. Valid only while Gate::onRequest() runs. */
struct GateRequest
{
    /* How it came. Addresses are numeric, without brackets. */
    std::string transport;              /* "udp", "tcp" or "tls" */
    bool ipv6 = false;
    bool outgoing = false;              /* over a connection that we opened */
    unsigned long long connection = 0;  /* never used twice; 0 for UDP */
    bool tlsVerified = false;           /* the peer proved who it is */
    std::string localAddress;
    int localPort = 0;
    std::string remoteAddress;
    int remotePort = 0;

    /* What it says. Empty where the header is missing or unreadable. */
    std::string method;
    std::string requestUri;
    std::string fromUri;
    std::string fromName;
    std::string fromTag;
    std::string toUri;
    std::string toTag;
    std::string callId;
    std::string branch;
    int cseq = 0;
    std::string contactUri;
    std::string userAgent;
    std::string assertedIdentity;       /* P-Asserted-Identity */
    std::string diversion;
    std::string calledPartyId;          /* P-Called-Party-ID */
    std::string contentType;
    bool hasReplaces = false;
    int size = 0;                       /* bytes of the whole message */

    /* What it belongs to. */
    bool transaction = false;           /* retransmission, CANCEL or ACK of one */
    bool dialog = false;                /* both tags name a dialog that we have */

    std::string defect;                 /* what the shield found wrong, or empty */

    /** To be written: the account that takes an INVITE; without one it is refused. */
    int accountId = -1;
};

/** Verdicts of Gate::onRequest() that are not a SIP status code. */
enum { GATE_PASS = 0, GATE_DROP = -1 };

/** The door between the network and PJSIP. One instance at a time. */
class Gate
{
public:
    Gate();
    virtual ~Gate();

    Gate(const Gate &) = delete;
    Gate &operator=(const Gate &) = delete;

    /** Open for work; after Endpoint::libInit(), before any transport exists. */
    void start() PJSUA2_THROW(Error);

    /** Drop whatever comes from now on; before Endpoint::libDestroy(). */
    void stop();

    /**
     * Judge one request: GATE_PASS, GATE_DROP or the status of a bare answer.
     * ACK and CANCEL that belong to nothing are dropped without being shown.
     */
    virtual int onRequest(GateRequest &request);

    /** Hear of a response with a defect; one in its body has cost it the body. */
    virtual void onDefectiveResponse(const std::string &callId,
                                     const std::string &defect);

    /** Hear that a TCP or TLS connection is gone. */
    virtual void onConnectionLost(unsigned long long connection);

    /** Hear that a name is wanted; setHost() within 5 s, or sending fails. */
    virtual void onResolve(const std::string &host);

    /** Give a name its addresses, best first: "a", "a:port" or "[a]:port". */
    void setHost(const std::string &host,
                 const std::vector<std::string> &addresses) PJSUA2_THROW(Error);

    /** Forget a name. */
    void removeHost(const std::string &host);

    /** Return the connection that brought a message, 0 for UDP. */
    unsigned long long connection(const SipRxData &rdata) const;

    /** Close a connection that is no longer trusted to work. */
    void closeConnection(unsigned long long connection);

    /**
     * Close the socket of a UDP transport, whatever still refers to it; only
     * Endpoint::transportClose() may follow. Its port is free then.
     */
    static void closeSocket(int transportId);

    /** Return the descriptor that ends a poll when a byte is written to it. */
    int wakeUpHandle() const;

    /** Log messages up to the level: 4 and above include whole SIP messages. */
    static void setLogLevel(int level);

    /** Return what this library is made of, as JSON. */
    static std::string buildInfo();

#ifndef SWIG
    struct Parts;

private:
    std::unique_ptr<Parts> parts_;
#endif
};

} // namespace pj

#endif
