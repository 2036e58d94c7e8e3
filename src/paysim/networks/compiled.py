"""How loops over payments are compiled: ahead of use, for given types, and kept on disk.

What is compiled is kept beside the file it stands in, and made anew when *that file* changes. So a compiled function
uses constants of its own file only, and the caches must be cleared by hand when something changes here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit, void

Compiled = TypeVar("Compiled", bound=Callable[..., Any])


def compiled(*arguments: object) -> Callable[[Compiled], Compiled]:
    """Compile a function that fills arrays in and returns nothing, for these argument types; its hints stay."""
    return cast("Callable[[Compiled], Compiled]", njit(void(*arguments), cache=True, error_model="numpy"))


def inner(function: Compiled) -> Compiled:
    """Compile a function that only compiled functions call, together with them."""
    return cast("Compiled", njit(cache=True, error_model="numpy")(function))
