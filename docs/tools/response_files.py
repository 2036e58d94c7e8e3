"""Measure the responses of shipped systems again: ``python docs/tools/response_files.py [NAME ...]``.

Writes ``src/paysim/data/responses/NAME.csv`` for each system, all of them if none is named, and leaves a file alone
whose key is current. CIPS takes some twenty minutes, the others one to ten. To be run whenever a system's figures, the
rules of settlement or the synthetic day have changed; in the latter two cases raise `RULES_VERSION` of
``paysim.networks.response_plan`` first.
"""

from __future__ import annotations

import sys
import time

from paysim.data.response_files import SHIPPED, read_response, write_response
from paysim.engine.responses import as_table
from paysim.engine.systems import settlement_system
from paysim.errors import DataError
from paysim.networks.response_measure import measure_response
from paysim.networks.response_plan import response_key, thorough_plan
from paysim.scenario.system_loading import shipped_systems


def main(names: list[str]) -> None:
    """Measure what is missing or out of date."""
    SHIPPED.mkdir(exist_ok=True)
    for name in names or shipped_systems():
        system, file = settlement_system(name), SHIPPED / f"{name}.csv"
        plan = thorough_plan(system)
        try:
            current = read_response(file).key == response_key(system, plan)
        except (OSError, DataError):
            current = False
        if current:
            print(f"{name}: current")
            continue
        began = time.monotonic()
        write_response(as_table(measure_response(system, plan=plan), name), file)
        print(f"{name}: {plan.days} days, {plan.points} points in {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
