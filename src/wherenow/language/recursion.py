"""Let a recursive parser read an equation with many brackets."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

MANY = 50
"""Brackets that Python's usual stack of a thousand levels holds."""
LEVELS = 8_000
"""Stack levels for deeper nesting: a parser recurses up to twelve times for each bracket."""
_one = threading.Lock()


@contextmanager
def deep_stack(content: str) -> Iterator[None]:
    """Allow deep recursion, in one thread at a time, if ``content`` has many brackets.

    Calls between Python functions do not use the C stack.
    """
    if content.count("(") + content.count("[") <= MANY:
        yield
        return
    with _one:
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(before, LEVELS))
        try:
            yield
        finally:
            sys.setrecursionlimit(before)
