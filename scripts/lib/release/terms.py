"""Under which licence everything is that is linked into a library."""

from collections.abc import Callable
from dataclasses import dataclass
import re

from .errors import ReleaseError


@dataclass(frozen=True, kw_only=True)
class Text:
    """A licence, or a notice that a file carries."""

    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Where the licence of something is written."""

    licence: str
    what: str
    purl: str
    files: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    def texts(self, version: str, read: Callable[[str], str]) -> tuple[Text, ...]:
        """Return the licences, and what the files say that have terms of their own."""
        files = [name.format(version) for name in self.files]
        return (
            *(Text(title=name, text=read(name)) for name in files),
            *(Text(title=name, text=comment(read(name))) for name in self.notices),
        )


def comment(source: str) -> str:
    """Return the comments that a C file begins with."""
    head = re.match(r"\s*(/\*.*?\*/\s*(#include[^\n]*\s*)*)+", source, re.DOTALL)
    if head is None:
        raise ReleaseError("A file that should begin with a notice does not.")
    return head[0].strip()


SOURCES = {
    "openssl": Terms(
        licence="Apache-2.0",
        what="TLS, DTLS and ciphers",
        purl="pkg:github/openssl/openssl@openssl-{}",
        files=("LICENSE.txt",),
    ),
    "opus": Terms(
        licence="BSD-3-Clause",
        what="the codec Opus",
        purl="pkg:github/xiph/opus@v{}",
        files=("COPYING",),
    ),
    "pjproject": Terms(
        licence="GPL-2.0-or-later",
        what="PJSIP: SIP, RTP and media, changed by the patches of this project",
        purl="pkg:github/pjsip/pjproject@{}",
        files=("COPYING",),
        notices=(
            "pjlib/src/pj/timer.c",
            "pjlib-util/src/pjlib-util/crc32.c",
            "pjlib-util/src/pjlib-util/md5.c",
            "pjlib-util/src/pjlib-util/sha1.c",
            "pjmedia/src/pjmedia/alaw_ulaw.c",
            "pjmedia/src/pjmedia-codec/g722/g722_enc.c",
        ),
    ),
    "python": Terms(
        licence="PSF-2.0",
        what="inline functions of CPython's headers, nothing else of it",
        purl="pkg:github/python/cpython@v{}",
        files=("LICENSE",),
    ),
    "speexdsp": Terms(
        licence="BSD-3-Clause",
        what="the resampler of Speex",
        purl="pkg:github/xiph/speexdsp@SpeexDSP-{}",
        files=("COPYING",),
    ),
    "srtp": Terms(
        licence="BSD-3-Clause",
        what="encrypted media (libsrtp)",
        purl="pkg:github/cisco/libsrtp@v{}",
        files=("LICENSE",),
    ),
}
TOOLS = {
    "ziglang": {
        "libc++": Terms(
            licence="Apache-2.0 WITH LLVM-exception",
            what="LLVM's C++ library, which zig links in",
            purl="pkg:pypi/ziglang@{}#lib/libcxx",
            files=("ziglang/lib/libcxx/LICENSE.TXT",),
        ),
        "libc++abi": Terms(
            licence="Apache-2.0 WITH LLVM-exception",
            what="LLVM's C++ runtime, which zig links in",
            purl="pkg:pypi/ziglang@{}#lib/libcxxabi",
            files=("ziglang/lib/libcxxabi/LICENSE.TXT",),
        ),
        "libunwind": Terms(
            licence="Apache-2.0 WITH LLVM-exception",
            what="LLVM's unwinder, which zig links in",
            purl="pkg:pypi/ziglang@{}#lib/libunwind",
            files=("ziglang/lib/libunwind/LICENSE.TXT",),
        ),
        "compiler_rt": Terms(
            licence="MIT",
            what="zig's compiler runtime",
            purl="pkg:pypi/ziglang@{}#lib/compiler_rt",
            files=("ziglang/LICENSE",),
        ),
        "musl": Terms(
            licence="MIT",
            what="start-up code of the C library; only in the libraries for musl",
            purl="pkg:pypi/ziglang@{}#lib/libc/musl",
            files=("ziglang/lib/libc/musl/COPYRIGHT",),
        ),
        "glibc": Terms(
            licence="LGPL-2.1-or-later",
            what="the C library's part that is never shared; only in those for glibc",
            purl="pkg:pypi/ziglang@{}#lib/libc/glibc",
            notices=(
                "ziglang/lib/libc/glibc/io/stat-2.32.c",
                "ziglang/lib/libc/glibc/stdlib/atexit.c",
            ),
        ),
    },
    "swig": {
        "swig-runtime": Terms(
            licence="LicenseRef-SWIG-output",
            what="what SWIG writes into a binding, which is free to use",
            purl="pkg:pypi/swig@{}",
            files=("swig-{}.dist-info/licenses/LICENSE-SWIG",),
        ),
    },
}
