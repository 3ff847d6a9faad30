"""A camera of the network: GStreamer's RTSP server with a login."""

from pathlib import Path
from typing import Final, Self

from .addresses import Endpoint, new_endpoint
from .process import PeerProcess
from .programs import find_file

BLUE: Final = (0, 0, 255)
_TYPELIBS: Final = "/usr/lib/*/girepository-1.0/GstRtspServer-1.0.typelib"
_SERVER: Final = """
import sys
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
address, port, user, password = sys.argv[1:]
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address(address)
server.set_service(port)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    "( videotestsrc is-live=true pattern=blue ! video/x-raw,width=320,height=240,"
    "framerate=15/1 ! x264enc tune=zerolatency key-int-max=60 speed-preset=ultrafast"
    " ! video/x-h264,profile=baseline ! rtph264pay name=pay0 pt=96 config-interval=1 )"
)
factory.set_shared(True)
auth = GstRtspServer.RTSPAuth()
token = GstRtspServer.RTSPToken()
token.set_string("media.factory.role", "user")
auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
rights = GstRtspServer.RTSPPermissions()
rights.add_permission_for_role("user", "media.factory.access", True)
rights.add_permission_for_role("user", "media.factory.construct", True)
factory.set_permissions(rights)
server.set_auth(auth)
server.get_mount_points().add_factory("/main", factory)
server.attach(None)
print("ready", flush=True)
GLib.MainLoop().run()
"""


class RtspCamera:
    """A camera that shows a blue picture to who knows its login."""

    def __init__(self, *, user: str, password: str) -> None:
        """Choose a port."""
        self._login = user, password
        self._endpoint: Endpoint = new_endpoint()
        self.colour = BLUE

    @property
    def url(self) -> str:
        """Return where the stream is."""
        return f"rtsp://{self._endpoint}/main"

    async def __aenter__(self) -> Self:
        """Start it."""
        endpoint = self._endpoint
        self._process = PeerProcess(
            find_file("/usr/bin/python3", _TYPELIBS),
            *("-c", _SERVER, endpoint.address, str(endpoint.port), *self._login),
            folder=Path("/"),
        )
        await self._process.start()
        await self._process.printed("ready")
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it."""
        await self._process.stop()
