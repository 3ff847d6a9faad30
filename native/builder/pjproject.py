"""PJSIP as static libraries, with our patches and switches."""

from pathlib import Path
import re
import shutil
import tarfile
import tempfile

from .compiler import ASSERTS, FLAGS, NO_ASSERTS, Compiler, jobs
from .paths import NATIVE
from .run import BuildError, run
from .sources import unpack

PATCHES = NATIVE / "patches"
SWITCHES = NATIVE / "config_site.h"
MODULES = ("pjlib", "pjlib-util", "pjnath", "pjmedia", "pjsip")
# The parts that a program is linked from, each ahead of those that it calls.
LIBRARIES = [
    "pjsua2",
    "pjsua",
    "pjsip-ua",
    "pjsip-simple",
    "pjsip",
    "pjmedia-codec",
    "pjmedia-audiodev",
    "pjmedia",
    "pjnath",
    "pjlib-util",
    "pj",
]
VERSION = re.compile(r"^export PJ_VERSION_(\w+)[ \t]*:=[ \t]*(\S*)$", re.MULTILINE)
BINDING = "pjsip-apps/src/swig"
# Debian strips this file, which the makefile still names.
STRIPPED = "pjmedia/src/pjmedia-audiodev/bdimad_dev.c"
WITHOUT = [
    "video",
    "sound",
    "libwebrtc",
    "libwebrtc-aec3",
    "libyuv",
    "ilbc-codec",
    "g7221-codec",
    "gsm-codec",
    "silk",
    "bcg729",
    "opencore-amr",
    "upnp",
    "speex-codec",
    "speex-aec",
    "libuuid",
]


def patches() -> list[Path]:
    """Return our patches in the order in which they apply."""
    return sorted(PATCHES.glob("*.patch"))


def build(
    source: Path, compiler: Compiler, prefix: Path, folder: Path, *, asserts: bool
) -> None:
    """Build PJSIP into folder/lib, folder/include and folder/swig."""
    with tempfile.TemporaryDirectory(prefix="sip-intercom-") as name:
        root = patched(source, Path(name))
        _configure(root, compiler, prefix, asserts=asserts)
        variant = "with asserts" if asserts else "without asserts"
        for module in MODULES:
            compiler.run(
                f"{module} {variant}",
                *("make", jobs(), "-C", root / module / "build", "lib"),
            )
        _collect(root, compiler.target.host.partition("-")[0], folder)


def patched(source: Path, folder: Path) -> Path:
    """Unpack PJSIP and apply our switches and patches; raise BuildError if one fails."""
    root = unpack(source, folder)
    (root / STRIPPED).touch()
    shutil.copyfile(SWITCHES, root / "pjlib/include/pj/config_site.h")
    for patch in patches():
        _apply(root, patch)
    return root


def unfit(source: Path) -> list[str]:
    """Return the names of our patches that do not apply exactly to a PJSIP."""
    failed = []
    with tempfile.TemporaryDirectory(prefix="sip-intercom-") as name:
        root = unpack(source, Path(name))
        for patch in patches():
            try:
                _apply(root, patch, "--dry-run")
            except BuildError:
                failed.append(patch.stem)
            else:
                _apply(root, patch)
    return failed


def version(source: Path) -> str:
    """Return which PJSIP an archive has, by the file that its makefiles read."""
    with tarfile.open(source) as tar:
        for member in tar:
            if member.name.count("/") == 1 and member.name.endswith("/version.mak"):
                content = tar.extractfile(member)
                assert content is not None
                parts = dict(VERSION.findall(content.read().decode()))
                numbers = [parts[one] for one in ("MAJOR", "MINOR", "REV")]
                return ".".join(one for one in numbers if one) + str(parts["SUFFIX"])
    raise BuildError(f"{source} has no version.mak: it is no source of PJSIP")


def _apply(root: Path, patch: Path, *options: str) -> None:
    command = ("patch", "-p1", "--no-backup-if-mismatch", "--fuzz=0", "--force")
    run(f"patch {patch.stem}", *command, *options, "-i", patch, cwd=root)


def _configure(root: Path, compiler: Compiler, prefix: Path, *, asserts: bool) -> None:
    flags = " ".join((ASSERTS if asserts else NO_ASSERTS, *FLAGS))
    compiler.run(
        "pjproject: configuring",
        *("./aconfigure", f"--host={compiler.target.host}"),
        *("--enable-shared=no", "--enable-epoll", "--enable-speex-resample"),
        *("--with-external-srtp", f"--with-ssl={prefix}", f"--with-opus={prefix}"),
        *(f"--disable-{feature}" for feature in WITHOUT),
        cwd=root,
        env={
            "CFLAGS": flags,
            "CXXFLAGS": flags,
            "CPPFLAGS": f"-I{prefix}/include",
            "LDFLAGS": f"-L{prefix}/lib",
            "LIBS": "-lssl -lcrypto",
        },
    )


def _collect(root: Path, machine: str, folder: Path) -> None:
    (folder / "lib").mkdir()
    for library in LIBRARIES:
        # The makefiles append the host, as configure spells it.
        (built,) = root.glob(f"*/lib/lib{library}-{machine}-*.a")
        shutil.copyfile(built, folder / "lib" / f"lib{library}.a")
    for module in MODULES:
        shutil.copytree(
            root / module / "include", folder / "include", dirs_exist_ok=True
        )
    shutil.copytree(root / BINDING, folder / "swig")
