"""Reading a finished study: its sample, its outcomes, what became of its checks."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from paysim.errors import ResultsError
from paysim.study.quantiles import quantiles
from paysim.study.results import FIGURES_FOLDER, MANIFEST_FILE, REPORT_FILE, read_manifest
from paysim.study.sweeps.tables import FAILURES_FILE, OUTCOMES_FILE, SAMPLE_FILE, SAMPLE_TEXT, UNIT

if TYPE_CHECKING:
    from paysim.scenario.sweep import Sweep

Array = NDArray[np.float64]

OWN_ENTRIES = {
    SAMPLE_FILE,
    SAMPLE_TEXT,
    OUTCOMES_FILE,
    FAILURES_FILE,
    MANIFEST_FILE,
    FIGURES_FOLDER,
    REPORT_FILE,
    "analysis",
}
"""What paysim itself puts into the folder of a study."""


class SweepResults:
    """A study of n points, as far as it has come, read from its folder when asked.

    Raises ResultsError where there is none.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: Mapping[str, Any] = read_manifest(folder)
        if self.manifest.get("kind") != "sweep":
            raise ResultsError(f"{folder} holds no study")

    @property
    def missing(self) -> int:
        """Points that have not been run."""
        return int(self.manifest["missing"])

    @property
    def left(self) -> int:
        """Those of them that were asked for."""
        return int(self.manifest["left"])

    @property
    def failed(self) -> int:
        """Points that ended in an error; `failures` tells them."""
        return int(self.manifest["failed"])

    def failures(self) -> list[dict[str, str]]:
        """Read point, error and the command that repeats it of every point that failed."""
        with (self.folder / FAILURES_FILE).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def sample(self) -> pa.Table:
        """Read where the points lie: point, every factor, ``unit.<factor>`` in the unit interval, key."""
        return pq.read_table(self.folder / SAMPLE_FILE)

    def units(self) -> tuple[tuple[str, ...], Array]:
        """Give the names of the factors and where the points lie in the unit cube, (n, D)."""
        table = self.sample()
        names = tuple(name.removeprefix(UNIT) for name in table.column_names if name.startswith(UNIT))
        return names, np.column_stack([table.column(UNIT + name).to_numpy() for name in names])

    def outcome(self, name: str) -> Array:
        """Values of an outcome by point and replicate, (n, R); nan where not defined, failed or not run.

        Raises KeyError if the study has no such outcome.
        """
        if name not in self.manifest["outcomes"]:
            raise KeyError(f"the study has no outcome {name!r}, only {', '.join(self.manifest['outcomes'])}")
        values = np.full((int(self.manifest["points"]), int(self.manifest["replicates"])), np.nan)
        with pq.ParquetFile(self.folder / OUTCOMES_FILE) as file:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group, columns=["point", "replicate", "outcome", "value"])
                rows = table.filter(pc.field("outcome").cast(pa.string()) == pc.scalar(name))
                place = rows.column("point").to_numpy(), rows.column("replicate").to_numpy()
                values[place] = rows.column("value").to_numpy().astype(np.float64, copy=False)
        return values


def study_in(out: Path) -> SweepResults:
    """The one study of a folder of studies; ResultsError where there is none, or more than one."""
    found = []
    for place in sorted(out.glob(f"*/{MANIFEST_FILE}")):
        with suppress(ResultsError):
            found.append(SweepResults(place.parent))
    if len(found) != 1:
        names = ", ".join(one.folder.name for one in found) or "none"
        raise ResultsError(f"{out}: expected the folder of one study, got {names}; name its file with --study")
    return found[0]


@dataclass(frozen=True)
class Found:
    """What became of a check.

    met, values : how many values keep the bounds, of how many;  passed : None while points are missing that decide
    """

    id: str
    text: str
    outcome: str
    bounds: str
    share: float
    met: int
    values: int
    passed: bool | None

    def data(self) -> dict[str, Any]:
        """The same as plain data."""
        return asdict(self)


def run_checks(sweep: Sweep, values: Mapping[str, Array], missing: int) -> list[Found]:
    """Hold the checks of a study against its outcomes.

    values : outcome -> (n, R), nan where not defined, failed or not run;  missing : points not run
    """
    from paysim.words import said

    found = []
    for check in sweep.checks:
        low, high = sweep.bound(check, "at_least"), sweep.bound(check, "at_most")
        column = values[check.outcome]
        kept = ~np.isnan(column)
        kept &= (column >= (-np.inf if low is None else low)) & (column <= (np.inf if high is None else high))
        met, total = int(kept.sum()), column.size
        least, most = met / total, (met + missing * sweep.replicates) / total
        passed = True if least >= check.share else None if most >= check.share and missing else False
        bounds = [f"{word} {bound}" for word, bound in (("≥", check.at_least), ("≤", check.at_most)) if bound]
        text = said(check.text) if check.text else ""
        found.append(Found(check.id, text, check.outcome, ", ".join(bounds), check.share, met, total, passed))
    return found


def spread(values: Array) -> dict[str, float]:
    """Least, greatest and quantiles .05, .5, .95 of the values that are defined; nan where none is."""
    defined = values[~np.isnan(values)]
    if not defined.size:
        return dict.fromkeys(("least", "p05", "median", "p95", "greatest"), float("nan"))
    low, _, middle, _, high = quantiles(defined[:, None])[:, 0].tolist()
    return {"least": float(defined.min()), "p05": low, "median": middle, "p95": high, "greatest": float(defined.max())}
