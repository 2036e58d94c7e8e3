"""The site builds without a warning, asks nothing from outside, and a page that is broken on purpose breaks it."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from page_blocks import ROOT, pages

import paysim
from paysim.cli.main import main

pytestmark = pytest.mark.slow

LOADED = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed|object|input)\b[^>]*?\s(?:src|srcset|data)=[\"']([^\"']*)"
    r"|<link\b(?![^>]*rel=[\"'](?:canonical|index|search|next|prev|author)[\"'])[^>]*?\shref=[\"']([^\"']*)",
    re.IGNORECASE,
)
FETCHED = re.compile(r"url\(\s*[\"']?([^\"')]*)|@import\s+[\"']([^\"']*)")
OUTSIDE = re.compile(r"(?:https?:)?//")


def build(root: Path) -> subprocess.CompletedProcess[str]:
    """Build the site of a copy of the repository, as `make docs` does."""
    return subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "docs", "docs/_build/html"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The repository with a documentation of its own, and the site built in it."""
    root = tmp_path_factory.mktemp("site")
    for path in ROOT.iterdir():
        if path.name != "docs" and not path.name.startswith("."):
            (root / path.name).symlink_to(path)
    shutil.copytree(ROOT / "docs", root / "docs", ignore=shutil.ignore_patterns("_build", "_made", "__pycache__"))
    done = build(root)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return root


@pytest.fixture
def site(copy):
    return copy / "docs" / "_build" / "html"


def test_every_page_is_in_the_site_and_in_its_navigation(site):
    start = (site / "index.html").read_text(encoding="utf-8")
    for page in pages():
        name = f"_made/{page}" if page == "README.md" else page.removeprefix("docs/")
        built = Path(name).with_suffix(".html").as_posix()
        assert (site / built).is_file()
        assert built == "index.html" or f'href="{built}"' in start, built


def test_nothing_is_asked_from_outside(site):
    seen = 0
    for path in sorted(site.rglob("*")):
        if path.suffix in (".html", ".css", ".svg"):
            pattern = LOADED if path.suffix == ".html" else FETCHED
            targets = [target for found in pattern.findall(path.read_text(encoding="utf-8")) for target in found]
            seen += len(targets)
            assert [target for target in targets if OUTSIDE.match(target)] == [], path
    assert seen > 1000


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://cdn.example/a.js"></script>',
        "<link rel='stylesheet' href='//fonts.example/f.css'>",
        '<img alt="a" src="http://example/a.png">',
    ],
)
def test_something_asked_from_outside_would_be_seen(page):
    assert [one for found in LOADED.findall(page) for one in found if OUTSIDE.match(one)]


def test_scripts_of_the_site_ask_nothing_from_outside(site):
    for path in site.rglob("*.js"):
        asked = re.findall(r"(?:fetch|import|importScripts|open)\(\s*[\"'`](?:https?:)?//[^\"'`]*", path.read_text())
        assert asked == [], path


def test_every_link_of_the_site_leads_to_a_file_of_it(site):
    for path in sorted(site.rglob("*.html")):
        for target in re.findall(r'<a\b[^>]*\shref="([^"#?]+)', path.read_text(encoding="utf-8")):
            if not re.match(r"[a-z]+:", target):
                assert (path.parent / target).resolve().is_relative_to(site)
                assert (path.parent / target).exists(), f"{path.relative_to(site)}: {target}"


def test_the_files_that_pages_link_to_are_pages_of_the_site(site):
    text = (site / "reference" / "scenarios.html").read_text(encoding="utf-8")
    assert 'href="../_made/scenarios/cutoff.yaml.html"' in text
    shown = (site / "_made" / "scenarios" / "cutoff.yaml.html").read_text(encoding="utf-8")
    assert "China and Hong Kong cut off from SWIFT" in shown


def test_every_command_with_every_option_is_in_the_reference(site):
    text = (site / "reference" / "commands.html").read_text(encoding="utf-8")
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", text)))
    for name in main.list_commands(None):
        command = main.get_command(None, name)
        for path, one in {name: command, **{f"{name} {sub}": two for sub, two in commands_below(command)}}.items():
            part = text.partition(f"Usage paysim {path} [OPTIONS]")[2].partition(" Usage paysim ")[0]
            options = [option for given in one.params for option in given.opts if option.startswith("--")]
            assert part, path
            assert [option for option in options if option not in part] == [], path


def commands_below(command: click.Command) -> list[tuple[str, click.Command]]:
    return list(command.commands.items()) if isinstance(command, click.Group) else []


def test_every_public_name_is_in_the_reference(site):
    text = (site / "reference" / "api.html").read_text(encoding="utf-8")
    for name in paysim.__all__:
        assert f'id="paysim.{name}"' in text, name
    assert "the same bytes as" in text


@pytest.mark.parametrize(
    ("page", "old", "new", "told"),
    [
        ("howto/settle.md", "(../reference/settlement.md)", "(../reference/settlements.md)", "settlements.md"),
        (
            "explanation/why.md",
            "#where-the-rules-were-mended",
            "#where-the-rules-were-bent",
            "where-the-rules-were-bent",
        ),
        ("reference/api.md", "autofunction:: paysim.settle", "autofunction:: paysim.settel", "settel"),
        ("reference/commands.md", "paysim.cli.run:command", "paysim.cli.run:comand", "comand"),
        ("explanation/response.md", "(../figures/", "(../figurines/", "figurines"),
    ],
)
def test_a_broken_page_breaks_the_site(copy, page, old, new, told):
    path = copy / "docs" / page
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    try:
        done = build(copy)
        assert done.returncode != 0
        assert told in done.stderr
        assert page in done.stderr or "autodoc" in done.stderr or "click" in done.stderr.lower()
    finally:
        path.write_text(text, encoding="utf-8")


def test_a_page_that_nothing_leads_to_still_has_its_place(copy, site):
    (copy / "docs" / "howto" / "aside.md").write_text("# Aside\n\nWords.\n", encoding="utf-8")
    try:
        done = build(copy)
        assert done.returncode == 0, done.stderr
        assert 'href="howto/aside.html"' in (site / "index.html").read_text(encoding="utf-8")
    finally:
        (copy / "docs" / "howto" / "aside.md").unlink()


def test_the_same_pages_give_the_same_site(copy, site):
    """No time of day, no host, no path of the machine stands in it."""
    for path in sorted(site.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        assert str(copy) not in text
        assert str(ROOT) not in text
