# The part of pjsua2, and of our gate in it, that the agent uses. The names are its own.
# ruff: noqa: N802, N803, N815

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self

GATE_PASS: int
GATE_DROP: int
GATE_DONE: int
PJMEDIA_SRTP_DISABLED: int
PJMEDIA_SRTP_KEYING_DTLS_SRTP: int
PJMEDIA_SRTP_KEYING_SDES: int
PJMEDIA_SRTP_MANDATORY: int
PJMEDIA_SRTP_OPTIONAL: int
PJMEDIA_TYPE_AUDIO: int
PJSIP_EVENT_RX_MSG: int
PJSIP_TSX_STATE_TRYING: int
PJSIP_TSX_STATE_COMPLETED: int
PJSIP_TSX_STATE_TERMINATED: int
PJSUA_DTMF_METHOD_RFC2833: int
PJSUA_CALL_UNHOLD: int
PJMEDIA_FILE_NO_LOOP: int
PJSIP_INV_STATE_CONFIRMED: int
PJSIP_INV_STATE_DISCONNECTED: int
PJSIP_INV_STATE_EARLY: int
PJSIP_REDIRECT_STOP: int
PJSIP_ROLE_UAC: int
PJSIP_ROLE_UAS: int
PJSIP_TRANSPORT_TCP: int
PJSIP_TRANSPORT_TCP6: int
PJSIP_TRANSPORT_TLS: int
PJSIP_TRANSPORT_TLS6: int
PJSIP_TRANSPORT_UDP: int
PJSIP_TRANSPORT_UDP6: int
PJSUA_100REL_NOT_USED: int
PJSUA_IPV6_ENABLED_PREFER_IPV6: int
PJSUA_CALL_MEDIA_ACTIVE: int
PJSUA_CALL_MEDIA_LOCAL_HOLD: int
PJSUA_CALL_MEDIA_NONE: int
PJSUA_CALL_MEDIA_REMOTE_HOLD: int
PJSUA_INVALID_ID: int
PJSUA_STUN_USE_DEFAULT: int
PJSUA_STUN_USE_DISABLED: int
PJSUA_SIP_TIMER_OPTIONAL: int
PJ_LOG_HAS_SENDER: int
WEBRTC_CONNECTED: int
WEBRTC_FAILED: int

class Error(Exception):
    status: int
    reason: str

class StringVector:
    def __init__(self, values: Iterable[str] = ...) -> None: ...
    def append(self, value: str) -> None: ...

class IntVector:
    def append(self, value: int) -> None: ...

# The gate.

class GateRequest:
    transport: str
    ipv6: bool
    outgoing: bool
    connection: int
    tlsVerified: bool
    localAddress: str
    localPort: int
    remoteAddress: str
    remotePort: int
    method: str
    requestUri: str
    fromUri: str
    fromName: str
    fromTag: str
    toUri: str
    toTag: str
    callId: str
    branch: str
    cseq: int
    contactUri: str
    userAgent: str
    assertedIdentity: str
    diversion: str
    calledPartyId: str
    contentType: str
    hasReplaces: bool
    size: int
    transaction: bool
    dialog: bool
    defect: str
    accountId: int

class Gate:
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def onRequest(self, request: GateRequest) -> int: ...
    def onDefectiveResponse(self, callId: str, defect: str) -> None: ...
    def onConnectionLost(self, connection: int) -> None: ...
    def onResolve(self, host: str) -> None: ...
    def setHost(self, host: str, addresses: StringVector) -> None: ...
    def removeHost(self, host: str) -> None: ...
    def connection(self, rdata: SipRxData) -> int: ...
    def closeConnection(self, connection: int) -> None: ...
    def contacts(self) -> tuple[str, ...]: ...
    def expires(self) -> int: ...
    def paths(self) -> tuple[str, ...]: ...
    def optionTags(self, header: str) -> tuple[str, ...]: ...
    def headerText(self, header: str) -> str: ...
    def body(self) -> str: ...
    def credentials(self, realm: str) -> tuple[str, ...]: ...
    def verify(self, username: str, realm: str, ha1: str) -> bool: ...
    def challenge(
        self, realm: str, nonce: str, algorithms: Sequence[str], stale: bool
    ) -> None: ...
    def reply(
        self, status: int, names: Sequence[str], values: Sequence[str]
    ) -> None: ...
    def sendTo(
        self, callId: str, transport: str, address: str, port: int, connection: int
    ) -> bool: ...
    def forgetHop(self, callId: str) -> None: ...
    def keepConnection(self, connection: int, kept: bool) -> None: ...
    @staticmethod
    def sameUri(one: str, other: str) -> bool: ...
    @staticmethod
    def joinGroup(transportId: int, group: str, joined: bool) -> bool: ...
    def wakeUpHandle(self) -> int: ...
    @staticmethod
    def closeSocket(transportId: int) -> None: ...
    @staticmethod
    def setLogLevel(level: int) -> None: ...
    @staticmethod
    def buildInfo() -> str: ...

