"""The kernel as machine code: compiled once for a machine, kept on disk, called through its address."""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import FunctionType
from typing import Any, cast

import llvmlite
import llvmlite.binding as llvm
from platformdirs import user_cache_path

from eventlive_sim.engine import kernel
from eventlive_sim.engine.kernel.layout import H_JUMP

ENTRY = "advance"
FOLDER = "EVENTLIVE_SIM_CACHE"
"""Environment variable that names another folder for the compiled kernel."""
INLINED = 225
"""Size of functions that LLVM puts where they are called, as LLVM counts it."""
_KEPT = 8
_DIGEST = hashlib.sha256().digest_size
_log = logging.getLogger("eventlive_sim")
_once = threading.Lock()

Loop = Callable[[int, int], int]
"""From an address and a number of events to why it stopped."""


def machine() -> Any:
    """Return LLVM's description of this machine."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="pic",
        codemodel="default",
    )


def object_of(text: str, target: Any) -> bytes:
    """Compile the text of a module to an object file."""
    module = llvm.parse_assembly(text)
    module.verify()
    module.triple = target.triple
    module.data_layout = str(target.target_data)
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = False
    options.slp_vectorization = True
    # A little less inlining than at this level is usual, and copies in vector registers: `python -m benchmarks --only s1` is the measure.
    options.inlining_threshold = INLINED
    builder = llvm.create_pass_builder(target, options)
    builder.getModulePassManager().run(module, builder)
    return bytes(target.emit_object(module))


def compile_kernel(sources: dict[str, str] | None = None) -> bytes:
    """Compile the kernel to an object file.

    Parameters
    ----------
    sources : dict, optional
        Text of functions, by module and name (``queues.admit``), that replaces theirs: a kernel with a planted fault.
    """
    from eventlive_sim.engine.kernel.compiler import Compiler  # noqa: PLC0415 - not needed when the object is on disk
    from eventlive_sim.engine.kernel.loop import advance  # noqa: PLC0415 - likewise

    return object_of(Compiler(sources, H_JUMP).entry(cast("FunctionType", advance), ENTRY), machine())


def load(code: bytes) -> Loop:
    """Bring an object file into memory; the function in it."""
    # JITLink puts all sections into one block: apart by more than 2 GiB, as may come in a large process, code does not reach its
    # constants, and LLVM's older linker ends the process for that.
    linker = llvm.create_lljit_compiler(machine(), use_jit_link=True)
    library = (
        llvm.JITLibraryBuilder().add_object_img(code).add_current_process().export_symbol(ENTRY).link(linker, ENTRY)
    )
    function: Any = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(library[ENTRY])
    function.library = library  # the code lives as long as the function
    return function  # type: ignore[no-any-return]


# ---------------------------------------------------------------- on disk


def stamp() -> str:
    """Return a name of all that the object depends on: the sources, LLVM, this processor."""
    hasher = hashlib.sha256()
    here = Path(kernel.__file__).parent
    program = here.parent.parent / "program"
    sources = [*sorted(here.glob("*.py")), *sorted(here.parent.glob("*.py")), *sorted(program.glob("*.py"))]
    for path in sources:
        hasher.update(path.read_bytes())
    versions = (llvmlite.__version__, sys.version, llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
    hasher.update("\n".join(versions).encode())
    return hasher.hexdigest()[:24]


def folders() -> Iterator[Path]:
    """Yield the folders in which the object is looked for, and then kept, best first."""
    named = os.environ.get(FOLDER)
    if named:
        yield Path(named)
        return
    yield user_cache_path("eventlive_sim", appauthor=False)
    user = os.getuid() if hasattr(os, "getuid") else "user"
    yield Path(tempfile.gettempdir()) / f"eventlive_sim-{user}"


def find(name: str) -> bytes | None:
    """Return the object from disk; one that is damaged, or that another user may have put there, is as good as none."""
    for folder in folders():
        path = folder / name
        with suppress(OSError):
            if hasattr(os, "getuid") and path.stat().st_uid != os.getuid():
                continue
            content = path.read_bytes()
            digest, code = content[:_DIGEST], content[_DIGEST:]
            if hashlib.sha256(code).digest() == digest:
                return code
    return None


def keep(name: str, code: bytes) -> Path | None:
    """Put the object on disk; several processes may do so at once, and each sees a whole file or none."""
    for folder in folders():
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=folder, prefix=".kernel-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(hashlib.sha256(code).digest() + code)
                Path(temporary).replace(folder / name)
            except OSError:
                Path(temporary).unlink(missing_ok=True)
                raise
            _forget_old(folder)
            return folder / name
    return None


def _forget_old(folder: Path) -> None:
    with suppress(OSError):
        kept = sorted(folder.glob("kernel-*.o"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in kept[_KEPT:]:
            path.unlink(missing_ok=True)


_loaded: dict[str, Loop] = {}


def loop() -> Loop:
    """Return the compiled loop: from memory, from disk, or compiled now, which takes some seconds and says so."""
    with _once:
        if ENTRY not in _loaded:
            name = f"kernel-{stamp()}.o"
            code = find(name)
            if code is None:
                _log.info("compiling the fast engine for this machine, once: some seconds")
                started = time.monotonic()
                code = compile_kernel()
                place = keep(name, code)
                where = f"kept as {place}" if place else "no folder could be written to keep it in"
                _log.info("the fast engine is compiled: %.1f s, %s", time.monotonic() - started, where)
            _loaded[ENTRY] = load(code)
    return _loaded[ENTRY]
