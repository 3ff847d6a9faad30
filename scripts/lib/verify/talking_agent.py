"""The very agent with a voice, because it has no player of its own yet.

Runs in the platform's Python. Each call hears the first WAV file and is recorded
in the second; what PJSIP says of the call goes into the third file, as JSON.
Arguments: the folder of the native library, then those three files.
"""

# The child has the package on its path, the type checker has not.
# mypy: disable-error-code="import-not-found"

import hashlib
import json
from pathlib import Path
import sys
from typing import Any

library, spoken, heard, facts = sys.argv[1:]
sys.path.insert(0, library)

import _pjsua2  # noqa: E402
import pjsua2  # noqa: E402
from sipagent.agent import __main__  # noqa: E402
from sipagent.agent.pjsua import leg, legs  # noqa: E402

story: dict[str, Any] = {}
media: Any = pjsua2  # more of it than the agent itself uses


class TalkingLeg(leg.Leg):  # type: ignore[misc]
    """A leg with a player and a recorder while its media runs."""

    def onCallMediaState(self, prm: pjsua2.OnCallMediaStateParam) -> None:  # noqa: N802
        """Begin to talk."""
        super().onCallMediaState(prm)
        if not hasattr(self, "voice") and self._has_media(self.getInfo()):
            self.voice = media.AudioMediaPlayer()
            self.voice.createPlayer(spoken)
            self.ear = media.AudioMediaRecorder()
            self.ear.createRecorder(heard)
            sound = self.getAudioMedia(-1)
            self.voice.startTransmit(sound)
            sound.startTransmit(self.ear)

    def onDtmfDigit(self, prm: pjsua2.OnDtmfDigitParam) -> None:  # noqa: N802
        """Look at the call while both talk."""
        story["codec"] = self.getStreamInfo(0).codecName
        Path(facts).write_text(json.dumps(story))
        super().onDtmfDigit(prm)

    def onCallState(self, prm: pjsua2.OnCallStateParam) -> None:  # noqa: N802
        """Close the recording before PJSIP ends."""
        super().onCallState(prm)
        if self.ended and hasattr(self, "voice"):
            del self.voice, self.ear


def remember(**values: Any) -> Any:
    """Keep over what the INVITE of a call came."""
    request = values["request"]
    story["transport"] = str(request.transport)
    story["codecs"] = [
        codec.codecId for codec in media.Endpoint.instance().codecEnum2()
    ]
    story["binding"] = binding()
    return incoming_leg(**values)


def binding() -> str:
    """Return how many names the native module has, and a checksum of them."""
    names = sorted(dir(_pjsua2))
    digest = hashlib.sha256("\n".join(names).encode()).hexdigest()
    return f"{len(names)} names {digest[:8]}"


incoming_leg = legs.IncomingLeg
legs.IncomingLeg = remember
legs.Leg = TalkingLeg
sys.exit(__main__.main())
