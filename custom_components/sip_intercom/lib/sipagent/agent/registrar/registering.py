"""REGISTER, in the order of RFC 3261 section 10.3, once it is known whose it is."""

from dataclasses import dataclass
from typing import Final

from ...protocol.bindings import Binding
from ...protocol.config import RegistrarConfig
from ...protocol.sip_uri import parse_or_none
from ..phone import Phone
from ..request import RegisterContact, RegisterFacts, Reply, Request
from ..texts import clean
from .bindings import MAX_BINDINGS, Bindings, Bound

_BAD_REQUEST: Final = 400
_UNSUPPORTED_SCHEME: Final = 416
_BAD_EXTENSION: Final = 420
_INTERVAL_TOO_BRIEF: Final = 423
_OUT_OF_ORDER: Final = 500
_AN_HOUR: Final = 3600  # seconds; what lasts as long is never too brief
_KNOWN: Final = frozenset({"path"})
_MAX_PATH: Final = 1024  # characters of all proxies together
_MAX_TEXT: Final = 512  # characters of a contact, a Call-ID, an instance


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The answer to a REGISTER; `bound` are the bindings if it changed them."""

    reply: Reply
    bound: list[Bound] | None = None


class RefusedError(Exception):
    """The whole REGISTER is refused, and changes nothing."""

    def __init__(self, status: int, *headers: tuple[str, str]) -> None:
        """Refuse with this status."""
        super().__init__(status)
        self.reply = Reply(status=status, headers=headers)


class Registering:
    """Carries out REGISTERs on the bindings."""

    def __init__(self, phone: Phone, bindings: Bindings) -> None:
        """Compare contacts by the phone."""
        self._phone = phone
        self._bindings = bindings
        self.config = RegistrarConfig()

    def register(self, device: str, request: Request, facts: RegisterFacts) -> Outcome:
        """Carry out a device's REGISTER, all of it or nothing."""
        known = self._bindings.of(device)
        try:
            self._check(facts)
            bound = self._changed(device, request, facts, known)
        except RefusedError as refused:
            return Outcome(reply=refused.reply)
        changed = bool(facts.contacts or facts.star)
        if changed:
            self._bindings.put(device, bound)
            bound = self._bindings.of(device)
        return Outcome(
            reply=Reply(status=200, headers=self._headers(device, facts)),
            bound=bound if changed else None,
        )

    def _check(self, facts: RegisterFacts) -> None:
        """Refuse what we do not understand."""
        if unknown := facts.required - _KNOWN:
            raise RefusedError(
                _BAD_EXTENSION, ("Unsupported", ", ".join(sorted(map(clean, unknown))))
            )
        alone = not facts.contacts and facts.expires == 0
        if facts.star and not alone:
            raise RefusedError(_BAD_REQUEST)
        if len(facts.contacts) > MAX_BINDINGS or len("".join(facts.path)) > _MAX_PATH:
            raise RefusedError(_BAD_REQUEST)

    def _changed(
        self,
        device: str,
        request: Request,
        facts: RegisterFacts,
        known: list[Bound],
    ) -> list[Bound]:
        """Return the bindings after the request."""
        if facts.star:
            for each in known:
                _check_order(each.binding, request)
            return []
        bound = list(known)
        for contact in facts.contacts:
            seconds = self._seconds(contact, facts)
            old = [each for each in bound if self._is_same(each.binding, contact)]
            for each in old:
                _check_order(each.binding, request)
                bound.remove(each)
            if seconds:
                binding = _binding(device, request, facts, contact)
                bound.append(self._bindings.bind(binding, seconds, request.connection))
        return bound

    def _seconds(self, contact: RegisterContact, facts: RegisterFacts) -> int:
        """Return how long a contact is bound; 0 unbinds it."""
        uri = parse_or_none(contact.uri) or parse_or_none(contact.uri.partition(";")[0])
        if uri is None or not uri.host:
            raise RefusedError(_UNSUPPORTED_SCHEME)
        if len(contact.uri) > _MAX_TEXT or len(contact.instance) > _MAX_TEXT:
            raise RefusedError(_BAD_REQUEST)
        wanted = contact.expires if contact.expires is not None else facts.expires
        seconds = self.config.max_expiry if wanted is None else wanted
        if 0 < seconds < min(self.config.min_expiry, _AN_HOUR):
            raise RefusedError(
                _INTERVAL_TOO_BRIEF, ("Min-Expires", str(self.config.min_expiry))
            )
        return min(seconds, self.config.max_expiry)

    def _is_same(self, binding: Binding, contact: RegisterContact) -> bool:
        """Tell whether a contact is that of a binding, or the same device's newer one."""
        if contact.instance and contact.instance == binding.instance:
            return contact.reg_id == binding.reg_id
        return self._phone.same_uri(binding.contact, contact.uri)

    def _headers(
        self, device: str, facts: RegisterFacts
    ) -> tuple[tuple[str, str], ...]:
        """Return the header fields of a 200: every binding, and the path it took."""
        headers = [("Contact", _contact(each)) for each in self._values(device)]
        headers += [("Path", value) for value in facts.path]
        if facts.path:
            headers.append(("Supported", "path"))
        return tuple(headers)

    def _values(self, device: str) -> list[tuple[Binding, int]]:
        """Return the bindings with the seconds that they last."""
        return [
            (each.binding, self._bindings.rest(each))
            for each in self._bindings.of(device)
        ]


def _check_order(binding: Binding, request: Request) -> None:
    """Refuse what is older than the binding that it would change."""
    if binding.call_id == request.call_id and request.cseq <= binding.cseq:
        raise RefusedError(_OUT_OF_ORDER)


def _binding(
    device: str, request: Request, facts: RegisterFacts, contact: RegisterContact
) -> Binding:
    """Return a binding of a contact; when it ends is not known yet."""
    return Binding(
        device=device,
        contact=contact.uri,
        expires_at=0.0,
        transport=request.transport,
        address=request.remote_address,
        port=request.remote_port,
        call_id=request.call_id[:_MAX_TEXT],
        cseq=request.cseq,
        q=contact.q,
        path=facts.path,
        instance=contact.instance,
        reg_id=contact.reg_id,
        user_agent=clean(request.user_agent),
    )


def _contact(bound: tuple[Binding, int]) -> str:
    """Return a binding as a Contact header field shows it."""
    binding, seconds = bound
    parts = [f"<{binding.contact}>", f"expires={seconds}"]
    if binding.instance:
        parts.append(f'+sip.instance="{binding.instance}"')
    if binding.reg_id:
        parts.append(f"reg-id={binding.reg_id}")
    return ";".join(parts)
