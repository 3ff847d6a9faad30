"""A CPython for musl, cross-compiled from the source in Debian's archive.

Nobody offers one that could be had here; Home Assistant builds its own on Alpine.
"""

from pathlib import Path
import shutil
import sys
import tempfile

from bootstrap import debian, interpreter
from bootstrap.paths import cache_folder, fingerprint
from bootstrap.steps import SetupError, build_once
from native.builder.compiler import compiler, jobs
from native.builder.run import BuildError, run
from native.builder.sources import unpack
from native.builder.tools import tools

from . import launcher, musl_parts, python_source, stack
from .platforms import Platform, this_machine

NAME = f"python{interpreter.SERIES}"
# Raise when the way an interpreter is made changes.
RECIPE = "3"
# What configure cannot try out on the machine that compiles.
ANSWERS = (
    "ac_cv_file__dev_ptmx=yes",
    "ac_cv_file__dev_ptc=no",
    "ac_cv_buggy_getaddrinfo=no",
)
# Bytes for each thread that Python starts, as in Home Assistant's own container.
THREAD_STACK = 2 << 20
# The headers that tell CPython of musl are hidden by the compiler's own.
TELL_MUSL = "-D__DEFINED_va_list"


def prepare(platform: Platform) -> Path:
    """Return the interpreter, built if it is not yet there; SetupError."""
    launcher.prepare(platform)
    key = fingerprint([RECIPE, NAME])
    target = cache_folder() / "platforms" / f"{platform.key}-built-{key}"

    def build(root: Path) -> None:
        print(flush=True)
        with tempfile.TemporaryDirectory(prefix="sip-intercom-") as work:
            _build(platform, root, Path(work), target)

    try:
        build_once(target, build, title=f"Python for {platform.key}, compiled")
    except BuildError as err:
        raise SetupError(str(err)) from err
    return target / "usr" / "bin" / launcher.NAME


def _build(platform: Platform, root: Path, work: Path, target: Path) -> None:
    bench = _bench(platform, work)
    musl_parts.build(bench)
    folder = work / "python"
    folder.mkdir()
    tree = unpack(python_source.fetch(folder), folder / "sources")
    _compile(bench, tree)
    _install(tree, root)
    _add_musl(platform, root)
    shutil.copy2(
        bench.prefix / "lib" / musl_parts.SHARED, root / "usr" / "lib" / platform.key
    )
    launcher.write(platform, root / "usr" / "bin" / NAME, root, target)


def _bench(platform: Platform, work: Path) -> musl_parts.Bench:
    return musl_parts.Bench(
        compiler=compiler(tools(), platform.target, work / "compiler"),
        native=compiler(tools(), this_machine().target, work / "native-compiler"),
        prefix=work / "prefix",
        work=work,
    )


def _compile(bench: musl_parts.Bench, tree: Path) -> None:
    prefix = bench.prefix
    bench.run(
        "python: configuring",
        *("./configure", f"--host={bench.host}", f"--build={this_machine().key}"),
        *(f"--with-build-python={sys.executable}", "--prefix=/usr"),
        *(f"--with-openssl={prefix}", "--enable-ipv6", *ANSWERS),
        *("--disable-test-modules", "--without-ensurepip"),
        cwd=tree,
        CPP=f"{bench.compiler.env['CC']} -E {TELL_MUSL}",
        # Nothing of this machine's own libraries.
        PKG_CONFIG_LIBDIR="/nonexistent",
        PKG_CONFIG_PATH="",
        **_library(prefix, "ZLIB", "-lz"),
        **_library(prefix, "LIBSQLITE3", "-lsqlite3 -lm"),
        **_library(prefix, "LIBFFI", "-lffi"),
    )
    makefile = tree / "Makefile"
    # The build's Python keeps its own library: it may be some corrections newer.
    text = makefile.read_text().replace("PYTHONPATH=$(srcdir)/Lib", "PYTHONPATH=")
    makefile.write_text(text)
    flags = f"EXTRA_CFLAGS=-Wno-error=date-time -DTHREAD_STACK_SIZE={THREAD_STACK}"
    bench.run("python", "make", jobs(), flags, "python", "sharedmods", cwd=tree)


def _library(prefix: Path, name: str, link: str) -> dict[str, str]:
    """Return what tells configure where a library is."""
    return {
        f"{name}_CFLAGS": f"-I{prefix}/include",
        f"{name}_LIBS": f"-L{prefix}/lib {link}",
    }


def _install(tree: Path, root: Path) -> None:
    program = root / "usr" / "bin" / NAME
    program.parent.mkdir(parents=True)
    shutil.copy2(tree / "python", program)
    stack.forget_size(program)
    library = root / "usr" / "lib" / NAME
    shutil.copytree(tree / "Lib", library, ignore=shutil.ignore_patterns("test"))
    modules = tree / (tree / "pybuilddir.txt").read_text().strip()
    for module in (*modules.glob("*.so"), *modules.glob("_sysconfig*")):
        folder = library / ("lib-dynload" if module.suffix == ".so" else ".")
        folder.mkdir(exist_ok=True)
        shutil.copy2(module, folder)
    compile_all = ("-m", "compileall", "-q", jobs(), library)
    run("compiling the library", sys.executable, *compile_all)


def _add_musl(platform: Platform, root: Path) -> None:
    """Add Debian's musl: its loader and C library in one."""
    debian.unpack_packages(("musl",), root, platform.debian)
    (root / "lib").symlink_to("usr/lib")
