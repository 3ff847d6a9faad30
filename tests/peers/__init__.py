"""Real SIP peers as small objects: SIPp, baresip, Kamailio and a bare socket."""

from pathlib import Path
import sys

sys.path.append(str(Path(__file__).parents[2] / "scripts" / "lib"))