# Messages and events.

class SipRxData:
    wholeMsg: str
    srcAddress: str

class SipTransaction:
    role: int
    method: str
    statusCode: int
    statusText: str
    state: int

class TsxStateEventSrc:
    rdata: SipRxData

class TsxStateEvent:
    src: TsxStateEventSrc
    tsx: SipTransaction
    prevState: int
    type: int

class SipEventBody:
    tsxState: TsxStateEvent

class SipEvent:
    type: int
    body: SipEventBody

class SipHeader:
    hName: str
    hValue: str

class SipHeaderVector:
    def append(self, header: SipHeader) -> None: ...

class SipTxOption:
    headers: SipHeaderVector
    targetUri: str
    localUri: str
    contactUri: str
    contentType: str
    msgBody: str

# The endpoint.

class LogEntry:
    level: int
    msg: str
    threadName: str

class LogWriter:
    def write(self, entry: LogEntry) -> None: ...
    def __disown__(self) -> Self: ...

class LogConfig:
    msgLogging: int
    level: int
    consoleLevel: int
    decor: int
    writer: LogWriter

class UaConfig:
    maxCalls: int
    threadCnt: int
    mainThreadOnly: bool
    userAgent: str
    natTypeInSdp: int
    mwiUnsolicitedEnabled: bool

class MediaConfig:
    clockRate: int
    sndClockRate: int
    audioFramePtime: int
    maxMediaPorts: int
    noVad: bool
    ecTailLen: int
    sndAutoCloseTime: int

class EpConfig:
    uaConfig: UaConfig
    logConfig: LogConfig
    medConfig: MediaConfig

class CodecInfo:
    codecId: str
    priority: int

class AudDevManager:
    def getPlaybackDevMedia(self) -> AudioMedia: ...
    def setNullDev(self) -> None: ...
    def setNoDev(self) -> Any: ...

class TlsConfig:
    CaListFile: str
    certFile: str
    privKeyFile: str
    proto: int
    verifyServer: bool
    verifyClient: bool
    requireClientCert: bool
    msecTimeout: int
    enableRenegotiation: bool

class TransportConfig:
    port: int
    portRange: int
    randomizePort: bool
    boundAddress: str
    publicAddress: str
    tlsConfig: TlsConfig

class Endpoint:
    @staticmethod
    def instance() -> Endpoint: ...
    def libCreate(self) -> None: ...
    def libInit(self, config: EpConfig) -> None: ...
    def libStart(self) -> None: ...
    def libHandleEvents(self, milliseconds: int) -> int: ...
    def libDestroy(self, flags: int = ...) -> None: ...
    def utilStrError(self, status: int) -> str: ...
    def transportCreate(self, kind: int, config: TransportConfig) -> int: ...
    def transportClose(self, transport: int) -> None: ...
    def codecEnum2(self) -> Iterable[CodecInfo]: ...
    def codecSetPriority(self, codec: str, priority: int) -> None: ...
    def natUpdateStunServers(self, servers: StringVector, wait: bool) -> None: ...
    def audDevManager(self) -> AudDevManager: ...

# Accounts.

class AuthCredInfo:
    def __init__(
        self, scheme: str, realm: str, username: str, dataType: int, data: str
    ) -> None: ...

class AuthCredInfoVector:
    def append(self, value: AuthCredInfo) -> None: ...

class AccountRegConfig:
    registrarUri: str
    registerOnAdd: bool
    disableRegOnModify: bool
    contactUriParams: str
    timeoutSec: int
    retryIntervalSec: int
    firstRetryIntervalSec: int
    delayBeforeRefreshSec: int

