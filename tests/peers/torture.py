"""Messages that test a parser, written after the descriptions in RFC 4475.

Names are the RFC's. `{target}`, `{source}` and `{caller}` are filled in; lines
end in CRLF and bytes outside ASCII are Latin-1, unless a message says otherwise.
"""

from dataclasses import dataclass

from .stranger import Stranger

VIA = "Via: SIP/2.0/UDP {source};rport;branch=z9hG4bK"
OFFER = (
    "v=0\n"
    "o=mhandley 29739 7272939 IN IP4 {address}\n"
    "s=-\n"
    "c=IN IP4 {address}\n"
    "t=0 0\n"
    "m=audio 49217 RTP/AVP 0 8\n"
    "a=rtpmap:0 PCMU/8000\n"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Torture:
    """One message, and whether it may ring when a doorbell sends it.

    An INVITE may ring if what identifies it is valid: Via, From, To, Call-ID
    and CSeq. For the rest we are as liberal as PJSIP.
    """

    name: str
    text: str
    may_ring: bool = False

    def encode(self, sender: Stranger, caller: str) -> bytes:
        """Return the message as it goes on the wire."""
        text = self.text.replace("{offer}", OFFER)
        for name, value in {
            "target": str(sender.target),
            "source": str(sender.endpoint),
            "address": sender.endpoint.address,
            "caller": caller,
        }.items():
            text = text.replace(f"{{{name}}}", value)
        return text.replace("\n", "\r\n").encode("latin-1")


def _invite(
    name: str,
    *headers: str,
    line: str = "INVITE sip:homeassistant@{target} SIP/2.0",
    without: tuple[str, ...] = (),
    body: str = "{offer}",
    may_ring: bool = False,
) -> Torture:
    """Return an INVITE whose headers replace the usual ones of the same name."""
    usual = {
        "via": f"{VIA}{name}",
        "from": "From: <{caller}>;tag=" + name,
        "to": "To: <sip:homeassistant@{target}>",
        "call-id": f"Call-ID: {name}@{{source}}",
        "cseq": "CSeq: 1 INVITE",
        "max-forwards": "Max-Forwards: 70",
        "contact": "Contact: <sip:tester@{source}>",
        "content-type": "Content-Type: application/sdp",
    }
    replaced = {header.partition(":")[0].strip().lower() for header in headers}
    kept = [
        text
        for key, text in usual.items()
        if key not in replaced and key not in without
    ]
    text = "\n".join((line, *kept, *headers)) + "\n\n" + body
    return Torture(name=name, text=text, may_ring=may_ring)


VALID = (
    _invite(
        "wsinv",
        "TO :\n sip:homeassistant@{target} ;   tag    = 1918181833n",
        'from   : "J Rosenberg \\\\\\""       <{caller}>\n  ;\n  tag = 98asjd8',
        "MaX-fOrWaRdS: 0068",
        "Call-ID: wsinv.ndaksdj@{source}",
        "cseq: 0009\n  INVITE",
        "Via  : SIP  /   2.0\n /UDP\n    {source};rport;branch=z9hG4bKwsinv",
        "s :",
        "NewFangledHeader:   newfangled value\n continued newfangled value",
        "UnknownHeaderWithUnusualValue: ;;,,;;,;",
        "Route:\n <sip:{target};lr>",
        "v:  SIP  / 2.0  / TCP     spindle.example.com   ;\n"
        "  branch  =   z9hG4bK9ikj8  ,\n SIP  /    2.0   / UDP  192.168.255.111"
        "   ; branch=\n z9hG4bK30239",
        'm:"Quoted string \\"\\"" <sip:tester@{source}> ; newparam =\n'
        "      newvalue ;\n  secondparam ; q = 0.33",
        without=("to", "from", "contact"),
    ),
    _invite(
        "intmeth",
        'To: "BEL:\\\u0007 NUL:\\\u0000 DEL:\\\u007f" <sip:homeassistant@{target}>',
        "From: token1~` token2'+_ token3*%!.- <{caller}>;fromParam''~+*_!.-%=\"x\";tag=i",
        "extensionHeader-!.%*+_`'~:\u00ef\u00bb\u00bf\u00e5",
        may_ring=True,
    ),
    _invite("esc01", "To: <sip:%68omeassistant@{target}>", may_ring=True),
    _invite(
        "escnull",
        "To: <sip:null-%00-null@{target}>",
        line="INVITE sip:homeassistant%00@{target} SIP/2.0",
        may_ring=True,
    ),
    _invite(
        "lwsdisp",
        "From: caller<{caller}>;tag=323",
        may_ring=True,
    ),
    _invite(
        "longreq",
        'To: "I have a user name of '
        + "extreme proportion " * 25
        + '" <sip:homeassistant@{target}:6000;unknownparam1=very'
        + "long" * 20
        + ">",
        "From: <{caller}>;tag=12" + "982424" * 40,
        "Call-ID: longreq.one" + "really" * 20 + "longcallid",
        "Unknown-" + "Long" * 20 + "-Name: unknown-" + "long" * 20 + "-value",
        *(
            f"Via: SIP/2.0/TCP sip{number}.example.com;branch=z9hG4bK{number}"
            for number in range(6)
        ),
        f"{VIA}longreq",
        may_ring=True,
    ),
    _invite(
        "semiuri",
        line="INVITE sip:user;par=u%40example.net@{target} SIP/2.0",
        may_ring=True,
    ),
    _invite(
        "transports",
        f"{VIA}transports",
        "Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKkasjdlfk",
        "Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bKkf",
        "Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKa39",
        may_ring=True,
    ),
    _invite(
        "mpart01",
        "Content-Type: multipart/mixed;boundary=7a9cbec02ceef655",
        body="--7a9cbec02ceef655\nContent-Type: application/sdp\n\n{offer}"
        "\n--7a9cbec02ceef655\nContent-Type: text/plain\n\n--7a9cbec02ceef655--",
    ),
)
INVALID = (
    _invite(
        "badinv01",
        "Via: SIP/2.0/UDP {source};branch=z9hG4bKkdjuw;;,;,,",
        'Contact: "Joe" <sip:joe@example.org>;;;;',
    ),
    _invite("clerr", "Content-Length: 9999", may_ring=True),
    _invite("ncl", "Content-Length: -999"),
    _invite(
        "scalar02",
        "CSeq: 36893488147419103232 INVITE",
        "Max-Forwards: 300",
        "Expires: 10000000000000000000000000000000000000000000",
    ),
    _invite(
        "quotbal",
        'To: "Mr. J. User <sip:homeassistant@{target}>',
    ),
    _invite("ltgtruri", line="INVITE <sip:homeassistant@{target}> SIP/2.0"),
    _invite("lwsruri", line="INVITE sip:homeassistant@{target}; lr SIP/2.0"),
    _invite(
        "lwsstart", line="INVITE  sip:homeassistant@{target}  SIP/2.0", may_ring=True
    ),
    _invite("trws", line="INVITE sip:homeassistant@{target} SIP/2.0  ", may_ring=True),
    _invite(
        "escruri",
        line="INVITE sip:homeassistant@{target}?Route=%3Csip:example.com%3E SIP/2.0",
        may_ring=True,
    ),
    _invite("baddate", "Date: Fri, 01 Jan 2010 16:00:00 EST", may_ring=True),
    _invite("regbadct", "Contact: sip:user@example.com?Route=%3Csip:example.com%3E"),
    _invite(
        "badaspec", 'To: "Watson, Thomas" < sip:homeassistant@{target} >', may_ring=True
    ),
    _invite("baddn", "From: Bell, Alexander <{caller}>;tag=43", may_ring=True),
    _invite("badvers", line="INVITE sip:homeassistant@{target} SIP/7.0"),
    _invite("mismatch01", "CSeq: 8 OPTIONS"),
    _invite("mismatch02", "CSeq: 8 NEWMETHOD", line="NEWMETHOD sip:x@{target} SIP/2.0"),
    Torture(
        name="bigcode",
        text="SIP/2.0 4294967301 better not break the receiver\n"
        + VIA
        + "bigcode\nFrom: <{caller}>;tag=1\nTo: <sip:a@{target}>;tag=2\n"
        "Call-ID: bigcode@{source}\nCSeq: 1 INVITE\nContent-Length: 0\n\n",
    ),
    Torture(
        name="bcast",
        text="SIP/2.0 200 OK\n"
        + VIA
        + "bcast\nVia: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23\n"
        "From: <{caller}>;tag=1\nTo: <sip:a@{target}>;tag=2\n"
        "Call-ID: bcast@{source}\nCSeq: 1 INVITE\nContact: <sip:x@{source}>\n"
        "Content-Length: 0\n\n",
    ),
    _invite(
        "badbranch", "Via: SIP/2.0/UDP {source};rport;branch=z9hG4bK", may_ring=True
    ),
    *(
        _invite(f"insuf-{name}", without=(name,))
        for name in ("via", "from", "to", "call-id", "cseq")
    ),
    _invite("unkscm", line="INVITE nobodyKnowsThisScheme:totallyopaque SIP/2.0"),
    _invite(
        "unksm2",
        "To: isbn:2983792873",
        "From: <http://www.example.com>;tag=u",
        may_ring=True,
    ),
    _invite(
        "bext01",
        "Require: nothingSupportsThis, nothingSupportsThisEither",
        "Proxy-Require: noProxiesSupportThis",
    ),
    _invite("invut", "Content-Type: application/unknownformat", body="<audio/>"),
    _invite(
        "multi01",
        "From: <{caller}>;tag=m1",
        "From: <sip:other@example.com>;tag=m2",
        "To: <sip:homeassistant@{target}>",
        "To: <sip:other@example.com>",
        "Call-ID: multi01.a@{source}",
        "Call-ID: multi01.b@{source}",
        "CSeq: 5 INVITE",
        "CSeq: 59 INVITE",
        "Max-Forwards: 70",
        "Max-Forwards: 5",
    ),
    _invite("mcl01", "Content-Length: 13", "Content-Length: 5", may_ring=True),
    _invite("zeromf", "Max-Forwards: 0", may_ring=True),
    _invite("sdp01", "Accept: text/nobodyKnowsThis", body="", may_ring=True),
    _invite(
        "inv2543",
        "Via: SIP/2.0/UDP {source}",
        "From: <{caller}>",
        "Record-Route: <sip:{target}>",
        without=("max-forwards",),
        may_ring=True,
    ),
    _invite("dblreq", may_ring=True, body="{offer}OPTIONS sip:a@b SIP/2.0\n\n"),
    _invite("nul in the caller", "From: <sip:door\x00bell@{address}>;tag=n"),
    _invite("folded for ever", "Subject: x" + "\n y" * 2000),
    _invite("many vias", *(f"{VIA}{number}" for number in range(100))),
    _invite("many headers", *(f"X-{number}: y" for number in range(400))),
    _invite("one long header", "Subject: " + "x" * 20000),
    Torture(name="empty", text="\n\n"),
    Torture(name="binary", text="".join(map(chr, range(256))) * 4),
    Torture(name="half a line", text="INVITE sip:homeassistant@{tar"),
)
