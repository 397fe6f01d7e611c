"""Checkpoints of a calibration in a file, from which an interrupted one continues to the same bits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from wherenow.distributions.families import Array
from wherenow.errors import InputError
from wherenow.files import atomic_write, inflated


def write_state(path: Path, key: Mapping[str, Any], words: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Store ``words`` (as JSON) and ``arrays`` of a calibration that ``key`` identifies, atomically."""
    with atomic_write(path) as beside, beside.open("wb") as file:
        np.savez(file, allow_pickle=False, words=np.array(json.dumps({"key": key, **words})), **arrays)


def read_state(path: Path, key: Mapping[str, Any], names: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the words and the named arrays that :func:`write_state` stored.

    Raises InputError if the file is not such a state, is damaged, or belongs to a calibration with another key.
    """
    try:
        if inflated(path):
            raise ValueError("it is packed, as no state of ours is")
        with np.load(path, allow_pickle=False) as stored:
            words = json.loads(str(stored["words"]))
            begun_with = words["key"]
            changed = ", ".join(k for k in key if begun_with.get(k) != key[k])
            arrays = {} if changed else {name: stored[name] for name in names}
    except Exception as error:  # zipfile and NumPy raise a dozen kinds of errors for damaged files
        raise InputError.of_file(path, f"this is not a state of a calibration: {error}") from error
    if changed:
        message = f"this calibration was begun with another {changed}"
        raise InputError.of_file(path, message, "start again, without --resume")
    return words, arrays