class AccountSipConfig:
    authCreds: AuthCredInfoVector
    proxies: StringVector
    authInitialAlgorithm: str
    transportId: int
    autoRespondSipMessage: bool

class AccountCallConfig:
    prackUse: int
    timerUse: int

class AccountMwiConfig:
    enabled: bool

class AccountNatConfig:
    iceEnabled: bool
    sipStunUse: int
    mediaStunUse: int
    turnEnabled: bool
    turnServer: str
    turnConnType: int
    turnUserName: str
    turnPassword: str
    contactRewriteUse: int
    contactUseSrcPort: int
    sipOutboundUse: int

class SrtpOpt:
    keyings: IntVector

class AccountMediaConfig:
    ipv6Use: int
    transportConfig: TransportConfig
    lockCodecEnabled: bool
    srtpUse: int
    srtpSecureSignaling: int
    srtpOpt: SrtpOpt

class AccountConfig:
    idUri: str
    regConfig: AccountRegConfig
    sipConfig: AccountSipConfig
    callConfig: AccountCallConfig
    mwiConfig: AccountMwiConfig
    natConfig: AccountNatConfig
    mediaConfig: AccountMediaConfig

class OnIncomingCallParam:
    callId: int
    rdata: SipRxData

class OnIncomingSubscribeParam:
    code: int

class OnRegStateParam:
    status: int
    code: int
    reason: str
    rdata: SipRxData
    expiration: int

class OnAuthChallengeParam:
    rdata: SipRxData

class OnSendRequestParam:
    e: SipEvent

class SendRequestParam:
    method: str
    txOption: SipTxOption

class Account:
    def create(self, config: AccountConfig, make_default: bool = ...) -> None: ...
    def modify(self, config: AccountConfig) -> None: ...
    def getId(self) -> int: ...
    def setRegistration(self, renew: bool) -> None: ...
    def sendRequest(self, prm: SendRequestParam) -> None: ...
    def onIncomingCall(self, prm: OnIncomingCallParam) -> None: ...
    def onIncomingSubscribe(self, prm: OnIncomingSubscribeParam) -> None: ...
    def onRegState(self, prm: OnRegStateParam) -> None: ...
    def onAuthChallenge(self, prm: OnAuthChallengeParam) -> None: ...
    def onSendRequest(self, prm: OnSendRequestParam) -> None: ...

# Calls.

class CallMediaInfo:
    index: int
    type: int
    status: int

class CallMediaInfoVector:
    def __iter__(self) -> Iterator[CallMediaInfo]: ...

class CallInfo:
    callIdString: str
    state: int
    lastStatusCode: int
    lastReason: str
    remoteContact: str
    media: CallMediaInfoVector

class CallSetting:
    flag: int
    audioCount: int
    videoCount: int
    textCount: int

class CallOpParam:
    opt: CallSetting
    statusCode: int
    reason: str
    txOption: SipTxOption
    def __init__(self, useDefaultCallSetting: bool = ...) -> None: ...

class RtcpStreamStat:
    pkt: int

class RtcpStat:
    rxStat: RtcpStreamStat
    txStat: RtcpStreamStat

class StreamStat:
    rtcp: RtcpStat

class OnCallStateParam:
    e: SipEvent

class OnCallTsxStateParam:
    e: SipEvent

class OnCallMediaStateParam: ...

class SdpSession:
    wholeSdp: str

class OnCallSdpCreatedParam:
    sdp: SdpSession
    remSdp: SdpSession

class OnDtmfDigitParam:
    digit: str

class OnDtmfEventParam:
    method: int
    timestamp: int
    digit: str
    duration: int
    flags: int

class CallSendDtmfParam:
    method: int
    duration: int
    digits: str

class CallSendRequestParam:
    method: str
    txOption: SipTxOption

class pjmedia_tone_digit:  # noqa: N801
    digit: str
    on_msec: int
    off_msec: int
    volume: int

class ToneDigit(pjmedia_tone_digit): ...

class ToneDigitVector:
    def append(self, value: ToneDigit) -> None: ...

class OnCallTransferRequestParam:
    statusCode: int

class OnCallTransferStatusParam:
    statusCode: int
    cont: bool

class OnCallReplaceRequestParam:
    statusCode: int

