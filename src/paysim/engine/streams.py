"""Random streams by name, so that neither order, nor workers, nor a later policy can change a draw."""

from __future__ import annotations

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def stream(seed: int, replicate: int, purpose: str, *index: int) -> np.random.Generator:
    """The generator of one purpose of one replicate, such as ``("noise", 3)``; independent of all others.

    ``purpose`` is hashed, so streams belong to entities by name and adding an entity moves no other's stream.
    """
    key = (replicate, crc32(purpose.encode()), *index)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def normals(seed: int, replicates: list[int], purpose: str, names: tuple[str, ...], months: int) -> Array:
    """Standard normal numbers, (E, names, months); a longer horizon only adds months at the end."""
    drawn = np.empty((len(replicates), len(names), months))
    for e, replicate in enumerate(replicates):
        for n, name in enumerate(names):
            drawn[e, n] = stream(seed, replicate, f"{purpose} {name}").standard_normal(months)
    return drawn
