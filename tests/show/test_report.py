"""The report of a run: what is in it, that it asks for nothing, and that nobody can put anything into it."""

import csv
import json
import re
import shutil
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import reports
from PIL import Image
from reports import Document, plain

from paysim.show.report import MOST_BYTES
from paysim.show.report.blocks import Picture, Piece, is_web, link, linked
from paysim.show.report.charts import distinct_looks, shown_months
from paysim.show.report.page import rendered
from paysim.show.report.pictures import pictures
from paysim.show.report.run import run_page
from paysim.show.style import write_captions
from paysim.study import identity
from paysim.study.headline import headlines
from paysim.study.results import SUMMARY_FILE, load_results
from paysim.words import speaking


@pytest.fixture(scope="module", autouse=True)
def still_code():
    """A file that is edited while the tests run must not make two runs of one test differ."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "code_digest", lambda: "c" * 64)
        yield


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    made = reports.run(tmp_path_factory.mktemp("report"))
    reports.draw_some(made, made.folder)
    return made


@pytest.fixture(scope="module")
def html(results):
    return reports.report_of(results)


@pytest.fixture(scope="module")
def page(html):
    return Document(html)


# --- structure --------------------------------------------------------------------------------------------------------


def test_it_is_one_document_with_landmarks_headings_in_order_and_a_language(html, page):
    assert html.startswith("<!DOCTYPE html>")
    assert dict(next(page.all("html"))[1]) == {"lang": "en"}
    for landmark in ("header", "nav", "main", "footer", "h1", "title"):
        assert len(list(page.all(landmark))) == 1, landmark
    levels = [int(tag[1]) for tag, _, _ in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert page.text("h1") == "China is cut off"


def test_every_id_is_there_once_and_every_inner_link_leads_to_one(page):
    named = [attributes["id"] for _, attributes, _ in page.all() if "id" in attributes]
    assert len(named) == len(set(named))
    inner = [attributes["href"][1:] for _, attributes, _ in page.all("a") if attributes["href"].startswith("#")]
    assert set(inner) <= set(named)
    assert inner[0] == "content"  # the way past the contents comes first
    assert len(inner) > 8


def test_a_picture_says_what_is_to_be_seen_and_its_caption_what_to_read(page):
    ((_, attributes, _),) = page.all("img")
    assert attributes["alt"] == "Lines over the months: each currency's share of the value of all payments."
    assert (attributes["width"], attributes["height"]) == ("1600", "900")
    assert page.text("figcaption").startswith("What currency_shares shows.")
    assert "who_pays is not drawn: nobody is hit" in page.section("figures")


def test_a_figure_that_nobody_described_has_its_caption_for_who_does_not_see_it(results, tmp_path):
    reports.draw_some(results, tmp_path)
    picture, *_ = pictures(tmp_path / "figures", {})
    assert picture.seen == "Figure. What currency_shares shows."


def test_a_caption_brings_in_no_picture_from_beside_the_folder(results, tmp_path):
    figures = tmp_path / "deep" / "figures"
    figures.mkdir(parents=True)
    Image.new("RGB", (40, 20)).save(tmp_path / "secret.png")
    write_captions(figures, [(None, "Trade of A\n- `../../secret.png`: taken"), (None, "`../../secret.png`: taken")])
    blocks = pictures(figures, {})
    assert len((figures / "captions.md").read_text().splitlines()) == 2
    assert not any(isinstance(block, Picture) for block in blocks)
    (figures / "captions.md").write_text("- `../../secret.png`: taken\n")
    assert not any(isinstance(block, Picture) for block in pictures(figures, {}))


def test_a_damaged_figure_is_named_and_the_others_are_shown(results, tmp_path):
    reports.draw_some(results, tmp_path, ("currency_shares", "tracker", "small_multiples"))
    for name, kept in (("currency_shares", 400), ("small_multiples", 0)):
        file = tmp_path / "figures" / f"{name}.png"
        file.write_bytes(file.read_bytes()[:kept])
    found = Document(reports.report_of(results, tmp_path))
    ((_, attributes, _),) = found.all("img")
    assert attributes["alt"].startswith("Three panels")
    assert "What currency_shares shows. (figures/currency_shares.png)" in found.section("figures")
    assert "(figures/small_multiples.png)" in found.section("figures")


def test_tables_have_captions_and_heads_with_a_scope(page):
    captions = [text for _, _, text in page.all("caption")]
    assert len(captions) == len(list(page.all("table"))) == len(set(captions))
    assert all(attributes.get("scope") in ("col", "row") for _, attributes, _ in page.all("th"))


# --- nothing from outside, nothing from the scenario ------------------------------------------------------------------


def test_nothing_in_it_asks_for_anything_from_outside(html, page):
    assert reports.asked_for(html) == []
    policy = next(a["content"] for _, a, _ in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    styles = ["".join(texts) for tag, _, texts in page.elements if tag == "style"]
    scripts = [
        "".join(texts) for tag, attributes, texts in page.elements if tag == "script" and "type" not in attributes
    ]
    assert rules["style-src"] == f"'{reports.digest(styles[0])}'"
    assert rules["script-src"] == f"'{reports.digest(scripts[0])}'"
    assert (len(styles), len(scripts)) == (1, 1)


def test_links_lead_to_sources_and_tell_them_nothing(page):
    outside = [attributes for _, attributes, _ in page.all("a") if not attributes["href"].startswith("#")]
    assert {"https://example.org/july", "https://example.org/a?b=1&c=2"} <= {one["href"] for one in outside}
    assert all(one["rel"] == "noreferrer noopener" for one in outside)
    assert all(one["href"].startswith(("https://", "http://")) for one in outside)


HOSTILE = "\"'></title></script></style><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}"


def test_a_hostile_scenario_puts_nothing_into_the_page_but_text(tmp_path, page):
    story = reports.story()
    story["question"] = HOSTILE
    story["limits"] = [HOSTILE, "javascript:alert(3)"]
    story["assumptions"] = [{"text": HOSTILE, "basis": HOSTILE, "source": f"javascript:alert(4) {HOSTILE}"}]
    addresses = [
        "javascript:alert(5)",
        "data:text/html,x",
        "https://",
        "//host/x",
        'https://a.b/"onclick="c',
        " https:x",
    ]
    story["sources"] = [{"text": HOSTILE, "url": address} for address in addresses]
    story["checks"] = [{"id": "x", "text": HOSTILE}]
    events = (replace(reports.STEERING, label=HOSTILE), replace(reports.CUT, label=HOSTILE))
    html = reports.report_of(reports.run(tmp_path, story, title=HOSTILE, name="a b", events=events))
    found = Document(html)
    assert reports.asked_for(html) == []
    count = lambda one, tag: len(list(one.all(tag)))  # noqa: E731
    assert count(found, "script") == count(page, "script")
    assert count(found, "img") == 0
    assert found.text("h1") == plain(HOSTILE) == found.text("title").removesuffix(" – Report of a run")
    assert plain(HOSTILE) in found.section("limits")
    assert found.charts()["shares"]["events"][0]["label"].startswith(HOSTILE)
    led_to = [attributes["href"] for _, attributes, _ in found.all("a")]
    assert all(one.startswith("#") or is_web(one) for one in led_to)
    assert not [one for one in led_to if "alert" in one or "onclick" in one]


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://example.org/a", True),
        ("HTTP://example.org", True),
        ("javascript:alert(1)", False),
        ("jAvAsCrIpT://example.org/%0aalert(1)", False),
        ("data:text/html,https://example.org", False),
        ("https://", False),
        ("https://[", False),
        ('https://a.b/"x', False),
        (" https://example.org", False),
        ("https://a.b\nhttps://c.d", False),
        ("ftp://example.org", False),
    ],
)
def test_only_addresses_of_the_web_are_links(address, good):
    assert is_web(address) is good
    assert (link("x", address) == (Piece("x", address),)) is good


def test_an_address_in_a_text_is_a_link_and_its_full_stop_is_not():
    assert linked("read at https://example.org/a(b). And (http://c.d/e) , too") == (
        Piece("read at "),
        Piece("example.org", "https://example.org/a(b"),
        Piece("). And ("),
        Piece("c.d", "http://c.d/e"),
        Piece(") , too"),
    )
    assert linked("no address") == "no address"


# --- the numbers, and what is read without JavaScript -----------------------------------------------------------------


def test_the_figures_are_those_of_the_summary(results, page):
    told = {name: text for _, _, name in page.all("dt") for text in [name]}
    for headline in headlines(results):
        assert headline.label in told
        assert plain(headline.text) in page.section("short")


def test_tables_and_charts_have_the_numbers_of_the_files(results, page):
    with (results.folder / SUMMARY_FILE).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] == "all"]
    shares = {row["date"][:7]: row for row in rows if (row["series"], row["key"]) == ("true_share", "CNY")}
    heads, *lines = page.tables()["True share of payments, by currency, %: median [5 to 95 %]"]
    (yuan,) = [line for line in lines if line[0] == "yuan"]
    assert heads[1:] == ["Jul 2024", "Dec 2024", "Sep 2025"]  # the first month, December, the last one
    for cell, month in zip(yuan[1:], ("2024-07", "2024-12", "2025-09"), strict=True):
        low, middle, high = (f"{100 * float(shares[month][name]):.1f}" for name in ("p05", "p50", "p95"))
        assert cell == (f"{middle} [{low} to {high}]" if low != high else middle)
    (line,) = [one for one in page.charts()["shares"]["series"] if one["name"] == "CNY"]
    for name, column in (("low", "p05"), ("median", "p50"), ("high", "p95")):
        assert line[name] == pytest.approx([100 * float(row[column]) for row in shares.values()], abs=0.0051)
    assert len(page.charts()["shares"]["months"]) == 15


def test_other_numbers_make_another_report(results, html, tmp_path):
    other = reports.report_of(reports.run(tmp_path, seed=2))
    assert Document(other).tables() != Document(html).tables()


def test_published_points_and_events_stand_in_the_charts(page):
    chart = page.charts()["tracker"]
    published = next(one for one in chart["series"] if one.get("points"))
    assert published["median"][chart["months"].index("Jul 2024")] == 4.74  # SWIFT RMB Tracker, August 2024
    assert [event["label"] for event in chart["events"]] == ["Steering to CIPS, Sep 2024", "China off SWIFT, Nov 2024"]
    assert chart["events"][0]["at"] == 2.0  # 1 September, two months after the first day
    assert chart["events"][1]["at"] == pytest.approx(4 + 3.667 / 30, abs=1e-3)  # 4 November, 16:00
    assert set(page.charts()) == {"shares", "tracker", "trade"}


def test_without_javascript_charts_are_hidden_and_their_numbers_are_there(page):
    charts = [attributes for _, attributes, _ in page.all("div") if "chart" in attributes.get("class", "").split()]
    assert len(charts) == 3
    assert all("hidden" in attributes for attributes in charts)
    inside = [tag for (tag, _, _), around in zip(page.elements, page.around, strict=True) if "details" in around]
    assert inside.count("table") == 3  # a table for every chart, which opens without JavaScript


def test_it_says_what_is_assumed_on_what_basis_and_what_it_does_not_show(page):
    rows = page.tables()["What is taken for granted beside the parameters"]
    assert [row[:2] for row in rows[1:]] == [
        ["All banks are cut.", "premise: given as input"],
        ["A tenth is judged.", "judgement"],
        ["It was read.", "sourced"],
    ]
    limits = page.section("limits")
    assert "a model, not a forecast" in limits
    assert "Export bans are left out." in limits
    assert "Steering to CIPS (2024-09)" in page.section("short")
    assert "Would it have no trouble?" in page.text("header")


def test_parameters_stand_with_best_value_range_what_was_drawn_basis_and_source(results, page):
    rows = {row[0].split(" ")[0]: row for row in page.tables()["Parameters that were drawn"][1:]}
    assert len(rows) == len(reports.DRAWN)  # growth is fixed, and nothing is drawn of it
    bypass = rows["bypass"]
    drawn = 100 * np.median(results.draws()["bypass_share"])
    assert (bypass[1], bypass[2], bypass[4]) == ("30 %", "0 to 60 %", "judgement")
    assert bypass[3].startswith(f"{drawn:.3g}")


def test_claims_and_checks_are_listed_with_the_command_that_tests_them(page):
    told = page.section("ledger")
    assert "paysim check fake.yaml" in told
    assert "Trade falls." in told
    assert "The yuan gains." in told


def test_it_says_where_the_command_that_tests_claims_leaves_out_what_the_run_changed(results, page):
    note = "without what --set or --until changed in this run"
    assert note not in page.section("ledger")
    for command in (
        "paysim run 'a b.yaml' --set 'behaviour.bypass_share=0 %'",
        "paysim run 'a b.yaml' --until 2025-01",
    ):
        other = load_results(results.folder)
        other.manifest = {**results.manifest, "command": command}
        told = Document(rendered(run_page(other, results.folder))).section("ledger")
        assert note in told
        assert "paysim check 'a b.yaml'" in told


def test_a_manifest_that_is_too_long_for_a_page_is_named(results):
    long = load_results(results.folder)
    long.manifest = {**results.manifest, "facts": [HOSTILE * 3] * 4000}
    html = rendered(run_page(long, results.folder))
    assert len(html.encode()) < MOST_BYTES
    told = Document(html).section("repeat")
    assert "Not shown here: manifest.json" in told
    assert "The manifest, with everything as it was read" not in told


def test_it_says_how_to_repeat_the_run(results, page):
    told, manifest = page.section("repeat"), results.manifest
    assert "paysim run fake.yaml" in told
    assert manifest["run"]["key"][:16] in told
    assert all(entry["sha256"] in told for entry in manifest["files"].values())
    whole = next(text for _, _, text in page.all("pre") if text.startswith("{"))
    assert json.loads(whole)["run"] == manifest["run"]


def test_a_run_of_which_little_is_known_has_a_report_as_well(tmp_path):
    bare = reports.run(tmp_path, {}, events=(), months=3, switched=(), replicates=1)
    page = Document(reports.report_of(bare))
    names = {attributes.get("aria-labelledby") for _, attributes, _ in page.all("section")}
    assert not {"assumptions", "parameters", "ledger", "sources"} & names
    assert "Given as input" not in page.text("main")
    assert "No figures were drawn with this run." in page.section("figures")
    assert "[" not in page.tables()["True share of payments, by currency, %"][1][1]  # one replicate has no band


# --- bytes and languages ----------------------------------------------------------------------------------------------


def test_the_same_run_gives_the_same_bytes_wherever_it_lies(results, html, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(results.folder, elsewhere)
    assert reports.report_of(load_results(elsewhere)) == html
    assert str(results.folder) not in html
    assert results.folder.parent.name not in html
    assert [path.name for path in elsewhere.iterdir() if path.name.startswith(".")] == []


def test_it_is_small_and_what_it_has_no_room_for_is_named(results, html, tmp_path):
    assert len(html.encode()) < 400_000
    figures = tmp_path / "figures"
    figures.mkdir()
    noise = np.random.default_rng(1).integers(0, 256, (900, 1600, 3), dtype=np.uint8)
    for number in range(3):
        Image.fromarray(noise).save(figures / f"noise{number}.png")
    lines = [f"- `noise{number}.png`: Noise {number}." for number in range(3)]
    (figures / "captions.md").write_text("\n".join(lines))
    page = reports.report_of(results, tmp_path)
    assert len(page.encode()) < MOST_BYTES
    found = Document(page)
    shown = len(list(found.all("img")))
    assert shown < 3
    assert "Noise 2. (figures/noise2.png)" in found.section("figures")


def test_in_german_it_is_german_with_the_same_numbers(results, page):
    german = Document(reports.report_of(results, language="de"))
    reports.report_of(results)
    assert next(german.all("html"))[1] == {"lang": "de"}
    assert "Hätte es keine Mühe?" in german.text("header")
    assert "Ein Modell, keine Prognose." in german.text("header")
    assert german.charts()["shares"]["series"][0]["median"] == page.charts()["shares"]["series"][0]["median"]
    with speaking("de"):
        told = [plain(headline.text) for headline in headlines(results)]
    assert all(text in german.text("main") for text in told)
    cells = [cell for rows in german.tables().values() for row in rows for cell in row]
    assert any(re.search(r"\d,\d", cell) for cell in cells)
    assert not any(re.search(r"\d\.\d+ \[", cell) for cell in cells)


# --- charts -----------------------------------------------------------------------------------------------------------


def test_a_table_has_the_first_month_every_december_and_the_last_or_all_where_they_are_few():
    months = lambda count: np.arange(np.datetime64("2024-07"), np.datetime64("2024-07") + count).astype("M8[D]")  # noqa: E731
    assert shown_months(months(13)) == list(range(13))
    assert shown_months(months(30)) == [0, 5, 17, 29]
    assert shown_months(months(18)) == [0, 5, 17]
    assert len(shown_months(months(138))) == 13  # to December 2035, a column for each year
    century = shown_months(months(1290))
    assert [str(months(1290)[place])[:7] for place in century[:3]] == ["2024-07", "2030-12", "2040-12"]
    assert (len(century), century[-1]) == (13, 1289)


def test_no_two_lines_of_a_chart_of_many_look_alike():
    looks = distinct_looks(24)
    assert len({(look.letters, look.dash) for look in looks}) == 24
