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

/**
 * Verdicts of Gate::onRequest() that are not a SIP status code. GATE_DONE: it has been
 * answered by challenge() or reply().
 */
enum { GATE_PASS = 0, GATE_DROP = -1, GATE_DONE = -2 };

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

    /* What onRequest() may ask about its request, and how it may answer it. */

    /** Return uri, expires, q, instance and reg-id of each Contact, "*" for all. */
    std::vector<std::string> contacts() const;

    /** Return the seconds of the Expires header, or -1. */
    int expires() const;

    /** Return the values of its Path headers, as they may stand in a Route. */
    std::vector<std::string> paths() const;

    /** Return the option tags in the headers of a name. */
    std::vector<std::string> optionTags(const std::string &header) const;

    /** Return the text of the first header of a name. */
    std::string headerText(const std::string &header) const;

    /** Return the body. */
    std::string body() const;

    /** Return username, nonce, algorithm, qop and nc of credentials, or nothing. */
    std::vector<std::string> credentials(const std::string &realm) const;

    /** Tell if its credentials are a user's with this H(A1). */
    bool verify(const std::string &username, const std::string &realm,
                const std::string &ha1) const;

    /** Answer 401, with one challenge for each algorithm, and keep no state. */
    void challenge(const std::string &realm, const std::string &nonce,
                   const std::vector<std::string> &algorithms, bool stale) const;

    /** Answer in a transaction, which answers repetitions by itself. */
    void reply(int status, const std::vector<std::string> &names,
               const std::vector<std::string> &values) const;

    /** Tell if two URIs are the same (RFC 3261 section 19.1.4). */
    static bool sameUri(const std::string &one, const std::string &other);

    /**
     * Send the requests of a call there, whatever their URIs say; without a Call-ID
     * those of the call whose INVITE goes out next, or the MESSAGE that does. False for
     * what is no address.
     */
    bool sendTo(const std::string &callId, const std::string &transport,
                const std::string &address, int port, unsigned long long connection);

    /** Forget where the requests of a call go. */
    void forgetHop(const std::string &callId);

    /** Hold a connection open, or let it go when it is idle. */
    void keepConnection(unsigned long long connection, bool kept);

    /** Hear a multicast group on every interface through a UDP transport, or not. */
    static bool joinGroup(int transportId, const std::string &group, bool joined);

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
