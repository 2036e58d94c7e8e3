"""What the server answers, to whom, and what it refuses."""

from __future__ import annotations

import asyncio
import json
import re
import time
from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paysim.explore.charts import CHARTS, line_ids
from paysim.explore.guard import LONGEST_BODY, POLICY
from paysim.explore.levers import levers
from paysim.explore.workers import Busy, Failed, Pool, Superseded

ADDRESS = "http://127.0.0.1:8765"
JSON = {"origin": ADDRESS, "content-type": "application/json"}
PAGES = ("/", "/static/main.js", "/static/uplot/uPlot.min.css", "/why/steering", "/api/page", "/api/preset/cutoff")


@pytest.mark.parametrize("path", [*PAGES, "/api/yaml?preset=cutoff", "/nothing", "/api/line?preset=nothing"])
def test_every_answer_has_the_headers_of_security(client, path):
    answer = client.get(path)
    assert answer.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "server" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_there(client, path):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8765", "evil.example#127.0.0.1", "x@127.0.0.1",
     "127.0.0.1:port", "", "[::1", "127.0.0.1/evil"],
)  # fmt: skip
def test_a_foreign_host_is_refused(client, host):
    answer = client.get("/api/page", headers={"host": host})
    assert answer.status_code == 400
    assert "error" in answer.json()


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost", "LOCALHOST:1", "[::1]:8765", "192.168.1.7:8765"])
def test_localhost_and_numbers_are_let_in(client, host):
    assert client.get("/api/preset/cutoff", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "application/json"}, 403),
        ({**JSON, "origin": "http://evil.example"}, 403),
        ({**JSON, "origin": "null"}, 403),
        ({**JSON, "origin": "http://127.0.0.1:9999"}, 403),
        ({**JSON, "origin": "http://127.0.0.1:8765.evil.example"}, 403),
        ({**JSON, "content-type": "text/plain"}, 415),
        ({**JSON, "content-type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_a_run_is_begun_from_the_page_alone(client, headers, status):
    answer = client.post("/api/events", content=b'{"preset": "cutoff"}', headers=headers)
    assert answer.status_code == status
    assert "error" in answer.json()


@pytest.mark.parametrize(("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200)])
def test_a_page_elsewhere_cannot_make_it_compute(client, site, status):
    """An image or a script of another page may point here; a link to the page itself may be followed."""
    headers = {"sec-fetch-site": site}
    assert client.get("/api/line?preset=outage", headers=headers).status_code == status
    assert client.get("/?preset=outage", headers=headers).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(client, method):
    assert client.request(method, "/api/page").status_code == 405


def test_a_get_of_what_is_posted_and_the_other_way_round(client):
    assert client.get("/api/events").status_code == 405
    assert client.post("/api/line", content=b"{}", headers=JSON).status_code == 405


def test_a_long_body_is_refused(client):
    answer = client.post("/api/events", content=b"x" * (LONGEST_BODY + 1), headers=JSON)
    assert answer.status_code == 413


def test_a_body_longer_than_it_was_said_to_be_is_refused(client):
    """As is one whose sender has left: neither is a failure of the server, which would fill its terminal."""
    answer = client.post("/api/events", content=b"x" * (LONGEST_BODY + 1), headers={**JSON, "content-length": "9"})
    assert answer.status_code == 400


def test_a_body_that_does_not_end_is_given_up(monkeypatch):
    from paysim.explore import guard

    monkeypatch.setattr(guard, "SLOWEST_BODY", 0.05)
    seen = []

    async def reading(scope, receive, send):
        while not seen or seen[-1]["type"] != "http.disconnect":
            seen.append(await receive())

    async def never():
        if not seen:
            return {"type": "http.request", "body": b"{", "more_body": True}
        return await asyncio.Event().wait()

    headers = {**JSON, "host": "127.0.0.1:8765", "content-length": "9"}
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": "/api/events", "headers": pairs}
    asyncio.run(asyncio.wait_for(guard.Guard(reading)(scope, never, never), 10))
    assert [message["type"] for message in seen] == ["http.request", "http.disconnect"]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"null", b'"cutoff"', b'{"preset": ["cutoff"]}', b'{"preset": "nothing"}', b"\xff\xfe",
     b'{"preset": "cutoff", "bypass_share": 45}', b'{"preset": "cutoff", "bypass_share": {"best": "45 %"}}',
     b"[" * 4000],
)  # fmt: skip
def test_a_body_that_is_no_state_is_refused(client, body):
    answer = client.post("/api/events", content=body, headers=JSON)
    assert answer.status_code == 400
    assert "error" in answer.json()


@given(st.text(max_size=120))
@settings(max_examples=150)
def test_junk_is_answered_with_what_is_wrong_with_it(query):
    from starlette.testclient import TestClient

    from paysim.explore.presets import Presets
    from paysim.explore.server import Explorer, application

    found = _CLIENTS.setdefault("client", None) or TestClient(
        application(Explorer(Presets(), Pool(1))), base_url=ADDRESS, raise_server_exceptions=False
    )
    _CLIENTS["client"] = found  # without a lifespan: it has no processes, and needs none to refuse
    for path in ("/api/yaml", "/api/preset/", "/why/"):
        joined = f"{path}?{quote(query, safe='=&+%')}" if path == "/api/yaml" else path + quote(query, safe="")
        answer = found.get(joined)
        assert answer.status_code in (200, 400, 404, 307), (joined, answer.status_code)
        if answer.status_code == 200 and path == "/api/yaml":
            assert re.match(r"(preset=[a-z_0-9]+)?(&?lang=(en|de))?\Z", query) or not query


_CLIENTS = {}


@pytest.mark.parametrize(
    "path",
    ["/static/../server.py", "/static/%2e%2e/server.py", "/static/..%2f..%2f..%2fpyproject.toml", "/why/..%2findex",
     "/why/index", "/why/steering.md", "/static//etc/passwd", "/static/uplot/../../../server.py"],
)  # fmt: skip
def test_no_way_to_other_files(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert "def " not in answer.text


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_knows_levers_charts_and_stories(client, language):
    page = client.get(f"/api/page?lang={language}").json()
    assert [one["id"] for one in page["levers"]] == [one.id for one in levers()]
    assert [one["id"] for one in page["charts"]] == [one.id for one in CHARTS]
    assert page["presets"][0]["name"] == "cutoff"
    assert len(page["presets"]) > 20
    published = page["charts"][0]["published"][0]
    assert dict(zip(published["months"], published["values"], strict=True))["2024-07"] == 4.74
    assert client.get("/api/page?lang=fr").status_code == 400


def test_a_story_says_what_it_assumes(client):
    story = client.get("/api/preset/baseline").json()
    assert story["months"] == ["2024-07", "2035-12"]
    assert story["levers"]["bypass_share"] == {"value": "30 %", "disabled": "No payment is blocked or refused here."}
    assert story["levers"]["fear"]["disabled"] is None
    assert {"text", "basis"} == set(story["assumptions"][0])
    assert client.get("/api/preset/nothing").status_code == 400


def test_why_is_told_without_scripts(client):
    for one in levers():
        answer = client.get(f"/why/{one.page}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
        assert "<script" not in answer.text
        assert "style=" not in answer.text
        for target in re.findall(r'href="(/why/[^"]*)"', answer.text):
            assert client.get(target).status_code == 200, target


def test_html_in_a_page_is_shown_and_not_obeyed(tmp_path):
    from paysim.explore.pages import page_html

    file = tmp_path / "x.md"
    file.write_text("# A <b>\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) [y](https://example.org)\n")
    html = page_html(file)
    assert "<script" not in html
    assert "javascript:" not in html.replace("](javascript:", "")
    assert 'rel="noopener noreferrer"' in html


def test_a_line_has_the_series_of_every_chart(client):
    answer = client.get("/api/line?preset=cutoff&lang=de")
    line = answer.json()
    assert set(line["series"]) == set(line_ids())
    assert line["months"][0] == "2024-07"
    assert {len(values) for values in line["series"].values()} == {len(line["months"])}
    assert {"label": "China und Hongkong ohne SWIFT", "month": "2027-01"} in line["events"]
    assert line["disabled"] == {}
    again = client.get("/api/line?preset=cutoff").json()
    assert again["series"] == line["series"]
    assert again["key"] == line["key"]
    assert client.get("/api/line", headers={"accept-encoding": "gzip"}).headers["content-encoding"] == "gzip"


def test_levers_come_to_life_with_the_others(client):
    line = client.get("/api/line?preset=cutoff&cut_share=0+%25").json()
    assert line["disabled"]["notice"] == "Nobody is cut off here."
    assert not any("SWIFT" in event["label"] for event in line["events"])


def test_a_saved_scenario_comes_with_a_name(client):
    answer = client.get("/api/yaml?preset=cutoff&bypass_share=45+%25")
    assert answer.headers["content-disposition"] == 'attachment; filename="cutoff_varied.yaml"'
    assert "bypass_share: 45 %" in answer.text


def test_what_the_rules_refuse_is_not_saved(client, monkeypatch):
    from paysim.explore import state

    before = state._signed
    monkeypatch.setattr(state, "_signed", lambda document, *rest: before(document, *rest) | {"horizon": "2026-01"})
    answer = client.get("/api/yaml?preset=cutoff&bypass_share=55+%25")
    assert answer.status_code == 400
    assert "lies after the horizon 2026-01" in answer.json()["error"]


def test_a_story_comes_with_the_dates_that_it_has_room_for(client):
    levers = client.get("/api/preset/tariffs_2025").json()["levers"]
    assert levers["cut_date"]["stops"][-1] == "2028-10"
    assert "stops" not in levers["bypass_share"]
    for address in ("/api/line", "/api/yaml"):
        answer = client.get(f"{address}?preset=tariffs_2025&cut_share=100+%25&cut_date=2029-01")
        assert answer.status_code == 400
        assert "cut_date" in answer.json()["error"]


def test_no_lever_speaks_of_itself_twice(client):
    for lever in client.get("/api/page").json()["levers"]:
        words = lever["meaning"].split()
        assert all(one != other for one, other in pairwise(words)), lever["meaning"]


@pytest.mark.parametrize(("problem", "status"), [(Busy(), 503), (Failed("it took too long"), 503), (Superseded(), 409)])
def test_trouble_has_its_number(client, monkeypatch, problem, status):
    from paysim.explore import server

    async def refuse(*_given, **_named):
        raise problem

    monkeypatch.setattr(server.Explorer, "line", refuse)
    answer = client.get("/api/line?preset=cutoff")
    assert answer.status_code == status
    assert "error" in answer.json()
    assert ("retry-after" in answer.headers) == (status == 503)


def test_an_unknown_run(client):
    assert client.get("/api/events/nothing").status_code == 404


@pytest.mark.slow
def test_a_run_of_the_event_engine(client):
    preset = "outage"  # the shortest story
    job = client.post("/api/events", content=json.dumps({"preset": preset}), headers=JSON).json()["job"]
    line = client.get(f"/api/line?preset={preset}").json()
    for _ in range(600):
        report = client.get(f"/api/events/{job}").json()
        assert report["phase"] in ("queued", "running", "done")
        if report["phase"] == "done":
            break
        time.sleep(0.1)
    assert report["done"] == report["of"]
    assert report["months"] == line["months"]
    run, field = (one["series"]["trade_index:target"] for one in (report, line))
    assert run == pytest.approx(field, rel=0.02)


@pytest.mark.slow
def test_a_band_lies_around_the_line(client):
    band = client.get("/api/band?preset=outage").json()["series"]
    line = client.get("/api/line?preset=outage").json()["series"]
    assert set(band) == set(line)
    for name, ends in band.items():
        assert all(low <= high for low, high in zip(ends["low"], ends["high"], strict=True)), name
    assert band["level:USD"]["low"][-1] < line["level:USD"][-1] < band["level:USD"]["high"][-1]
