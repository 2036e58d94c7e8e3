"""How fast the mean field is, as a multiple of ``import matplotlib.pyplot``; see README.md in this folder.

python benchmarks/meanfield.py
"""

from __future__ import annotations

from functools import partial

from measure import SCENARIOS, median_seconds, yardstick

from paysim.engine.meanfield import simulate_ensemble
from paysim.engine.run import prepare
from paysim.engine.variants import varied
from paysim.scenario.loading import load_scenario

ENSEMBLE, BLOCK = 100, 20
LEVERS = {
    "one that a base run does not feel": "behaviour.bypass_share=45 %",
    "one that it does": "behaviour.inertia=0.98",
}


def main() -> None:
    unit, file = yardstick(), SCENARIOS / "cutoff.yaml"
    scenario = load_scenario(file)
    prepared = prepare(scenario)
    print(f"mean field, cutoff.yaml, {len(prepared.months)} months; import matplotlib.pyplot takes {unit:.2f} s here")
    for replicates in (1, ENSEMBLE):
        taken = median_seconds(partial(simulate_ensemble, prepared, 1, range(replicates)))
        print(f"  {replicates:4d} paths: {taken / unit:8.2f} times the import ({taken:.2f} s)")
    path = median_seconds(partial(simulate_ensemble, prepared, 1, [0], ()))
    print(f"one path at best values: {path / unit:.3f} times the import")
    block = median_seconds(partial(simulate_ensemble, prepared, 1, range(BLOCK)))
    print(f"  a path of a block of {BLOCK}: {block / BLOCK / path:.2f} of it")
    anew = median_seconds(partial(prepare, scenario))
    print(f"  making ready anew: {anew / path:.2f} of it")
    for name, lever in LEVERS.items():
        after = load_scenario(file, [lever])
        for delays in (True, False):
            taken = median_seconds(partial(varied, prepared, scenario, after, delays=delays))
            kept = "" if delays else ", delays kept"
            print(f"  with a parameter varied, {name}{kept}: {taken / path:.2f} of it")


if __name__ == "__main__":
    main()
