"""Many worlds that differ in parameters of behaviour alone, run through the mean field in one go.

One path costs several times what it adds to a run of many, so that a study of thousands of points is a study of
hundreds of runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

import numpy as np

from paysim.engine.build import measure_base_delay, world_facts
from paysim.engine.draws import draw_parameters, with_luck
from paysim.engine.meanfield import many_paths
from paysim.engine.prepared import Prepared, Range
from paysim.engine.record import Record
from paysim.model.parameters import Parameters


def simulate_points(
    prepared: Prepared,
    points: Sequence[Mapping[str, Range]],
    seed: int,
    replicates: Sequence[int],
    delays: bool = False,
) -> list[list[Record]]:
    """Run every replicate of every point; a record each, by point and then by replicate.

    prepared : the world of all points;  points : parameters of behaviour that a point has of its own
    delays : measure the delay of the base anew for every point (46 ms). Without that ``delay_hours`` starts from the
        world's own; it enters the economy through hubs alone, and where there are any it is measured always

    The values are those of `prepare` with the point's parameters and `simulate_mean_field`, up to the rounding of sums
    (some 1e-13), which depends on what is run together; the same points in the same order give the same bytes.

    Raises UnstableBaseError and CalibrationError as `prepare` does, for any of the points.
    """
    own = [replace(prepared, ranges={**prepared.ranges, **point}) for point in points]
    for one in own:
        if one.ranges["network_effect"].best + one.ranges["local_complementarity"].best >= 1.0:
            world_facts(one)
    vary = "parameters" in prepared.uncertain
    drawn = [draw_parameters(one, seed, replicates, vary) for one in own]
    names = [field.name for field in fields(Parameters)]
    parameters = Parameters(**{name: np.concatenate([getattr(one, name) for one in drawn]) for name in names})
    if delays or any(option.hub >= 0 for option in prepared.world.options):
        unmeasured = np.zeros(len(prepared.world.options))
        measured = np.array([measure_base_delay(replace(one, base_delay=unmeasured)) for one in own])
        prepared = replace(prepared, base_delay=np.repeat(measured, len(replicates), axis=0))
    draws = with_luck(prepared, parameters, seed, list(replicates) * len(points), prepared.uncertain)
    records = many_paths(prepared, draws)
    count = len(replicates)
    return [records[at : at + count] for at in range(0, len(records), count)]
