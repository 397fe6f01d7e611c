"""Pauses of Python's collector of cycles while very many objects without a cycle are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gc_paused() -> Iterator[None]:
    """No search for cycles inside, as a block or a decorator; objects without cycles go as always.

    A model's text becomes some 100,000 nodes that live on: the collector walks all of them, and all that was loaded
    before, again and again to find nothing, a sixth of the time of reading. Where another thread ends such a block, or
    the collector was off before, it is left as it is found.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
