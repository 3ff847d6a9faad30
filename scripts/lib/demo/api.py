"""Home Assistant's HTTP and WebSocket API, as far as the demo needs it."""

from http import HTTPStatus
from typing import Any, Self

from aiohttp import ClientConnectionError, ClientSession, ClientWebSocketResponse

USER = "demo"
PASSWORD = "doorbell"  # the demo listens on the loopback address only
LANGUAGE = "en"


class ApiError(Exception):
    """Home Assistant refused a request; the text is its answer."""


class Api:
    """A client that is logged in as the demo's user."""

    def __init__(self, session: ClientSession, url: str) -> None:
        """Use the session for requests below the URL."""
        self._session = session
        self._url = url
        self._token: str | None = None

    async def is_up(self) -> bool:
        """Tell whether Home Assistant answers, which it does once it has a login."""
        try:
            async with self._session.get(f"{self._url}/auth/providers"):
                return True
        except ClientConnectionError:
            return False

    async def log_in(self) -> None:
        """Log in, creating the user at the first start."""
        if await self._is_new():
            code = await self._create_user()
        else:
            code = await self._login_flow()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": self._client_id,
        }
        async with self._session.post(f"{self._url}/auth/token", data=form) as response:
            self._token = (await response.json())["access_token"]

    @property
    def token(self) -> str:
        """Return the token of the login."""
        return self._token or ""

    async def get(self, path: str) -> Any:
        """Return the decoded answer to a GET."""
        return await self._request("GET", path, None)

    async def read(self, path: str) -> bytes:
        """Return what a GET answers, as it is."""
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._session.get(self._url + path, headers=headers) as response:
            if response.status >= HTTPStatus.BAD_REQUEST:
                raise ApiError(f"GET {path}: {response.status}")
            return await response.read()

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """Return the decoded answer to a POST."""
        return await self._request("POST", path, body)

    async def websocket(self) -> Socket:
        """Return a connected and authenticated WebSocket."""
        socket = await self._session.ws_connect(f"{self._url}/api/websocket")
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": self._token})
        if (await socket.receive_json())["type"] != "auth_ok":
            raise ApiError("the WebSocket refused the token")
        return Socket(socket)

    @property
    def _client_id(self) -> str:
        return f"{self._url}/"

    async def _is_new(self) -> bool:
        """Tell whether there is no user yet; with one, the view may be gone."""
        async with self._session.get(f"{self._url}/api/onboarding") as response:
            if response.status == HTTPStatus.NOT_FOUND:
                return False
            steps = await response.json()
        return any(step["step"] == "user" and not step["done"] for step in steps)

    async def _create_user(self) -> str:
        body = {
            "client_id": self._client_id,
            "name": "Demo",
            "username": USER,
            "password": PASSWORD,
            "language": LANGUAGE,
        }
        created = await self.post("/api/onboarding/users", body)
        return str(created["auth_code"])

    async def _login_flow(self) -> str:
        start = {
            "client_id": self._client_id,
            "handler": ["homeassistant", None],
            "redirect_uri": self._client_id,
        }
        flow = await self.post("/auth/login_flow", start)
        answer = {
            "client_id": self._client_id,
            "username": USER,
            "password": PASSWORD,
        }
        result = await self.post(f"/auth/login_flow/{flow['flow_id']}", answer)
        if result["type"] != "create_entry":
            raise ApiError(f"the user {USER} of this folder has another password")
        return str(result["result"])

    async def _request(self, method: str, path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        async with self._session.request(
            method, self._url + path, json=body, headers=headers
        ) as response:
            if response.status >= HTTPStatus.BAD_REQUEST:
                raise ApiError(
                    f"{method} {path}: {response.status} {await response.text()}"
                )
            return await response.json()


class Socket:
    """Commands over a WebSocket, one at a time."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        """Use a socket that is authenticated."""
        self._socket = socket
        self._last_id = 0

    async def __aenter__(self) -> Self:
        """Return the socket."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the socket."""
        await self._socket.close()

    async def call(self, command: str, **fields: Any) -> Any:
        """Return the result of a command; events that come before it are skipped."""
        self._last_id += 1
        await self._socket.send_json({"id": self._last_id, "type": command, **fields})
        while True:
            message = await self._socket.receive_json()
            if message["type"] != "result" or message["id"] != self._last_id:
                continue
            if not message["success"]:
                raise ApiError(f"{command}: {message['error']['message']}")
            return message["result"]

    async def next_event(self) -> Any:
        """Return the next event of any subscription."""
        while True:
            message = await self._socket.receive_json()
            if message["type"] == "event":
                return message["event"]
