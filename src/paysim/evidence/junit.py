"""The ledger as a JUnit report, which systems of continuous integration read.

One suite a scenario, one case a check, and one a claim. A check that failed is a failure; a claim fails never, and one
that cannot be tested is skipped. The order and the attributes are those that both the format of Ant and that of Jenkins
accept. https://github.com/windyroad/JUnit-Schema and https://plugins.jenkins.io/xunit describe them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write."""


@dataclass(frozen=True)
class Case:
    """One check or claim.

    kind : ``checks`` or ``claims``;  seconds : that it took;  failure : what went wrong, None where nothing did
    skipped : why it was not tested, None where it was;  text : what was found
    """

    kind: str
    name: str
    seconds: float
    text: str
    failure: str | None = None
    skipped: str | None = None


@dataclass(frozen=True)
class Suite:
    """All cases of one scenario; ``properties`` say how they were tested."""

    name: str
    package: str
    properties: dict[str, str]
    cases: Sequence[Case]


def report(suites: Sequence[Suite], timestamp: str, host: str) -> bytes:
    """Write the report as XML.

    timestamp : when it was made, ``2026-11-23T02:40:00``, UTC;  host : the machine
    """
    root = ElementTree.Element("testsuites")
    for number, suite in enumerate(suites):
        root.append(_suite(suite, number, timestamp, host))
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _suite(suite: Suite, number: int, timestamp: str, host: str) -> ElementTree.Element:
    counts = {
        "tests": len(suite.cases),
        "failures": sum(case.failure is not None for case in suite.cases),
        "errors": 0,
        "skipped": sum(case.skipped is not None for case in suite.cases),
        "id": number,
    }
    element = ElementTree.Element(
        "testsuite",
        {
            "name": _clean(suite.name),
            "package": _clean(suite.package),
            "hostname": _clean(host) or "localhost",
            "timestamp": timestamp,
            "time": f"{sum(case.seconds for case in suite.cases):.3f}",
            **{name: str(count) for name, count in counts.items()},
        },
    )
    properties = ElementTree.SubElement(element, "properties")
    for name, value in suite.properties.items():
        ElementTree.SubElement(properties, "property", {"name": _clean(name), "value": _clean(value)})
    for case in suite.cases:
        element.append(_case(case, suite))
    ElementTree.SubElement(element, "system-out").text = _clean("\n".join(case.text for case in suite.cases))
    ElementTree.SubElement(element, "system-err")
    return element


def _case(case: Case, suite: Suite) -> ElementTree.Element:
    names = {"name": _clean(case.name), "classname": _clean(f"{suite.package}.{suite.name}.{case.kind}")}
    element = ElementTree.Element("testcase", {**names, "time": f"{case.seconds:.3f}"})
    if case.failure is not None:
        failure = ElementTree.SubElement(element, "failure", {"message": _clean(case.failure), "type": "check"})
        failure.text = _clean(case.text)
    elif case.skipped is not None:
        ElementTree.SubElement(element, "skipped", {"message": _clean(case.skipped)})
    return element


def _clean(text: str) -> str:
    return FORBIDDEN.sub("\ufffd", text)
