"""How fast the mean field is, as a multiple of ``import matplotlib.pyplot``; see README.md in this folder.

python benchmarks/meanfield.py
"""

from __future__ import annotations

from functools import partial

from measure import SCENARIOS, median_seconds, yardstick

from paysim.engine.meanfield import simulate_ensemble
from paysim.engine.run import prepare
from paysim.scenario.loading import load_scenario

ENSEMBLE = 100


def main() -> None:
    unit = yardstick()
    prepared = prepare(load_scenario(SCENARIOS / "cutoff.yaml"))
    print(f"mean field, cutoff.yaml, {len(prepared.months)} months; import matplotlib.pyplot takes {unit:.2f} s here")
    for replicates in (1, ENSEMBLE):
        taken = median_seconds(partial(simulate_ensemble, prepared, 1, range(replicates)))
        print(f"  {replicates:4d} paths: {taken / unit:8.2f} times the import ({taken:.2f} s)")


if __name__ == "__main__":
    main()
