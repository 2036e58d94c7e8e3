"""Bank types and pair classes: which options a pair of banks can use, and with what weight.

A bank's *type* says, for every message network, whether it is a member (and has native messaging), whether it is
disconnected, and which currencies are barred to it. Two types make a *pair class*: the options the pair could use
without bans (its base class) and those it can use with them. Equal classes are merged, which leaves a handful.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from paysim.model import classes_kernel
from paysim.model.world import MEMBER, World

Array = NDArray[np.float64]
Bool = NDArray[np.bool_]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class BankType:
    """Level on every message network, cut or not on each, and the pattern of barred currencies."""

    level: tuple[int, ...]
    cut: tuple[bool, ...]
    pattern: int

    def reaches(self, network: int, level: int, with_bans: bool) -> bool:
        """Whether a bank of this type can use a network at a level."""
        return self.level[network] >= level and not (with_bans and self.cut[network])


@dataclass(frozen=True)
class PairClasses:
    """The classes of pairs of banks that a world knows.

    types : the T types of banks
    one_hot : (T * T, K) 1 where a pair of types is of a class
    base_of : (K,) base class of every class
    base_mask : (K0, P) options feasible without bans
    live_mask : (K, P) options feasible with bans (hub options wherever a hub, once open, could be used)
    """

    types: tuple[BankType, ...]
    one_hot: Array
    base_of: Index
    base_mask: Bool
    live_mask: Bool

    @cached_property
    def level(self) -> Index:
        """Level of every type on every message network, (M, T)."""
        return np.array([bank_type.level for bank_type in self.types]).T.copy()

    @cached_property
    def cut(self) -> Bool:
        """Whether a type is cut from a message network, (M, T)."""
        return np.array([bank_type.cut for bank_type in self.types]).T.copy()

    @cached_property
    def pattern(self) -> Index:
        """Pattern of barred currencies of every type, (T,)."""
        return np.array([bank_type.pattern for bank_type in self.types])

    @cached_property
    def class_of(self) -> Index:
        """Class of two types, (T, T); -1 where they could pay each other by no option even without bans."""
        able = np.asarray(self.base_mask.any(axis=1))[self.base_of]
        number = np.where(able, np.arange(len(able)), -1)
        return np.asarray(number[self.one_hot.argmax(axis=1)].reshape(len(self.types), len(self.types)))

    @cached_property
    def base_one_hot(self) -> Array:
        """1 where a class is of a base class, (K, K0)."""
        return np.asarray(np.eye(len(self.base_mask))[self.base_of])


def bank_types(world: World) -> tuple[BankType, ...]:
    """All types that banks of this world can take."""
    levels = []
    for m, top in enumerate(world.levels):
        everyone = bool(np.all(world.member[:, m] >= 1.0)) and top == MEMBER
        levels.append([MEMBER] if everyone else list(range(int(top) + 1)))
    cuts = [[False, True] if cuttable else [False] for cuttable in world.cuttable]
    patterns = range(len(world.bar_patterns))
    return tuple(BankType(tuple(lv), tuple(ct), p) for lv, ct, p in product(product(*levels), product(*cuts), patterns))


def feasible(world: World, one: BankType, other: BankType, with_bans: bool) -> tuple[bool, ...]:
    """Which options a pair of types can use; hub options only with bans, as if every hub were open."""
    barred = world.bar_patterns[one.pattern] | world.bar_patterns[other.pattern] if with_bans else frozenset()
    able = []
    for option in world.options:
        if option.hub >= 0:
            able.append(False)
            continue
        connected = all(
            bank.reaches(network, level, with_bans) for network, level in option.needs for bank in (one, other)
        )
        able.append(connected and option.currency not in barred)
    if with_bans:
        wide, challenger = world.payment_networks
        for p, option in enumerate(world.options):
            if option.hub >= 0 and not able[option.direct] and option.currency not in barred:
                able[p] = any(
                    a.cut[wide] and a.reaches(challenger, MEMBER, True) and b.reaches(wide, MEMBER, True)
                    for a, b in ((one, other), (other, one))
                )
    return tuple(able)


def pair_classes(world: World) -> PairClasses:
    """Enumerate the classes of pairs of a world and merge the equal ones."""
    types = bank_types(world)
    classes: dict[tuple[tuple[bool, ...], tuple[bool, ...]], int] = {}
    number = []
    for one, other in product(types, types):
        key = (feasible(world, one, other, False), feasible(world, one, other, True))
        number.append(classes.setdefault(key, len(classes)))
    bases = list(dict.fromkeys(base for base, _ in classes))
    return PairClasses(
        types=types,
        one_hot=np.eye(len(classes))[number],
        base_of=np.array([bases.index(base) for base, _ in classes], dtype=np.int64),
        base_mask=np.array(bases, dtype=bool),
        live_mask=np.array([live for _, live in classes], dtype=bool),
    )


def type_weights(
    world: World, classes: PairClasses, weight: Array, member: Array, native: Array, cut: Array, barred: Array
) -> Array:
    """Weight of every type of bank in every group, (E, G, T), summing to 1 in a group.

    weight : (E, N) weight of the banks; member, native : (E, N, M) shares of the bank on each network, native <=
    member; cut : (E, N, M) or (N, M); barred : (N, B). Membership, cuts and bars of a bank are independent.
    """
    types = np.zeros((len(weight), len(world.groups), len(classes.types)))
    classes_kernel.type_weights(
        weight,
        np.ascontiguousarray(member),
        np.ascontiguousarray(native),
        np.where(world.cuttable, cut, np.zeros(member.shape)),
        barred.take(classes.pattern, axis=1),
        world.banks.group,
        world.levels,
        classes.level,
        classes.cut,
        types,
    )
    return types


def pair_weights(classes: PairClasses, types: Array) -> Array:
    """Weight of every class on every corridor, (E, L, K), from the weights of types in groups, (E, G, T).

    Pairs that could pay each other by no option even without bans make no contracts: their weight is 0, and the
    others' weights sum to 1.
    """
    draws, groups, _ = types.shape
    weight = np.zeros((draws, groups * groups, len(classes.base_of)))
    classes_kernel.pair_weights(types, classes.class_of, weight)
    return weight


def base_weights(classes: PairClasses, weight: Array) -> Array:
    """Weights of the base classes, (E, L, K0), from those of the classes, (E, L, K)."""
    return np.asarray(weight @ classes.base_one_hot)