class OnCallRedirectedParam:
    targetUri: str
    e: SipEvent

class MediaFormatAudio:
    clockRate: int

class ConfPortInfo:
    format: MediaFormatAudio

class AudioMedia:
    def getPortId(self) -> int: ...
    def getPortInfo(self) -> ConfPortInfo: ...
    def startTransmit(self, sink: AudioMedia) -> None: ...
    def stopTransmit(self, sink: AudioMedia) -> None: ...
    def adjustTxLevel(self, level: float) -> None: ...

class IceServers:
    stunAddress: str
    stunPort: int
    turnAddress: str
    turnPort: int
    turnTcp: bool
    turnUsername: str
    turnPassword: str

class WebRtcLine(AudioMedia):
    def open(
        self,
        offer: str,
        answer: str,
        servers: IceServers,
        address: str,
        first_port: int,
        last_port: int,
    ) -> None: ...
    def addCandidates(self, candidates: StringVector, end: bool) -> None: ...
    def received(self) -> int: ...
    def close(self) -> None: ...
    def onAnswer(self, sdp: str) -> None: ...
    def onCandidate(self, candidate: str) -> None: ...
    def onState(self, state: int) -> None: ...

class VideoSource:
    def open(self, address: str, first_port: int, last_port: int) -> int: ...
    def expect(
        self,
        host: str,
        rtcp_port: int,
        payload_type: int,
        parameter_sets: StringVector,
    ) -> None: ...
    def addListener(self, port: int) -> None: ...
    def removeListener(self, port: int) -> None: ...
    def addLine(self, line: WebRtcLine) -> None: ...
    def removeLine(self, line: WebRtcLine) -> None: ...
    def askKeyFrame(self) -> None: ...
    def received(self) -> int: ...
    def close(self) -> None: ...
    def onStarted(self) -> None: ...
    def onKeyFrameAsked(self) -> None: ...

class AudioMediaPlayerInfo:
    sizeSamples: int

class AudioMediaPlayer(AudioMedia):
    def createPlayer(self, file_name: str, options: int) -> None: ...
    def getInfo(self) -> AudioMediaPlayerInfo: ...

class AudioMediaRecorder(AudioMedia):
    def createRecorder(self, file_name: str) -> None: ...

class ToneGenerator(AudioMedia):
    def createToneGenerator(self, clock_rate: int, channel_count: int) -> None: ...
    def playDigits(self, digits: ToneDigitVector) -> None: ...

class StreamInfo:
    remoteRtpAddress: str

class Call:
    def __init__(self, account: Account, call_id: int = ...) -> None: ...
    def getInfo(self) -> CallInfo: ...
    def isActive(self) -> bool: ...
    def makeCall(self, uri: str, prm: CallOpParam) -> None: ...
    def answer(self, prm: CallOpParam) -> None: ...
    def hangup(self, prm: CallOpParam) -> None: ...
    def sendDtmf(self, param: CallSendDtmfParam) -> None: ...
    def sendRequest(self, prm: CallSendRequestParam) -> None: ...
    def setHold(self, prm: CallOpParam) -> None: ...
    def reinvite(self, prm: CallOpParam) -> None: ...
    def xfer(self, dest: str, prm: CallOpParam) -> None: ...
    def getStreamInfo(self, index: int) -> StreamInfo: ...
    def getStreamStat(self, index: int) -> StreamStat: ...
    def getAudioMedia(self, index: int) -> AudioMedia: ...
    def onCallState(self, prm: OnCallStateParam) -> None: ...
    def onCallTsxState(self, prm: OnCallTsxStateParam) -> None: ...
    def onCallMediaState(self, prm: OnCallMediaStateParam) -> None: ...
    def onCallSdpCreated(self, prm: OnCallSdpCreatedParam) -> None: ...
    def onDtmfDigit(self, prm: OnDtmfDigitParam) -> None: ...
    def onCallTransferStatus(self, prm: OnCallTransferStatusParam) -> None: ...
    def onDtmfEvent(self, prm: OnDtmfEventParam) -> None: ...
    def onCallTransferRequest(self, prm: OnCallTransferRequestParam) -> None: ...
    def onCallReplaceRequest(self, prm: OnCallReplaceRequestParam) -> None: ...
    def onCallRedirected(self, prm: OnCallRedirectedParam) -> int: ...
