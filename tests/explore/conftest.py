"""The shipped stories, an explorer whose slots are threads of this process, and a client that knows the address."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("starlette", reason="starlette is not installed (extra web)")
pytest.importorskip("httpx", reason="httpx is not installed (extra dev)")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # newer versions of Starlette would rather have httpx2
    from starlette.testclient import TestClient

from paysim.explore.presets import Presets
from paysim.explore.server import Explorer, application
from paysim.explore.workers import Pool

ADDRESS = "http://127.0.0.1:8765"


def thread():
    """A slot that is a thread: what it computes is the same, and quickly there."""
    return ThreadPoolExecutor(1)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """What is remembered from one start to the next is forgotten after the tests, and none of a person's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAYSIM_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def presets():
    return Presets()


class Unwarmed(Explorer):
    """An explorer that computes nothing before it is asked."""

    async def warm(self):
        while self.pool.closed:
            await self.pool.open()


@pytest.fixture(scope="module")
def client(presets):
    with TestClient(application(Unwarmed(presets, Pool(2, make=thread), make=thread)), base_url=ADDRESS) as started:
        yield started
