"""How long a visitor of ``paysim explore`` waits; see README.md in this folder.

python benchmarks/explore.py            # or some of: first one many
python benchmarks/explore.py many --users 30 --seconds 30

Every answer is timed from the release of a lever to the whole line, for states that nobody has asked for before.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlencode, urlsplit

from measure import SCENARIOS, median_seconds

from paysim.engine.run import prepare, simulate_mean_field
from paysim.scenario.loading import load_scenario

PARTS = ("first", "one", "many")
PRESET = "cutoff"
MOVED = 3
"""Levers of a state that differ from the story's own."""
RELEASES = 40
STARTS = 3
PAUSE = (3.0, 7.0)
"""Seconds between two releases of one visitor."""


@contextmanager
def server() -> Iterator[tuple[str, float]]:
    """A server of its own, and when its command was given."""
    words = [sys.executable, "-m", "paysim", "explore", PRESET, "--port", "0", "--no-browser"]
    begun = time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        found = re.match(r"http://(\S+)/ ", running.stdout.readline())
        assert found is not None
        try:
            yield found[1], begun
        finally:
            running.terminate()


class Visitor:
    """One visitor with a connection of their own, who never asks for the same state twice."""

    def __init__(self, address: str, number: int) -> None:
        host = urlsplit(f"//{address}")
        self._connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=120)
        self._name, self._luck = f"visitor{number}", random.Random(number)
        page, preset = self.get("/api/page"), self.get(f"/api/preset/{PRESET}")
        own = preset["levers"]
        self._levers = {
            lever["id"]: [stop["value"] for stop in lever["stops"] if stop["value"] != own[lever["id"]]["value"]]
            for lever in page["levers"]
            if own[lever["id"]]["disabled"] is None
        }
        self.taken: list[float] = []
        self.refused = 0

    def get(self, path: str) -> dict:
        """An answer as data; nothing but the status where it is a refusal."""
        self._connection.request("GET", path, headers={"x-visitor": self._name, "accept-encoding": "gzip"})
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            return {"status": answer.status}
        if answer.getheader("content-encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        return json.loads(body)

    def release(self) -> None:
        """Let go of a lever and wait for the line."""
        levers = self._luck.sample(sorted(self._levers), MOVED)
        query = urlencode({"preset": PRESET} | {lever: self._luck.choice(self._levers[lever]) for lever in levers})
        begun = time.perf_counter()
        answer = self.get(f"/api/line?{query}")
        if "status" in answer:
            self.refused += 1
        else:
            self.taken.append(time.perf_counter() - begun)

    def stay(self, until: float) -> None:
        """Release levers with pauses."""
        time.sleep(self._luck.uniform(0.0, PAUSE[1]))
        while time.perf_counter() < until:
            self.release()
            time.sleep(self._luck.uniform(*PAUSE))


def first(unit: float) -> None:
    """From the command to the page, what it says, and its first line."""
    taken = []
    for _ in range(STARTS):
        with server() as (address, begun):
            visitor = Visitor(address, 0)
            visitor.get(f"/api/line?preset={PRESET}")
            taken.append(time.perf_counter() - begun)
    told("first view, from the command on", taken, unit)


def one(unit: float) -> None:
    """One visitor, one release after the other."""
    with server() as (address, _begun):
        visitor = Visitor(address, 1)
        warm(visitor)
        for _ in range(RELEASES):
            visitor.release()
    told("one visitor", visitor.taken, unit)


def many(unit: float, users: int = 30, seconds: float = 30.0) -> None:
    """Many visitors who each release a lever every few seconds."""
    with server() as (address, _begun):
        visitors = [Visitor(address, number) for number in range(users)]
        warm(visitors[0])
        until = time.perf_counter() + seconds
        threads = [threading.Thread(target=visitor.stay, args=(until,)) for visitor in visitors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    told(f"{users} visitors", [seconds for visitor in visitors for seconds in visitor.taken], unit)
    print(f"    refused: {sum(visitor.refused for visitor in visitors)}")


def warm(visitor: Visitor) -> None:
    """Wait until the server has drawn every story ahead and both processes are ready."""
    for _ in range(4):
        visitor.release()
    time.sleep(12.0)
    visitor.taken.clear()


def told(what: str, taken: Sequence[float], unit: float) -> None:
    """Median and 95th percentile, as multiples of one line and in milliseconds."""
    median = statistics.median(taken)
    late = statistics.quantiles(taken, n=20, method="inclusive")[-1]
    print(f"  {what} ({len(taken)} answers):")
    print(f"    median {median / unit:6.2f} times one line ({1000 * median:.0f} ms)")
    print(f"    95 %   {late / unit:6.2f} times one line ({1000 * late:.0f} ms)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=PARTS, help=", ".join(PARTS))
    parser.add_argument("--users", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=30.0)
    given = parser.parse_args()
    prepared = prepare(load_scenario(SCENARIOS / f"{PRESET}.yaml"))
    unit = median_seconds(partial(simulate_mean_field, prepared, 1, [0], ()))
    print(f"explore, {PRESET}.yaml; one line of the mean field takes {1000 * unit:.0f} ms here")
    for part in given.parts:
        if part == "many":
            many(unit, given.users, given.seconds)
        else:
            {"first": first, "one": one}[part](unit)


if __name__ == "__main__":
    main()
