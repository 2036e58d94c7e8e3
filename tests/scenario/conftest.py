from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from paysim.errors import ScenarioError
from paysim.scenario.loading import load_scenario

HEAD = "format: 1\ntitle: A title\nquestion: A question?\n"

Write = Callable[..., Path]
Complain = Callable[..., list[str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a scenario file below a temporary folder: the three required lines and what is given."""

    def made(text: str | bytes = "", name: str = "story.yaml", head: str = HEAD) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else (head + text).encode())
        return file

    return made


@pytest.fixture
def complaints(write: Write, tmp_path: Path) -> Complain:
    """What loading a file complains about, one ``line:column: where: message`` each; the file must not load."""

    def made(text: str | bytes, overrides: tuple[str, ...] = (), head: str = HEAD) -> list[str]:
        with pytest.raises(ScenarioError) as caught:
            load_scenario(write(text, head=head), overrides)
        return [str(one).splitlines()[0].replace(f"{tmp_path}/story.yaml:", "") for one in caught.value.problems]

    return made
