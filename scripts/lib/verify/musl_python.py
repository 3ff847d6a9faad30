"""A CPython for musl, cross-compiled from the source in Debian's archive.

Nobody offers one that could be had here; Home Assistant's own is Alpine's.
"""

from pathlib import Path
import shutil
import tempfile

from bootstrap import debian
from bootstrap.paths import cache_folder, fingerprint
from bootstrap.steps import SetupError, build_once
from native.builder.compiler import compiler, jobs
from native.builder.run import BuildError, run, say
from native.builder.target import TARGETS
from native.builder.tools import tools

from . import debian_python, launcher, musl_parts, stack
from .platforms import Platform, this_machine

# Debian's newest first; its archive does not always have every source.
SERIES = ("3.14", "3.13")
# Raise when the way an interpreter is made changes.
RECIPE = "1"
# What configure cannot try out on the machine that compiles.
ANSWERS = (
    "ac_cv_file__dev_ptmx=yes",
    "ac_cv_file__dev_ptc=no",
    "ac_cv_buggy_getaddrinfo=no",
)
# The headers that tell CPython of musl are hidden by the compiler's own.
TELL_MUSL = "-D__DEFINED_va_list"


def prepare(platform: Platform) -> Path:
    """Return the interpreter, built if it is not yet there; SetupError."""
    launcher.prepare(platform)
    key = fingerprint([RECIPE, *SERIES])
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
    zig = compiler(tools(), TARGETS[platform.zig], work / "compiler")
    bench = musl_parts.Bench(compiler=zig, prefix=work / "prefix", work=work)
    musl_parts.build(bench)
    series, tree, helper = _newest(bench)
    _install(tree, root, series, helper)
    _add_musl(platform, root, work)
    launcher.write(platform, root / "usr" / "bin" / f"python{series}", root, target)


def _newest(bench: musl_parts.Bench) -> tuple[str, Path, Path]:
    """Return the newest series that can be had, its built tree and a native one."""
    failures = []
    for series in SERIES:
        try:
            tree = bench.source(f"python{series}")
            helper = debian_python.prepare(this_machine(), series)
            _compile(bench, tree, helper)
        except (BuildError, SetupError) as err:
            say(f"no Python {series}: {str(err).splitlines()[-1]}")
            failures.append(str(err))
        else:
            return series, tree, helper
    raise SetupError("\n".join(failures))


def _compile(bench: musl_parts.Bench, tree: Path, helper: Path) -> None:
    prefix = bench.prefix
    bench.run(
        "python: configuring",
        *("./configure", f"--host={bench.host}", "--build=x86_64-pc-linux-gnu"),
        *(f"--with-build-python={helper}", "--prefix=/usr", f"--with-openssl={prefix}"),
        *("--disable-test-modules", "--without-ensurepip", "--enable-ipv6", *ANSWERS),
        cwd=tree,
        CPP=f"{bench.compiler.env['CC']} -E {TELL_MUSL}",
        # Nothing of this machine's own libraries.
        PKG_CONFIG_LIBDIR="/nonexistent",
        PKG_CONFIG_PATH="",
        ZLIB_CFLAGS=f"-I{prefix}/include",
        ZLIB_LIBS=f"-L{prefix}/lib -lz",
        LIBSQLITE3_CFLAGS=f"-I{prefix}/include",
        LIBSQLITE3_LIBS=f"-L{prefix}/lib -lsqlite3 -lm",
    )
    makefile = tree / "Makefile"
    # The helper keeps its own library: it may be a few corrections older or newer.
    text = makefile.read_text().replace("PYTHONPATH=$(srcdir)/Lib", "PYTHONPATH=")
    makefile.write_text(text)
    dated = "EXTRA_CFLAGS=-Wno-error=date-time"
    bench.run("python", "make", jobs(), dated, "python", "sharedmods", cwd=tree)


def _install(tree: Path, root: Path, series: str, helper: Path) -> None:
    program = root / "usr" / "bin" / f"python{series}"
    program.parent.mkdir(parents=True)
    shutil.copy2(tree / "python", program)
    stack.forget_size(program)
    library = root / "usr" / "lib" / f"python{series}"
    shutil.copytree(tree / "Lib", library, ignore=shutil.ignore_patterns("test"))
    modules = tree / (tree / "pybuilddir.txt").read_text().strip()
    for module in (*modules.glob("*.so"), *modules.glob("_sysconfig*")):
        folder = library / ("lib-dynload" if module.suffix == ".so" else ".")
        folder.mkdir(exist_ok=True)
        shutil.copy2(module, folder)
    compile_all = ("-m", "compileall", "-q", jobs(), library)
    run("compiling the library", helper, *compile_all)


def _add_musl(platform: Platform, root: Path, work: Path) -> None:
    """Add Debian's musl: its loader and C library in one."""
    folder = work / "musl"
    folder.mkdir()
    debian.fetch_packages(("musl",), folder, platform.debian)
    (archive,) = folder.glob("*.deb")
    debian.unpack(archive, root)
    (root / "lib").symlink_to("usr/lib")
