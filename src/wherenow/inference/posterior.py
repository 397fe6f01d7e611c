"""A posterior: draws of the parameters given the data, with how they were made, stored in one NetCDF file.

The file is an ArviZ InferenceData (groups ``posterior`` and ``log_likelihood``) for other tools; here h5py reads it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from wherenow.case.case_types import Case
from wherenow.case.variants import with_variant
from wherenow.distributions.families import Array
from wherenow.engine import noise
from wherenow.ensemble.draws import POSTERIOR, PRIOR, Draws, draw
from wherenow.errors import InputError, UsageError, did_you_mean
from wherenow.files import atomic_write, seal, sealed
from wherenow.inference.fitted import FILE as FILE
from wherenow.inference.fitted import file_of as file_of
from wherenow.inference.fitted import fitted_elsewhere
from wherenow.inference.likelihood.discrepancy import PREFIXES

FORMAT = 2
"""Version of the file format; from 2 on the file is sealed (:mod:`wherenow.files`)."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws ``values[parameter, chain, draw]`` of everything inferred (``names``), including discrepancies.

    ``record`` says how it was made: case, hash, last date of the data, seed, evaluations, convergence.
    """

    names: tuple[str, ...]
    values: Array
    log_likelihood: Array  # log-likelihood by series, ``[series, chain, draw]``
    series: tuple[str, ...]
    record: Mapping[str, Any]

    def __len__(self) -> int:
        return int(self.values.shape[1] * self.values.shape[2])

    @property
    def remark(self) -> str:
        """A warning if this engine would not reproduce the posterior bit for bit; otherwise empty."""
        version = self.record.get("noise", 1)
        if version == noise.VERSION:
            return ""
        return f"the posterior was fitted with noise of version {version}; this engine's is version {noise.VERSION}"

    def __repr__(self) -> str:
        return f"Posterior({len(self)} draws of {len(self.names)} parameters, {self.record.get('convergence', '')})"

    @property
    def flat(self) -> Array:
        """The draws as ``[parameter, draw]``, chains interleaved, so that any first part has draws of all chains."""
        return self.values.transpose(0, 2, 1).reshape(len(self.names), -1)

    def chosen(self, n: int, seed: int = 0, first: int = 0) -> Array:
        """Choose draws without repetition while they last, shuffled by ``seed``.

        Each round of all draws has its own shuffle, so that any part of an ensemble equals that part of the whole.

        Parameters
        ----------
        n
            the number of draws.
        first
            the number of the first draw.

        Returns
        -------
        array
            ``[parameter, n]``
        """
        rounds = range(first // len(self), (first + n - 1) // len(self) + 1)
        shuffled = np.concatenate([np.random.default_rng([seed, k]).permutation(len(self)) for k in rounds])
        skipped = first - rounds[0] * len(self)
        return self.flat[:, shuffled[skipped : skipped + n]]

    def draws(self, n: int, seed: int = 0, first: int = 0) -> Draws:
        """Draw the model's parameters for :func:`~wherenow.ensemble.simulate.simulate`.

        Parameters
        ----------
        n
            the number of draws; they repeat only once all stored ones are used.
        first
            the number of the first draw.

        Returns
        -------
        Draws
            ``values[parameter, n]``, without the parameters of discrepancy and measurement error.
        """
        rows = [i for i, name in enumerate(self.names) if not name.startswith(PREFIXES)]
        names = tuple(self.names[i] for i in rows)
        values = np.asarray(self.chosen(n, seed, first)[rows], np.float64)
        return Draws(names=names, values=values, seed=seed, design="posterior", basis=POSTERIOR, first=first)


def save_posterior(posterior: Posterior, path: Path) -> None:
    """Write to ``path`` atomically. Raises UsageError if it cannot be written."""
    import arviz
    import xarray

    dims = ("chain", "draw")
    groups = {
        "posterior": xarray.Dataset(
            {"values": (("parameter", *dims), posterior.values)}, {"parameter": list(posterior.names)}
        ),
        "log_likelihood": xarray.Dataset(
            {"series_log_likelihood": (("series", *dims), posterior.log_likelihood)}, {"series": list(posterior.series)}
        ),
    }
    data = arviz.InferenceData(attrs={"wherenow": json.dumps({"format": FORMAT, **posterior.record})})
    data.add_groups(groups)  # type: ignore[no-untyped-call]
    with atomic_write(path) as beside:
        data.to_netcdf(str(beside), engine="h5netcdf", compress=True)
        seal(beside)


def read_posterior(path: Path) -> Posterior:
    """Read what :func:`save_posterior` wrote. Raises InputError if the file is another file, damaged, or newer."""
    import h5py  # h5py loads in a tenth of the time of xarray

    try:
        intact = sealed(path)
        if not intact and b'"format": 1,' not in path.read_bytes():
            raise ValueError("it is truncated")  # HDF5 may allocate gigabytes for a damaged file
        with h5py.File(path) as file:
            drawn, fit = file["posterior"], file["log_likelihood"]
            record = json.loads(file.attrs["wherenow"])
            form = record.pop("format")
            if form > FORMAT:
                raise InputError.of_file(path, "written by a newer wherenow; update it")
            if form > 1 and not intact:
                raise ValueError("it is truncated")
            names, series = tuple(drawn["parameter"].asstr()[:]), tuple(fit["series"].asstr()[:])
            values, fits = drawn["values"][:], fit["series_log_likelihood"][:]
            if values.shape[0] != len(names) or fits.shape != (len(series), *values.shape[1:]):
                raise ValueError("its parts do not fit together")
            return Posterior(names, values, fits, series, record)
    except (OSError, LookupError, ValueError, TypeError, AttributeError, RuntimeError) as error:  # h5py raises these
        raise InputError.of_file(path, f"this is not a posterior by wherenow: {error}") from error


BASES = ("best", PRIOR, POSTERIOR)


def draws_of(case: Case, n: int, seed: int = 0, basis: str = "best", design: str = "sobol", first: int = 0) -> Draws:
    """Draw ``n`` values of a case's parameters, numbered from ``first``.

    They come from the posterior stored beside the case if it is of this state of the case, otherwise from the priors;
    or from what ``basis`` names. Raises UsageError for another basis, or a missing posterior that it names.
    """
    if basis not in BASES:
        raise UsageError(f"there is no basis {basis!r}", did_you_mean(basis, BASES) or ", ".join(BASES))
    posterior = None if basis == PRIOR else posterior_of(case)
    if posterior is not None:
        return posterior.draws(n, seed, first)
    if basis == POSTERIOR:
        raise UsageError(f"{case.name} has no posterior of its present state", f"run wherenow calibrate {case.folder}")
    return draw(case, n, seed, design, first)


def posterior_of(case: Case, variant: str = "") -> Posterior | None:
    """Return the posterior stored beside ``case``, which may be under a ``variant``.

    Returns None if there is none, or it is of another state of the case or of a version with other parameters.
    """
    path = case.folder / file_of(variant)
    if not path.is_file():
        return None
    from wherenow.inference.likelihood.density import unknowns  # slow to import, and most cases have no posterior

    status = path.stat()
    posterior = _read_once(path, (status.st_ino, status.st_size, status.st_mtime_ns))
    record = posterior.record
    same = "case_hash" in record and case.fits(record) and posterior.names == unknowns(case).names
    return posterior if same else None


def unused_posterior(case: Case) -> str:
    """Say which posterior beside ``case`` is not used, why, and what to do; empty if there is none."""
    reason, structures = "", {"": case} | {name: with_variant(case, name) for name in case.variants}
    for variant, structure in structures.items():
        if not (case.folder / file_of(variant)).is_file() or posterior_of(structure, variant) is not None:
            continue
        reason = fitted_elsewhere(structure, variant)
        reason = reason or f"{file_of(variant)} was fitted by a version of wherenow that inferred other parameters"
        return f"{reason} and is not used; wherenow calibrate {case.folder} fits this one"
    return ""


@lru_cache(maxsize=4)
def _read_once(path: Path, stamp: tuple[int, ...]) -> Posterior:
    """Read a file as it was at ``stamp``, once: every shard of a large ensemble needs it."""
    posterior = read_posterior(path)
    for values in (posterior.values, posterior.log_likelihood):
        values.flags.writeable = False
    return posterior


def draws_from(case: Case, seed: int, basis: str, first: int, n: int) -> Draws:
    """Return ``n`` of the draws of :func:`draws_of` from number ``first`` on, for a shard of an ensemble."""
    return draws_of(case, n, seed, basis, first=first)
