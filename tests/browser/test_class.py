"""A class of thirty: everybody gets the right lines, and a page in front of them goes on moving."""

from __future__ import annotations

import asyncio
import random
import threading
from urllib.parse import urlencode

import httpx
import pytest
from driving import asked, drawn, open_page, tables

USERS, CHANGES = 30, 4
WAITS = 120.0


async def user(address: str, number: int, levers: list[dict], found: dict[str, dict], busy: list[int]) -> None:
    """Open the page, then move one lever after the other, with a breath between."""
    luck = random.Random(number)
    async with httpx.AsyncClient(base_url=address, timeout=WAITS, headers={"x-visitor": f"user{number}"}) as client:
        (await client.get("/api/page", params={"lang": "en"})).raise_for_status()
        state = {"preset": "cutoff"}
        for _ in range(CHANGES):
            lever = luck.choice(levers)
            state[lever["id"]] = luck.choice(lever["stops"])["value"]
            for _again in range(60):
                answer = await client.get("/api/line", params=state)
                if answer.status_code != 503:
                    break
                busy.append(number)
                await asyncio.sleep(0.5)
            answer.raise_for_status()
            found[urlencode(sorted(state.items()))] = answer.json()["series"]
            await asyncio.sleep(luck.uniform(0.2, 0.6))


@pytest.mark.slow
def test_thirty_users_beside_a_page(page, explore):
    data = asked(page, explore, "/api/page", lang="en")
    told = asked(page, explore, "/api/preset/cutoff", lang="en")["levers"]
    levers = [lever for lever in data["levers"] if told[lever["id"]]["disabled"] is None][:6]
    found: dict[str, dict] = {}
    busy: list[int] = []
    failed: list[BaseException] = []

    async def everybody() -> None:
        await asyncio.gather(*(user(explore, number, levers, found, busy) for number in range(USERS)))

    def crowd() -> None:
        try:
            asyncio.run(everybody())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=crowd)
    open_page(page, explore, preset="cutoff")
    thread.start()
    slider = page.get_by_role("slider", name="Bypass by agents and barter")
    moved = 0
    while thread.is_alive() and moved < 8:
        slider.press("End" if moved % 2 == 0 else "Home")
        drawn(page, bypass_share="60 %" if moved % 2 == 0 else "0 %")
        page.wait_for_timeout(300)
        moved += 1
    thread.join(WAITS * 2)
    assert not thread.is_alive()
    assert not failed, failed
    assert moved >= 2
    for state in random.Random(1).sample(sorted(found), 3):
        again = page.request.get(f"{explore}/api/line?{state}").json()["series"]
        assert again == found[state], "what a user was given is what stands there alone"
    assert tables(page)["chart-trade"]
