"""The independent peer: baresip, with nothing but what is to be verified."""

from pathlib import Path

from tests.peers.addresses import LOOPBACK4, new_endpoint
from tests.peers.baresip import MODULES, Baresip
from tests.peers.certificates import Authority

from . import sound

OPUS = "opus/48000/2"
THEIRS = 440  # Hz, what the peer says
TALK = 120  # seconds of sound that both sides have
# What baresip calls the encryptions.
ENCRYPTIONS = {"dtls": "dtls_srtp", "sdes_required": "srtp-mand"}


def telephone(folder: Path, authority: Authority, encryption: str) -> Baresip:
    """Return a phone that speaks nothing but TLS, the encryption and Opus."""
    folder.mkdir(parents=True)
    theirs = folder / "theirs.wav"
    # baresip takes only what has the codec's own rate and channels.
    sound.write_tone(theirs, THEIRS, rate=48000, channels=2, seconds=TALK)
    return Baresip(
        folder=folder,
        endpoint=new_endpoint(LOOPBACK4, span=2),
        transport="tls",
        options=f"regint=0;audio_codecs={OPUS};mediaenc={ENCRYPTIONS[encryption]}",
        identity=authority.issue(LOOPBACK4),
        arguments=("-s",),
        modules=(*MODULES, "opus"),
        sound=theirs,
    )


def recording(folder: Path) -> Path:
    """Return what the phone of a folder has heard last; it may not be there yet."""
    found = sorted(folder.glob("dump-*-dec.wav"))
    return found[-1] if found else folder / "nothing.wav"
