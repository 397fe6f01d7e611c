"""Compiled kernels, kept in memory and on disk by a hash of all that they depend on.

The folder is ``$WHERENOW_CACHE``, else the user's cache folder. A file is written beside its place and moved there, so
that no reader sees half of one; one whose checksum does not match is compiled again.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

from wherenow.engine.ir import Program
from wherenow.engine.jit import Loaded, compile_object, compiler_version, load, processor
from wherenow.engine.kernel import emit_kernel
from wherenow.errors import UsageError
from wherenow.files import whole

_loaded: dict[str, CompiledKernel] = {}
_times = count()


@dataclass(frozen=True)
class CompiledKernel:
    """A callable kernel and the nodes that make the rows of its step table."""

    loaded: Loaded
    rows: tuple[int, ...]


def folder() -> Path:
    """Where compiled code is kept on disk."""
    if given := os.environ.get("WHERENOW_CACHE"):
        return Path(given)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home()))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return base / "wherenow"


@cache
def _engine_version() -> str:
    """A hash of the engine's own source: code compiled by another version of it is not used."""
    room = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(room.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def key_of(program: Program, width: int) -> str:
    """The hash under which a program's kernel is kept."""
    parts = (program.hash, str(width), *processor(), compiler_version(), _engine_version())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def compiled(program: Program, width: int) -> CompiledKernel:
    """The kernel of a program, from memory, from disk, or compiled now (and kept in both)."""
    key = key_of(program, width)
    if key not in _loaded:
        path = folder() / f"{key}.kernel"
        found = _read(path)
        if found is None:
            kernel = emit_kernel(program, width)
            found = compile_object(kernel.text), kernel.rows
            _write(path, *found)
        code, rows = found
        # threads may come here at once with one program: the linker takes no name twice
        _loaded.setdefault(key, CompiledKernel(load(code, f"{key}.{next(_times)}"), rows))
    return _loaded[key]


def machine_code(text: str) -> bytes:
    """The object file of IR text that is no program's, from disk, or compiled now (and kept there)."""
    parts = "\n".join((text, *processor(), compiler_version()))
    path = folder() / f"{hashlib.sha256(parts.encode()).hexdigest()}.kernel"
    found = _read(path)
    if found is None:
        found = compile_object(text), ()
        _write(path, *found)
    return found[0]


def _read(path: Path) -> tuple[bytes, tuple[int, ...]] | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    checksum, body = content[:32], content[32:]
    if hashlib.sha256(body).digest() != checksum:
        return None
    head, _, code = body.partition(b"\n")
    return code, tuple(json.loads(head))


def _write(path: Path, code: bytes, rows: tuple[int, ...]) -> None:
    """Keeps a kernel on disk where that is possible; a full or read-only disk only costs time at the next start."""
    body = json.dumps(rows).encode() + b"\n" + code
    with suppress(OSError, UsageError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole(path) as beside:
            beside.write_bytes(hashlib.sha256(body).digest() + body)
