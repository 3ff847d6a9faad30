"""The doors of a device."""

from dataclasses import dataclass, field

from .tones import RFC_4733, ToneStyle


@dataclass(frozen=True, kw_only=True, slots=True)
class DoorConfig:
    """A door and the code that opens it, its terminator included.

    With `early_media` the code may be sent before the call is answered.
    """

    id: str
    code: str = field(repr=False)
    style: ToneStyle = RFC_4733
    early_media: bool = False
