from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from paysim.model.state import Policy
from paysim.model.world import Banks, World

MakeWorld = Callable[..., World]


@pytest.fixture
def make_world() -> MakeWorld:
    """A world of three groups: A (three banks), B and C (one bank each); the hub is C.

    A's own currency is AAA, B's BBB, C's AAA. Goods of each group are settled in (AAA, BBB) by .2/.8, .3/.7, .65/.35.
    """

    def made(**changes: object) -> World:
        profile = np.array([[0.2, 0.8], [0.3, 0.7], [0.65, 0.35]])
        fields: dict[str, object] = {
            "groups": ("A", "B", "C"),
            "currencies": ("AAA", "BBB"),
            "networks": ("SWIFT", "CIPS"),
            "systems": ("S",),
            "hubs": ("C",),
            "options": (),
            "bar_patterns": (frozenset(), frozenset({0}), frozenset({1}), frozenset({0, 1})),
            "banks": Banks(
                group=np.array([0, 0, 0, 1, 2]),
                weight=np.array([0.5, 0.3, 0.2, 1.0, 1.0]),
                bank_class=("first", "later", "later", "all", "all"),
                order=np.array([0, 1, 2, 0, 0]),
            ),
            "own_currency": np.array([0, 1, 0]),
            "alignment": np.zeros(3),
            "trade": 1.0 - np.eye(3),
            "finance_pattern": np.full((3, 3), 1 / 9),
            "export_profile": profile,
            "import_profile": profile,
            "levels": np.array([1, 2]),
            "member": np.ones((3, 2)),
            "native": np.ones((3, 2)),
            "cuttable": np.array([True, False]),
            "hub_groups": np.array([2]),
            "targets": np.array([np.nan, np.nan]),
        }
        return World(**{**fields, **changes})  # type: ignore[arg-type]

    return made


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world()


@pytest.fixture
def policy(world: World) -> Policy:
    return Policy.base(world)
