"""The kernel as machine code: compiled once for a machine, kept on disk, called through its address."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

import llvmlite.binding as llvm

from eventlive_sim.engine.kernel.compiler import Compiler

ENTRY = "advance"
Loop = Callable[[int, int], int]
"""From an address and a number of events to why it stopped."""


def _machine() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=3, reloc="pic", codemodel="default"
    )


def object_of(text: str, machine: Any) -> bytes:
    """Compile the text of a module to an object file."""
    module = llvm.parse_assembly(text)
    module.verify()
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = False
    options.slp_vectorization = False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return bytes(machine.emit_object(module))


def compile_kernel(sources: dict[str, str] | None = None) -> bytes:
    """Compile the kernel to an object file."""
    from eventlive_sim.engine.kernel.loop import advance  # noqa: PLC0415 - not needed when the object is on disk

    return object_of(Compiler(sources).entry(advance, ENTRY), _machine())


def load(code: bytes) -> Loop:
    """Bring an object file into memory; the function in it."""
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    address = engine.get_function_address(ENTRY)
    function: Any = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(address)
    function.engine = engine  # the code lives as long as the function
    return function  # type: ignore[no-any-return]


@cache
def loop() -> Loop:
    """Return the compiled loop."""

    c=compile_kernel()
    return load(c)
