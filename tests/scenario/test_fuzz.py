"""Whatever is in a file, loading gives a scenario or says what is wrong with it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from paysim.errors import ScenarioError
from paysim.scenario.loading import load_scenario
from paysim.scenario.schema import Scenario

FOLDER = Path(__file__).parents[2] / "scenarios"
TEXTS = [file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.yaml"))]
MARKS = [
    "[",
    "{",
    "}",
    ": ",
    "- ",
    "\n",
    "\n  ",
    "&a ",
    "*a",
    "!!x ",
    "'",
    '"',
    "|",
    ">",
    "%",
    "<<: ",
    "? ",
    "\t",
    "---",
]
VALUES = [
    "0",
    ".nan",
    "null",
    "010",
    "2027-01",
    "30 bp",
    "-1",
    "1e400",
    "~",
    "true",
    "\x00",
    "é",
    "events: ",
    "groups: ",
]
SNIPPETS = st.sampled_from(MARKS + VALUES)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def load_or_complain(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mutant.yaml"
        file.write_bytes(content)
        for name in ("decoupling.yaml", "cutoff.yaml"):
            (Path(folder) / name).write_text((FOLDER / name).read_text(encoding="utf-8"), encoding="utf-8")
        try:
            assert isinstance(load_scenario(file), Scenario)
            return
        except ScenarioError as error:
            problems, text = error.problems, str(error)
        assert problems
        assert all(problem.line >= 1 and problem.column >= 1 for problem in problems), text


@settings(max_examples=150)
@given(data=st.data())
def test_a_mutated_scenario_loads_or_complains(data):
    text = data.draw(st.sampled_from(TEXTS))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.sampled_from([0, 0, 1, 4, 20]))
        text = text[:start] + data.draw(SNIPPETS) + text[start + length :]
    load_or_complain(text.encode("utf-8", "surrogatepass"))


@given(content=st.binary(max_size=60))
def test_any_bytes_load_or_complain(content):
    load_or_complain(content)


@settings(max_examples=150)
@given(key=st.sampled_from(sorted(Scenario.model_fields)), value=JSON)
def test_any_value_of_any_key_loads_or_complains(key, value):
    import json

    load_or_complain(f"format: 1\ntitle: t\nquestion: q\n{json.dumps({key: value})[1:-1]}\n".encode())
