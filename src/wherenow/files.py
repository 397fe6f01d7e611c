"""Files that are whole at any moment: written beside their place, then moved there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from wherenow.errors import UsageError


@contextmanager
def whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A place beside ``path`` to write to; what was written is at ``path`` once the block has ended without error.

    Whoever reads ``path``, and whenever this process ends, finds the old file or the new one, never a part; two that
    write it at once do not meet, and the later one stays. Raises UsageError where the place cannot be written.
    """
    target = Path(path)
    beside = target.with_name(f".{target.name}.{os.getpid()}-{uuid4().hex[:8]}.part")
    try:
        try:
            yield beside
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror or error}") from error
