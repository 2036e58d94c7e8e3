"""The exceptions that paysim raises on purpose.

::

    PaysimError                     anything a user can put right
    ├── InputError                  a file or an option that a person wrote is wrong (exit 2)
    │   ├── ScenarioError           one or more problems in a scenario file, all at once
    │   ├── DataError               a packaged or user table does not fit its description
    │   └── ResultsError            a results folder is in the way, missing, or of another format
    ├── CalibrationError            the base cannot be made to meet the published figures
    └── UnstableBaseError           the network effect is beyond the tipping threshold, unasked

A user never sees a traceback of these; the command line prints them and exits with ``exit_code``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class PaysimError(Exception):
    """Base of every error that paysim raises on purpose."""

    exit_code = 2


class InputError(PaysimError):
    """Something that a person wrote is wrong."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and where.

    ``line`` and ``column`` count from 1; 0 means that the place is not in a file (an option of the
    command line, say). ``where`` is the path inside the document, such as ``events[2].at``.
    """

    file: str
    line: int
    column: int
    where: str
    message: str
    source_line: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        inside = f" {self.where}:" if self.where else ""
        text = f"{place}:{inside} {self.message}"
        if self.source_line:
            text += f"\n    {self.source_line}\n    {' ' * (self.column - 1)}^"
        return text


class ScenarioError(InputError):
    """One or more problems in a scenario file, in the order of their lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class DataError(InputError):
    """A table does not fit its description."""


class ResultsError(InputError):
    """A results folder is in the way, missing, or of another format."""


class CalibrationError(PaysimError):
    """The base cannot be made to meet the published figures."""


class UnstableBaseError(PaysimError):
    """The network effect is beyond the tipping threshold and the scenario does not say so."""
