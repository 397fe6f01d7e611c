"""Draws of uncertain parameters from their priors, one per member of an ensemble.

A design is a set of points in the unit cube with one axis per parameter; the priors' inverse distribution functions
turn them into parameter values.

- ``sobol``: Sobol' points under a random linear scramble and digital shift (Matoušek 1998), which fill the cube far
  more evenly than random points, so that means over draws converge faster (Owen 1997);
- ``latin``: a Latin hypercube (McKay, Beckman & Conover 1979): each parameter's range is cut into as many equally
  likely strata as there are draws, each used once;
- ``random``: independent points.

Under ``sobol`` and ``random``, draw number k is the same however many draws are made; under ``latin`` it is not.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from wherenow.errors import Diagnostic, InputError, Location, UsageError, did_you_mean
from wherenow.files import atomic_write, inflated
from wherenow.parts import part

if TYPE_CHECKING:
    from wherenow.distributions.prior import Prior

Array = NDArray[np.float64]
DESIGNS = ("sobol", "latin", "random")
PRIOR = "prior only"
POSTERIOR = "posterior"
MOST = 2**24
"""Maximum number of draws in one call."""
LAST = 2**30
"""The number of Sobol' points that 30 bits can distinguish."""
_EDGE = 2.0**-31  # half the spacing of Sobol' points: a quantile at 0 or 1 would be infinite


