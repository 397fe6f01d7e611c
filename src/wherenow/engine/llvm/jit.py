"""Compilation of IR text to machine code for this processor, callable through ctypes."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from wherenow.engine.llvm.emit.emit_writer import Arguments

_CTYPES = {"i64": ctypes.c_int64, "ptr": ctypes.c_void_p}


@cache
def processor() -> tuple[str, str]:
    """Return the name and features of this machine's processor, a part of the key of compiled code."""
    _initialise()
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


@cache
def _initialise() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


HUGE = 4_000_000
"""Characters of IR beyond which compilation is fast rather than optimizing; the bits of results are the same."""


@cache
def _machine(effort: int = 2) -> Any:
    name, features = processor()
    target = llvm.Target.from_default_triple()
    # With the arrays of a big run in memory, the linker may place constants more than 2 GiB from the code. The relative
    # loads of the small code model do not reach that far, and LLVM aborts; those of the large model do.
    far = {"reloc": "default", "codemodel": "large"}
    return target.create_target_machine(cpu=name, features=features, opt=effort, jit=True, **far)


@cache
def _linker() -> Any:
    return llvm.create_lljit_compiler(_machine())


def compiler_version() -> str:
    """Return the versions of llvmlite and LLVM."""
    return f"{llvmlite.__version__} LLVM {'.'.join(map(str, llvm.llvm_version_info))}"


def vector_registers() -> int:
    """Return how many float64 values fit one vector register of this processor."""
    features = processor()[1].split(",")
    return 8 if "+avx512f" in features else 4 if "+avx" in features else 2


def compile_object(text: str, quickly: bool = False) -> bytes:
    """Compile IR text to an object file; ``quickly``, or if it is huge, without optimizing."""
    machine = _machine(0 if quickly or len(text) > HUGE else 2)
    module = llvm.parse_assembly(text)
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    return bytes(machine.emit_object(module))


@dataclass(frozen=True)
class Loaded:
    """A kernel in memory, with ``further`` functions by name; it stays loaded as long as this object lives.

    Calls release the GIL.
    """

    function: Any
    tracker: Any
    further: Mapping[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> int:
        """The address of the function, by which other compiled code calls it."""
        address = ctypes.cast(self.function, ctypes.c_void_p).value
        assert address is not None
        return address


def load(
    code: bytes,
    name: str,
    entry: str,
    arguments: Arguments,
    further: Mapping[str, Arguments] = MappingProxyType({}),
) -> Loaded:
    """Link an object file under a unique name; ``entry`` is the function to call, ``further`` are additional ones."""
    library = llvm.JITLibraryBuilder().add_object_img(code)
    for exported in (entry, *further):
        library.export_symbol(exported)
    tracker = library.link(_linker(), name)

    def function(called: str, taken: Arguments) -> Any:
        return ctypes.CFUNCTYPE(None, *(_CTYPES[kind] for _, kind in taken))(tracker[called])

    return Loaded(function(entry, arguments), tracker, {name: function(name, taken) for name, taken in further.items()})
