"""THIRD_PARTY.md: what is linked in, under which terms, and where its source is."""

from collections.abc import Iterable, Iterator

from .parts import Part

HEAD = """\
# Third-party software in SIP Intercom {version}

SIP Intercom as a whole is under the GNU General Public License, version 3 or later
(file `LICENSE`). PJSIP is used under version 3 of its own licence, "version 2 or any
later version", because OpenSSL's Apache License 2.0 agrees with version 3 and not with
version 2; all other licences below agree with both.

The native libraries in `lib/native` contain the following.

| software | version | licence | made from | SHA-256 |
|---|---|---|---|---|
"""
SOURCE = """
## Source

The source of the libraries is the repository of SIP Intercom at the tag `v{version}`
(<https://github.com/sip-intercom/sip-intercom>): the gate, the patches, the build
(`native/`), and in `native/sources.json` where the archives above can be had, each
pinned by its checksum. `scripts/release {version}` makes the libraries from them.

## Licences and notices
"""
FENCE = "~~~~"


def third_party(version: str, parts: Iterable[Part]) -> bytes:
    """Return the file; every licence is quoted in full."""
    parts = sorted(parts, key=lambda part: part.name)
    lines = [HEAD.format(version=version)]
    lines += [_row(part) for part in parts]
    lines.append(SOURCE.format(version=version))
    for part in parts:
        lines += _texts(part)
    return "".join(lines).encode()


def _row(part: Part) -> str:
    name = f"{part.name}: {part.what}"
    sums = "<br>".join(f"`{one}`" for one in part.sha256)
    return f"| {name} | {part.version} | {part.licence} | {part.archive} | {sums} |\n"


def _texts(part: Part) -> Iterator[str]:
    yield f"\n### {part.name} {part.version} ({part.licence})\n"
    for text in part.texts:
        yield f"\n`{text.title}`:\n\n{FENCE}\n{text.text.strip()}\n{FENCE}\n"