@dataclass(frozen=True, eq=False, kw_only=True)
class Draws:
    """Parameter values of an ensemble: ``values[parameter, draw]``, rows as ``names``, each in its parameter's unit.

    ``basis`` is ``prior only`` or ``posterior``. ``seed`` generated the design and keys the noise of runs. Draws are
    numbered from ``first``.
    """

    names: tuple[str, ...]
    values: Array
    seed: int
    design: str  # method of spreading draws: sobol, latin or random
    basis: str = PRIOR
    first: int = 0

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape[0] != len(self.names):
            raise UsageError(f"draws have shape {self.values.shape}; {len(self.names)} parameters are named")
        if not np.isfinite(self.values).all():
            row = int(np.flatnonzero(~np.isfinite(self.values).all(axis=1))[0])
            raise UsageError(f"the draws of {self.names[row]!r} are not all finite numbers")
        read_only = np.array(self.values, dtype=np.float64)
        read_only.flags.writeable = False
        object.__setattr__(self, "values", read_only)

    def __len__(self) -> int:
        return int(self.values.shape[1])

    def __repr__(self) -> str:
        return f"Draws({len(self)} of {len(self.names)} parameters, {self.design}, seed {self.seed}, {self.basis})"

    def __getitem__(self, name: str) -> Array:
        """Return the values of one parameter, one per draw. Raises UsageError if it is not drawn."""
        if name not in self.names:
            raise UsageError(f"{name!r} is not drawn", did_you_mean(name, self.names))
        row: Array = self.values[self.names.index(name)]
        return row

    @cached_property
    def hash(self) -> str:
        """SHA-256 over names, values, seed and number of the first draw."""
        digest = hashlib.sha256(repr((self.names, self.values.shape, self.seed, self.first)).encode())
        digest.update(np.ascontiguousarray(self.values).tobytes())
        return digest.hexdigest()

    def take(self, start: int, stop: int) -> Draws:
        """Return draws ``start`` to ``stop`` (exclusive), which keep their numbers and so their noise.

        Examples
        --------
        >>> import wherenow
        >>> draws = wherenow.draw(wherenow.open("school-influenza"), 8)
        >>> part = draws.take(2, 5)
        >>> len(part), part.first
        (3, 2)
        """
        return replace(self, values=self.values[:, start:stop], first=self.first + start)

    def fixed(self, values: Mapping[str, float]) -> Draws:
        """Return the same draws with some parameters fixed.

        Parameters
        ----------
        values
            by parameter, its value in its unit; a parameter that was not drawn is added.

        Examples
        --------
        >>> import wherenow
        >>> draws = wherenow.draw(wherenow.open("school-influenza"), 8).fixed({"recovering_time": 2.0})
        >>> float(draws.values[draws.names.index("recovering_time")].max())
        2.0
        """
        others = [i for i, n in enumerate(self.names) if n not in values]
        rows = np.repeat(np.array(list(values.values()), float)[:, None], len(self), axis=1)
        names = (*(self.names[i] for i in others), *values)
        return replace(self, names=names, values=np.vstack([self.values[others], rows]))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the draws atomically to a NumPy archive (``.npz``), which :func:`read_draws` reads."""
        with atomic_write(path) as beside, beside.open("wb") as file:
            parts = {field.name: getattr(self, field.name) for field in fields(self)}
            np.savez(file, **{**parts, "names": np.array(self.names, dtype=np.str_)})


class HasPriors(Protocol):
    """The part of a case that drawing needs."""

    @property
    def priors(self) -> Mapping[str, Prior]: ...


def draw(case: HasPriors, n: int, seed: int = 0, design: str = "sobol", first: int = 0) -> Draws:
    """Draw ``n`` values of every parameter that has a prior, numbered from ``first``.

    Under ``sobol``, a part of an ensemble has the draws that the whole has there, at no extra cost. Raises UsageError
    for an unknown design, a wrong number, or a later part of another design.
    """
    if design not in DESIGNS:
        hint = did_you_mean(design, DESIGNS) or "known: " + ", ".join(DESIGNS)
        raise UsageError(f"there is no design {design!r}", hint)
    if not 1 <= n <= MOST:
        raise UsageError(f"the number of draws must lie between 1 and {MOST}, not {n}")
    if not 0 <= first <= LAST - n:
        raise UsageError(f"draws are numbered below {LAST}")
    if first and design != "sobol":
        raise UsageError(f"only a sobol design can begin at draw {first}, not a {design} one")
    if seed < 0:
        raise UsageError(f"a seed is a whole number of at least 0, not {seed}")
    names = tuple(case.priors)
    points = np.clip(_points(len(names), n, seed, design, first), _EDGE, 1 - _EDGE)
    values = np.empty((len(names), n))
    for row, name in enumerate(names):
        values[row] = case.priors[name].quantile(points[:, row])
    return Draws(names=names, values=values, seed=seed, design=design, basis=PRIOR, first=first)


@lru_cache(maxsize=64)
def central(seed: int = 0) -> Draws:
    """Return one draw in which every parameter has its central value."""
    return Draws(names=(), values=np.empty((0, 1)), seed=seed, design="central")


def _points(dimensions: int, n: int, seed: int, design: str, first: int) -> Array:
    """Return points ``[n, dimensions]`` in the unit cube, from number ``first`` on."""
    if dimensions == 0:
        return np.empty((n, 0))
    generator = np.random.default_rng(seed)
    if design == "random":
        return generator.random((n, dimensions))

    def points() -> Array:
        from scipy.stats import qmc  # imported late: the import takes longer than reading a case

        if design == "latin":
            return np.asarray(qmc.LatinHypercube(dimensions, rng=generator).random(n))
        sobol = qmc.Sobol(dimensions, scramble=True, rng=generator)
        if first:
            return np.asarray(sobol.fast_forward(first).random(n))
        exponent = (n - 1).bit_length()  # points from the first one on are generated in powers of two
        return np.array(sobol.random_base2(exponent)[:n])

    return part("points", points, dimensions, n, seed, design, first)


def read_draws(path: str | os.PathLike[str]) -> Draws:
    """Read draws that :meth:`Draws.save` wrote; nothing in the file is executed.

    Raises
    ------
    InputError
        if the file cannot be read, or holds no draws.

    Examples
    --------
    >>> import tempfile, wherenow
    >>> file = tempfile.mkdtemp() + "/draws.npz"
    >>> wherenow.draw(wherenow.open("school-influenza"), 8, seed=1).save(file)
    >>> wherenow.read_draws(file)
    Draws(8 of 6 parameters, sobol, seed 1, prior only)
    """
    import zipfile
    import zlib

    try:
        if inflated(Path(path)):
            raise ValueError("it is compressed, unlike any file of draws by wherenow")
        with np.load(Path(path), allow_pickle=False) as stored:
            return Draws(
                names=tuple(str(n) for n in stored["names"]),
                values=np.array(stored["values"], dtype=np.float64),
                seed=int(stored["seed"]),
                design=str(stored["design"]),
                basis=str(stored["basis"]),
                first=int(stored["first"]),
            )
    except OSError as error:
        problem = f"cannot be read: {error.strerror or error}"
    except (ValueError, LookupError, TypeError, EOFError, zipfile.BadZipFile, zlib.error, UsageError) as error:
        problem = f"is not a file of draws: {error}"
    raise InputError([Diagnostic(f"{Path(path).name} {problem}", Location(str(path), 1, 1))])
