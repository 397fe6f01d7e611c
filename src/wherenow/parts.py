"""Cache the parts of a result between processes, each under a hash of the values from which it is computed.

A whole result (:mod:`wherenow.result_cache`) is lost with any change of the case. A part is lost only if one of its
values changes: after an edit of a claim, scenarios and forecasts are read from disk. The key covers every value in
full, the source of wherenow, the numerical libraries and the machine. :mod:`wherenow.cache_store` stores parts
atomically and ignores damaged ones.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Callable
from dataclasses import is_dataclass
from enum import Enum
from typing import Any, TypeVar

from wherenow import cache_store
from wherenow.result_cache import machine

T = TypeVar("T")
MOST = 1 << 26
"""Maximum size of a part in bytes."""


def stored(name: str) -> Any:
    """Return the part under ``name`` (:func:`name_of`); None if there is none that can be read."""
    if (body := cache_store.entry(name)) is None:
        return None
    try:
        return _PartUnpickler(io.BytesIO(body)).load()
    except (pickle.UnpicklingError, AttributeError, ImportError):
        return None


def store(name: str, part: object) -> None:
    """Store a part that is not None, if possible and not larger than :data:`MOST`."""
    body = pickle.dumps(part, protocol=5)
    if len(body) <= MOST:
        cache_store.keep(name, body)


def part(question: str, make: Callable[[], T], *read: object, packages: tuple[str, ...] = ()) -> T:
    """Return the part that ``make`` computes from the values ``read``, from the cache if it is there.

    ``question`` names the part: two functions have two questions. A part is lost only with the source of ``packages``,
    if given, instead of all.
    """
    name = name_of(question, *read, packages=packages)
    found: T | None = stored(name)
    if found is None:
        found = make()
        store(name, found)
    return found


def name_of(question: str, *read: object, packages: tuple[str, ...] = ()) -> str:
    """Return the name under which the part that is computed from these values is stored."""
    version = cache_store.version_of(*packages)
    return cache_store.key_of(question, content_of(*read), *machine(), version) + cache_store.RESULT


def content_of(*values: object) -> str:
    """Return the SHA-256 of values and of everything in them.

    Equal values have equal hashes unless they hold sets, which only costs the time to compute a part again. Raises
    TypeError or PicklingError for a value that is not data, such as a function.
    """
    written = io.BytesIO()
    pickler = pickle.Pickler(written, protocol=5)
    pickler.fast = True  # without references to earlier objects: equal values have equal bytes
    pickler.dump(values)
    return hashlib.sha256(written.getbuffer()).hexdigest()


class _PartUnpickler(pickle.Unpickler):
    """Reads plain values, arrays and wherenow's classes of data; a part that names anything else is refused."""

    def find_class(self, module: str, name: str) -> Any:
        if admits(module, name):
            found = super().find_class(module, name)
            if (module, name) in _ARRAYS or (
                isinstance(found, type)
                and found.__module__ == module
                and (is_dataclass(found) or issubclass(found, Enum))
            ):
                return found
        raise pickle.UnpicklingError(f"a part does not name {module}.{name}")


def admits(module: str, name: str) -> bool:
    """Return whether a part may name this: an array of NumPy, or what a module of wherenow itself defines."""
    return (module, name) in _ARRAYS or (module.startswith("wherenow.") and "." not in name)  # a dot reaches imports


_ARRAYS = (
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy._core.multiarray", "_reconstruct"),
)
