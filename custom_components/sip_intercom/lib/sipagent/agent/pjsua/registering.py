"""What a registrar asks of a request that is being judged."""

from typing import Final

import pjsua2

from ...protocol.config import DigestAlgorithm
from ..request import Challenge, Credentials, RegisterContact, RegisterFacts, Reply

_ALGORITHMS: Final = {
    "": DigestAlgorithm.MD5,
    "md5": DigestAlgorithm.MD5,
    "sha-256": DigestAlgorithm.SHA_256,
    "sha-512-256": DigestAlgorithm.SHA_512_256,
}
_NAMES: Final = {
    DigestAlgorithm.MD5: "MD5",
    DigestAlgorithm.SHA_256: "SHA-256",
    DigestAlgorithm.SHA_512_256: "SHA-512-256",
}
_CONTACT_FIELDS: Final = 5
_MAX_COUNT: Final = 0xFFFFFFFF


def read_register(gate: pjsua2.Gate) -> RegisterFacts:
    """Return what only a REGISTER has."""
    flat = gate.contacts()
    contacts = [
        flat[first : first + _CONTACT_FIELDS]
        for first in range(0, len(flat), _CONTACT_FIELDS)
    ]
    expires = gate.expires()
    return RegisterFacts(
        contacts=tuple(_contact(*each) for each in contacts if each[0] != "*"),
        star=any(each[0] == "*" for each in contacts),
        expires=None if expires < 0 else expires,
        path=tuple(gate.paths()),
        supported=_tags(gate, "Supported"),
        required=_tags(gate, "Require"),
    )


def read_credentials(gate: pjsua2.Gate, realm: str) -> Credentials | None:
    """Return the credentials for a realm, if there are any."""
    shown = gate.credentials(realm)
    if not shown:
        return None
    username, nonce, algorithm, qop, count = shown
    return Credentials(
        username=username,
        nonce=nonce,
        algorithm=_ALGORITHMS.get(algorithm.lower()),
        qop=qop,
        nc=_count(count),
    )


def answer(gate: pjsua2.Gate, verdict: Challenge | Reply) -> int:
    """Answer the judged request, and return the verdict that says so."""
    match verdict:
        case Challenge():
            names = [_NAMES[algorithm] for algorithm in verdict.algorithms]
            gate.challenge(verdict.realm, verdict.nonce, names, verdict.stale)
        case Reply(status=status, headers=headers):
            gate.reply(
                status, [name for name, _ in headers], [value for _, value in headers]
            )
    return pjsua2.GATE_DONE


def _contact(
    uri: str, expires: str, q: str, instance: str, reg_id: str
) -> RegisterContact:
    return RegisterContact(
        uri=uri,
        expires=int(expires) if expires else None,
        # PJSIP says 0 where there is none.
        q=int(q or 0) / 1000 or 1.0,
        instance=instance,
        reg_id=int(reg_id) if reg_id.isascii() and reg_id.isdecimal() else 0,
    )


def _tags(gate: pjsua2.Gate, header: str) -> frozenset[str]:
    return frozenset(tag.lower() for tag in gate.optionTags(header))


def _count(text: str) -> int:
    """Return a nonce count; 0 where there is none, or what is none."""
    try:
        count = int(text, 16)
    except ValueError:
        return 0
    return count if 0 < count <= _MAX_COUNT else 0
