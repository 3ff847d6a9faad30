"""INVITEs of the last minute, so that one press is one ring."""

from dataclasses import dataclass
from typing import Final

from .limits import BoundedDict, Clock
from .request import Request

REMEMBERED: Final = 64.0
"""Seconds that an INVITE is remembered after it ended: twice timer H."""

type InviteKey = tuple[str, str, int]


def invite_key(request: Request) -> InviteKey:
    """Return what retransmissions and forks of one INVITE share."""
    return (request.call_id, request.from_tag, request.cseq)


def _caller_key(request: Request) -> tuple[str, str]:
    """Return what all requests of a call's caller share."""
    return (request.call_id, request.from_tag)


@dataclass(kw_only=True, slots=True)
class RecentInvite:
    """An INVITE that passed; `status` answers its repetitions, 0 while it rings."""

    source: str
    connection: int
    seen: float
    status: int = 0


class RecentInvites:
    """The INVITEs that passed, by what their repetitions have in common."""

    def __init__(self, clock: Clock, size: int = 1024) -> None:
        """Remember at most `size` of them."""
        self._clock = clock
        self._invites: BoundedDict[InviteKey, RecentInvite] = BoundedDict(size)
        self._callers: BoundedDict[tuple[str, str], RecentInvite] = BoundedDict(size)

    def remember(self, request: Request) -> None:
        """Remember an INVITE that passes, or passes again."""
        invite = RecentInvite(
            source=request.remote_address,
            connection=request.connection,
            seen=self._clock(),
        )
        self._invites.touch(invite_key(request), lambda: invite)
        self._callers.put(_caller_key(request), invite)

    def settle(self, key: InviteKey, status: int) -> None:
        """Keep the status that answers repetitions of an INVITE."""
        if invite := self._invites.get(key):
            invite.status = status
            invite.seen = self._clock()

    def final_status(self, request: Request) -> int:
        """Return the status for a repetition of an INVITE, 0 if it may ring."""
        invite = self._invites.get(invite_key(request))
        if invite is None or self._clock() - invite.seen > REMEMBERED:
            return 0
        return invite.status

    def from_same_peer(self, request: Request) -> bool:
        """Tell whether an INVITE of this caller's call passed from the same peer.

        What came over a connection is only followed by what comes over it.
        """
        invite = self._callers.get(_caller_key(request))
        if invite is None or request.connection != invite.connection:
            return False
        return bool(request.connection) or request.remote_address == invite.source
