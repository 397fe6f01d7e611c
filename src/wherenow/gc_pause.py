"""Pauses of Python's collector of cycles while very many objects without a cycle are made."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType


@contextmanager
def gc_paused() -> Iterator[None]:
    """Pause the collector of cycles, in a block or as a decorator; objects without cycles are freed as usual.

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


def imported(name: str) -> ModuleType:
    """Import a large module with the collector of cycles paused.

    What modules define lives on, so that it joins the oldest generation at once: the 75,000 objects of xarray and what
    it imports are otherwise walked 200 times, a tenth of the time of a first run.
    """
    if name in sys.modules:
        return sys.modules[name]
    with gc_paused():
        module = import_module(name)
        if not gc.get_freeze_count():  # an application's own frozen objects stay frozen
            gc.freeze()
            gc.unfreeze()
    return module
