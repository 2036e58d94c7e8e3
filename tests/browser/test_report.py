"""The report of a run in a browser: its charts and their controls, without JavaScript, on a phone, on paper."""

import re
import sys
from pathlib import Path

import pytest

axe_core = pytest.importorskip("axe_core_python.sync_playwright", reason="axe-core-python is not installed")

sys.path.insert(0, str(Path(__file__).parents[1] / "show"))  # for reports

import reports  # noqa: E402

PHONE = {"width": 320, "height": 640}
PROJECTOR = {"width": 1920, "height": 1080}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A report with one figure, three charts, a premise and a cut."""
    made = reports.run(tmp_path_factory.mktemp("report"), months=30)
    reports.draw_some(made, made.folder)
    reports.report_of(made)
    return made.folder / "report.html"


def opened(page, place):
    """Open a report, and fail whatever it asks for beside itself."""
    asked = []

    def answer(route):
        asked.append(route.request.url)
        if route.request.url == place.as_uri():
            route.continue_()
        else:
            route.abort()

    page.route("**/*", answer)
    page.goto(place.as_uri())
    page.locator("footer").wait_for()
    assert [one for one in asked if not one.startswith("data:")] == [place.as_uri()]
    return page


@pytest.mark.parametrize("size", [PHONE, PROJECTOR], ids=["phone", "projector"])
def test_nothing_is_wrong_for_who_cannot_see_or_point(new_page, place, size):
    page = opened(new_page(viewport=size), place)
    for closed in page.locator("details").all():
        closed.evaluate("one => { one.open = true; }")
    found = axe_core.Axe().run(page)
    assert len(found["passes"]) > 20  # it has looked at the page
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_charts_are_drawn_and_ask_for_nothing(page, place):
    opened(page, place)
    assert page.locator(".chart canvas").count() == 3
    assert page.locator(".chart [role=img]").first.get_attribute("aria-label").startswith("Chart: True share")
    blank = "one => { const box = one.getContext('2d').getImageData(0, 0, one.width, one.height).data;" \
            " return !box.some((value) => value !== 0); }"  # fmt: skip
    assert not any(canvas.evaluate(blank) for canvas in page.locator(".chart canvas").all())


def test_the_policy_stops_a_script_that_somebody_put_in(new_page, place, tmp_path):
    broken = tmp_path / "report.html"
    planted = "<script>document.title = 'broken in'</script><img src='https://example.org/x.png' alt=''>"
    broken.write_text(place.read_text(encoding="utf-8").replace("</footer>", f"{planted}</footer>"), encoding="utf-8")
    page = new_page()
    page.watched.expected += ["Content Security Policy", "Content-Security-Policy"]
    with page.expect_event("requestfailed") as failed:
        opened(page, broken)
    assert (failed.value.url, failed.value.failure) == ("https://example.org/x.png", "csp")
    page.locator(".chart canvas").first.wait_for()
    assert page.title() == "China is cut off – Report of a run"
    page.watched.asked.clear()


def test_the_keyboard_alone_moves_the_month_and_shows_and_hides_a_line(page, place):
    opened(page, place)
    chart = page.locator(".chart").first
    slider, value = chart.get_by_label("Month"), chart.locator(".lines .value").first
    slider.focus()
    before = value.inner_text()
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "Jul 2024"
    assert chart.locator(".month .value").inner_text() == "Jul 2024"
    assert value.inner_text() != before
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "Aug 2024"
    box = chart.get_by_role("checkbox", name="US dollar")
    picture = "one => one.toDataURL()"
    drawn = chart.locator("canvas").evaluate(picture)
    box.focus()
    page.keyboard.press("Space")
    assert not box.is_checked()
    page.wait_for_timeout(100)
    assert chart.locator("canvas").evaluate(picture) != drawn
    page.keyboard.press("Space")
    page.wait_for_timeout(100)
    assert chart.locator("canvas").evaluate(picture) == drawn


def test_the_first_key_leads_past_the_contents(page, place):
    opened(page, place)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_the_value_beside_a_line_is_that_of_the_table(page, place):
    opened(page, place)
    chart = page.locator("section:has(> .chart)").first
    shown = chart.locator(".lines .value").all_inner_texts()
    chart.locator("summary").click()
    last = [re.sub(r"\s+", " ", cell) for cell in chart.locator("tbody td:last-child").all_inner_texts()]
    assert shown == last


def test_without_javascript_everything_but_the_charts_is_there(new_page, place):
    page = opened(new_page(java_script_enabled=False), place)
    assert page.locator(".interactive:visible").count() == 0
    assert page.locator("main img:visible").count() == 1
    for name in ("In short", "What is assumed", "Parameters", "What this does not show", "How to repeat it"):
        assert page.get_by_role("heading", name=name, exact=True).is_visible()
    closed = page.locator("details").first
    closed.locator("summary").click()
    assert closed.locator("table").is_visible()


def test_a_chart_fits_the_width_it_is_given(page, place):
    opened(page, place)
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(200)
        plot = page.locator(".plot").first
        assert plot.locator("canvas").bounding_box()["width"] == pytest.approx(plot.bounding_box()["width"], abs=2)


def test_on_paper_it_is_a_few_pages_with_the_tables_and_without_what_moves(page, place):
    opened(page, place)
    page.emulate_media(media="print")
    assert page.locator(".interactive:visible").count() == 0
    assert page.locator("nav").is_hidden()
    address = page.locator("#sources ~ ol a").first
    shown = address.evaluate("one => getComputedStyle(one, '::after').content")
    assert "https://example.org/july" in shown
    assert page.locator("details table").first.evaluate("one => one.getBoundingClientRect().height") > 20
    paper = page.pdf(prefer_css_page_size=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", paper))
    assert 3 <= pages <= 7
    assert b"/MediaBox [0 0 594" in paper or b"/MediaBox [0 0 595" in paper  # A4 across, in points


def test_on_paper_no_table_is_wider_than_the_sheet(new_page, tmp_path):
    made = reports.run(tmp_path, months=138)
    reports.report_of(made)
    page = opened(new_page(viewport={"width": 680, "height": 980}), made.folder / "report.html")  # 180 mm
    for cell in page.locator("table.numbers td small").all():
        cell.evaluate("one => { one.textContent = '[100.00 to 100.00]'; }")
    page.emulate_media(media="print")
    assert page.locator("table.numbers").first.locator("thead th").count() == 13
    assert page.evaluate("document.documentElement.scrollWidth") <= 680


def test_events_that_stand_close_have_labels_that_do_not_meet_and_never_hang_the_page(new_page, tmp_path):
    crowd = [reports.fakes.Event(f"2024-{month:02}-0{day}T00:00:00Z", "steering", f"Something long happens {day}")
             for month in (8, 9, 10, 11, 12) for day in (1, 2, 3, 4)]  # fmt: skip
    made = reports.run(tmp_path, events=tuple(crowd))
    reports.report_of(made)
    page = opened(new_page(viewport=PHONE), made.folder / "report.html")
    assert page.locator(".chart canvas").count() == 3
    assert "20 Something long happens 4" in page.locator(".chart .key").first.inner_text()


def test_on_the_narrowest_screen_long_names_and_values_stay_within_it(new_page, place, tmp_path):
    long = tmp_path / "report.html"
    text = place.read_text(encoding="utf-8")
    long.write_text(text.replace('"label": "yuan"', '"label": "Rest of the world, of which little is known"'))
    page = opened(new_page(viewport=PHONE), long)
    for value in page.locator(".lines .value").all():
        value.evaluate("one => { one.textContent = '100.00 [100.00 to 100.00]'; }")
    assert page.get_by_role("checkbox", name="Rest of the world").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_a_label_from_right_to_left_turns_no_other(new_page, tmp_path):
    label = "\u202eright to left"
    events = tuple(reports.fakes.Event(f"2024-{month}-01T00:00:00Z", "steering", label) for month in (10, 11, 12))
    made = reports.run(tmp_path, events=events)
    reports.report_of(made)
    page = opened(new_page(viewport=PHONE), made.folder / "report.html")
    key = page.locator(".chart .key").first
    assert key.locator("bdi").all_inner_texts() == [f"{label}, {month} 2024" for month in ("Oct", "Nov", "Dec")]
    assert key.evaluate(
        "one => [...one.childNodes].filter((part) => part.nodeType === 3).map((part) => part.data)"
    ) == ["Events: ", "1 ", "; 2 ", "; 3 ", "."]


def test_in_german_months_numbers_and_controls_are_german(new_page, tmp_path):
    made = reports.run(tmp_path)
    reports.report_of(made, language="de")
    page = opened(new_page(), made.folder / "report.html")
    assert page.locator("html").get_attribute("lang") == "de"
    assert re.search(r"\d,\d", page.locator(".lines .value").first.inner_text())
