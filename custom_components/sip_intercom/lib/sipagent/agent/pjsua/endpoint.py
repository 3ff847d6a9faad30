"""PJSIP's endpoint: one thread, no sound device, no name servers."""

from typing import Final

import pjsua2

from .log_writer import NORMAL_LEVEL, LogWriter

_MAX_CALLS: Final = 32
_MEDIA_PORTS: Final = 4 * _MAX_CALLS
_CLOCK_RATE: Final = 16_000  # Hz
_FRAME_LENGTH: Final = 20  # ms
_OFF: Final = 0

_BEST: Final = 250
_CODECS: Final = ("G722", "PCMA", "PCMU", "opus", "L16/16000/1", "L16/8000/1")
"""Wideband first, then what every doorbell has; Opus is for those who want it."""

_NO_NETWORK: Final = 3
"""PJSUA_DESTROY_NO_NETWORK: everybody has been told, nothing to wait for."""


def open_endpoint() -> pjsua2.Endpoint:
    """Create and start the endpoint of this process."""
    pjsua2.Gate.setLogLevel(NORMAL_LEVEL)
    endpoint = pjsua2.Endpoint()
    endpoint.libCreate()
    endpoint.libInit(_settings())
    endpoint.libStart()
    choose_codecs(endpoint)
    return endpoint


def close_endpoint(endpoint: pjsua2.Endpoint) -> None:
    """Destroy the endpoint without a word to the network."""
    endpoint.libDestroy(_NO_NETWORK)


def _settings() -> pjsua2.EpConfig:
    settings = pjsua2.EpConfig()
    agent = settings.uaConfig
    agent.threadCnt = 0
    agent.mainThreadOnly = True
    agent.maxCalls = _MAX_CALLS
    agent.userAgent = "SIP Intercom"
    agent.natTypeInSdp = 0
    agent.mwiUnsolicitedEnabled = False
    log = settings.logConfig
    log.level = NORMAL_LEVEL
    log.consoleLevel = NORMAL_LEVEL
    log.msgLogging = 1
    log.decor = pjsua2.PJ_LOG_HAS_SENDER
    log.writer = LogWriter().__disown__()
    media = settings.medConfig
    media.clockRate = _CLOCK_RATE
    media.sndClockRate = _CLOCK_RATE
    media.audioFramePtime = _FRAME_LENGTH
    media.maxMediaPorts = _MEDIA_PORTS
    media.noVad = True
    media.ecTailLen = _OFF
    media.sndAutoCloseTime = -1
    return settings


def choose_codecs(endpoint: pjsua2.Endpoint, codecs: tuple[str, ...] = ()) -> None:
    """Put the codecs in order, best first, and switch the others off."""
    for codec in endpoint.codecEnum2():
        name = codec.codecId.lower()
        priority = next(
            (
                _BEST - place
                for place, prefix in enumerate(codecs or _CODECS)
                if f"{name}/".startswith(f"{prefix.lower()}/")
            ),
            _OFF,
        )
        endpoint.codecSetPriority(codec.codecId, priority)
