"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# The same examples every time: a failure must be there when somebody else runs the tests.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("repeatable")
