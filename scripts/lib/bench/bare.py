"""PJSIP with nothing of ours around it: `python -m bench.bare PORT`.

Its INVITE → 180 is what the same native library can do at best.
"""

import sys
from typing import Any, override

import pjsua2 as pj

POLL_MS = 10


class BareCall(pj.Call):
    """Forgets itself at its end: pjsua2 would hang up the next call with its id."""

    def __init__(self, account: BareAccount, call_id: int) -> None:
        """Remember whose call it is."""
        super().__init__(account, call_id)
        self._account = account
        self._id = call_id

    @override
    def onCallState(self, prm: Any) -> None:
        """Go when it is over."""
        if self.getInfo().state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self._account.calls.pop(self._id, None)


class BareAccount(pj.Account):
    """Answers every INVITE with 180."""

    def __init__(self) -> None:
        """Keep the calls, or they are hung up."""
        super().__init__()
        self.calls: dict[int, Any] = {}

    @override
    def onIncomingCall(self, prm: Any) -> None:
        """Ring."""
        call = BareCall(self, prm.callId)
        self.calls[prm.callId] = call
        answer = pj.CallOpParam()
        answer.statusCode = 180
        call.answer(answer)


def main() -> None:
    """Answer until killed."""
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = 32
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.port = int(sys.argv[1])
    transport.boundAddress = "127.0.0.1"
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    account_config = pj.AccountConfig()
    account_config.idUri = "sip:bare@127.0.0.1"
    account = BareAccount()
    account.create(account_config)
    print("ready", flush=True)
    while True:
        endpoint.libHandleEvents(POLL_MS)


if __name__ == "__main__":
    main()
