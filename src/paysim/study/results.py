"""Reading a finished run: `load_results`, the door for notebooks and for everything that draws or reports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from paysim.errors import ResultsError
from paysim.study.identity import FORMAT
from paysim.study.pieces import Layout, column_values
from paysim.study.quantiles import COLUMNS, QUANTILES
from paysim.words import said
from paysim.words import translated as _

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped] # pandas is not ours to require, nor are its stubs

Array = NDArray[np.float64]
Dates = NDArray[np.datetime64]

SERIES_FILE = "series.parquet"
SUMMARY_FILE = "summary.csv"
DRAWS_FILE = "draws.csv"
MANIFEST_FILE = "manifest.json"
FIGURES_FOLDER = "figures"
REPORT_FILE = "report.html"

_HELD = 16_000_000
"""Values of a run that are kept in memory once read (128 MB); a larger run is read again for every series."""


class Results:
    """A finished run of R replicates over M months, read from its folder when asked.

    folder : where it lies
    manifest : how it was made: scenario, seeds, versions, the command that repeats it, counts and facts
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: Mapping[str, Any] = read_manifest(folder)
        if (kind := self.manifest.get("kind", "run")) != "run":
            raise ResultsError(f"{folder} holds a {kind}, not a run; its tables are Parquet files")
        first, last = (np.datetime64(self.manifest[name], "M") for name in ("first_month", "last_month"))
        months = np.arange(first, last + 1)
        self._layout = Layout(months, {name: tuple(keys) for name, keys in self.manifest["series"].items()})
        self._places = {pair: place * len(months) for place, pair in enumerate(self._layout.pairs())}

    def __repr__(self) -> str:
        return f"<Results {self.manifest['name']}: {self.manifest['replicates']} replicates in {self.folder}>"

    @property
    def dates(self) -> Dates:
        """First day of every month, (M,) datetime64[D]."""
        days: Dates = self._layout.months.astype("datetime64[D]")
        return days

    @property
    def scenario(self) -> Mapping[str, Any]:
        """The scenario as it was read, every default filled in, as plain data.

        Beside what the file can say, every event has a ``label``, and ``names`` holds the name of every id; both in
        the language spoken (`paysim.words.speaking`), English unless told otherwise.
        """
        scenario = dict(self.manifest["scenario"])
        labels = self.manifest["event_labels"]
        events = scenario.get("events", [])
        scenario["events"] = [{**event, "label": said(label)} for event, label in zip(events, labels, strict=True)]
        scenario["names"] = {identity: _(name) for identity, name in self.manifest["names"].items()}
        if "goods_trade" in self.manifest["facts"]:
            scenario["trade"] = self.manifest["facts"]["goods_trade"]
        return scenario

    def series_names(self) -> tuple[str, ...]:
        """Name the recorded series, sorted; `paysim.study.series.SERIES` says what each is."""
        return tuple(sorted(self._layout.keys))

    def keys(self, series: str) -> tuple[str, ...]:
        """Give the keys of a series in the order of the scenario; empty if the run has no such series."""
        return self._layout.keys.get(series, ())

    def sources(self) -> tuple[str, ...]:
        """Name the bands that are stored: ``all``, the sources of uncertainty that were on, and ``none``."""
        return tuple(self.manifest["bands"])

    def table(self) -> pa.Table:
        """Read every value: columns replicate, date, series, key, value (null where not defined)."""
        return pq.read_table(self._file(SERIES_FILE)).unify_dictionaries()

    def to_pandas(self) -> pd.DataFrame:
        """Read the same as a pandas DataFrame; raises ImportError where pandas is not installed."""
        try:
            import pandas  # noqa: F401
        except ImportError:
            raise ImportError("pandas is not installed: pip install pandas, or use table()") from None
        frame: pd.DataFrame = self.table().to_pandas(date_as_object=False)
        return frame

    def values(self, series: str, key: str = "") -> tuple[Dates, Array]:
        """Give the months (M,) and the values of every replicate (R, M), nan where not defined.

        Raises KeyError if the run holds no such series or key.
        """
        start = self._place(series, key)
        columns = slice(start, start + len(self.dates))
        if self._layout.rows * int(self.manifest["replicates"]) <= _HELD:
            return self.dates, self._all_values[:, columns]
        return self.dates, np.stack([row[columns] for row in self._rows()])

    def quantiles(self, series: str, key: str = "", source: str = "all") -> tuple[Dates, Mapping[float, Array]]:
        """Give the months (M,) and the quantiles .05 .25 .5 .75 .95 over replicates, each (M,), nan where undefined.

        source : which uncertainty was on: one of `sources`

        Raises KeyError if the run holds no such series, key or source.
        """
        self._place(series, key)
        numbers, starts = self._summary
        if (source, series, key) not in starts:
            raise KeyError(f"no band of {source!r} of {series}, only of {', '.join(self.sources())}")
        start = starts[source, series, key]
        rows = numbers[start : start + len(self.dates)]
        return self.dates, {level: rows[:, place] for place, level in enumerate(QUANTILES)}

    def draws(self) -> dict[str, NDArray[Any]]:
        """Read what was drawn and counted in every replicate: name -> (R,) numbers, texts or truth values."""
        table = pyarrow.csv.read_csv(self._file(DRAWS_FILE))
        return {name: table.column(name).to_numpy() for name in table.column_names}

    def _place(self, series: str, key: str) -> int:
        if series not in self._layout.keys:
            raise KeyError(f"the run holds no series {series!r}, only {', '.join(self.series_names())}")
        if (series, key) not in self._places:
            raise KeyError(f"{series} has no key {key!r}, only {', '.join(map(repr, self.keys(series)))}")
        return self._places[series, key]

    def _rows(self) -> list[Array]:
        with pq.ParquetFile(self._file(SERIES_FILE)) as file:  # a replicate is a row group
            count = file.num_row_groups
            return [column_values(file.read_row_group(place, columns=["value"])) for place in range(count)]

    @cached_property
    def _all_values(self) -> Array:
        return np.stack(self._rows())

    @cached_property
    def _summary(self) -> tuple[Array, dict[tuple[str, str, str], int]]:
        """Quantiles (rows, 5), and at which row each source, series and key begins."""
        words = ("source", "series", "key")
        types = {**dict.fromkeys(COLUMNS, pa.float64()), **dict.fromkeys(words, pa.string())}
        convert = pyarrow.csv.ConvertOptions(
            include_columns=[*words, *COLUMNS], column_types=types, null_values=[""], strings_can_be_null=False
        )
        table = pyarrow.csv.read_csv(self._file(SUMMARY_FILE), convert_options=convert)
        heads = table.select(words).take(np.arange(0, table.num_rows, len(self.dates)))
        labels = zip(*(heads.column(word).to_pylist() for word in words), strict=True)
        starts = {label: place * len(self.dates) for place, label in enumerate(labels)}
        return np.column_stack([table.column(name).to_numpy() for name in COLUMNS]), starts

    def _file(self, name: str) -> Path:
        path = self.folder / name
        if not path.is_file():
            raise ResultsError(f"{path} is missing: the run in this folder is not whole")
        return path


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a finished run; raises ResultsError if there is none or if it is of a later format."""
    path = folder / MANIFEST_FILE
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise ResultsError(f"{folder} holds no finished run: there is no {MANIFEST_FILE}") from None
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path} cannot be read: {error}") from None
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if not isinstance(found, int) or manifest.get("program") != "paysim":
        raise ResultsError(f"{path} was not written by paysim")
    if found != FORMAT:
        raise ResultsError(f"{path} has format {found}; this version of paysim reads format {FORMAT}")
    return dict(manifest)


def load_results(folder: str | Path) -> Results:
    """Open the folder of a finished run.

    Raises ResultsError if there is no finished run in it or if a later paysim wrote it.
    """
    return Results(Path(folder))
