"""A page that is broken on purpose fails: real pages, each with one thing changed."""

from __future__ import annotations

import re

import pytest
from page_blocks import ROOT, PageError, blocks_of
from page_runner import completed, prepare, run_page

DATA, SYSTEMS, LANGUAGES = "docs/howto/data.md", "docs/reference/systems.md", "docs/howto/languages.md"


def broken(page: str, old: str, new: str) -> tuple[list, list]:
    """The blocks of a page, and those that differ once something in it is changed."""
    text = (ROOT / page).read_text(encoding="utf-8")
    assert old in text, f"{page} does not say {old!r} any more: break it in another way"
    good, bad = blocks_of(page, text), blocks_of(page, text.replace(old, new, 1))
    assert len(good) == len(bad)
    pairs = [(one, other) for one, other in zip(good, bad, strict=True) if one.text != other.text]
    return [one for one, _ in pairs], [other for _, other in pairs]


@pytest.mark.parametrize(
    ("page", "old", "new", "told"),
    [
        (
            DATA,
            "2019-04-01  participants          401",
            "2019-04-01  participants          402",
            "prints something else",
        ),
        (DATA, "  Unit: participants; countries\n", "", "prints something else"),
        (DATA, "data show spfs_participants\n", "data show spfs_participant\n", "ends with 2, not 0"),
        (SYSTEMS, "bilateral: true", "bilateraly: true", "unknown key"),
        (SYSTEMS, "  prefunding: 12 %\n", "  prefunding: 12 bp\n", "is not sound"),
        (LANGUAGES, "kind: disconnection", "kind: disconection", "disconection"),
        (LANGUAGES, "banks: 50 %", "bank: 50 %", "unknown"),
    ],
)
def test_a_broken_block_fails_and_says_where(page, old, new, told, tmp_path):
    good, bad = broken(page, old, new)
    folder = prepare(tmp_path)
    run_page(good, folder)
    with pytest.raises(PageError, match=rf"^{re.escape(page)}:\d+: ") as error:
        run_page(bad, folder)
    assert told in str(error.value)


def page_of(text: str):
    return blocks_of("docs/page.md", text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("```sh\npaysim run x.yaml\n```\n", "docs/page.md:1: a block in 'sh' is not run"),
        ("```\npaysim run x.yaml\n```\n", "docs/page.md:1: a block in 'no language' is not run"),
        ("Words.\n\n    $ paysim run x.yaml\n", "docs/page.md:3: an indented block is not run"),
        ("```text\n$ paysim run x.yaml\n```\n", "docs/page.md:2: a command in a text block is not run"),
        ("<!-- not run -->\n```sh\npaysim run x.yaml\n```\n", "docs/page.md:2: a block in 'sh' is not run"),
    ],
)
def test_a_block_cannot_be_left_out_by_its_form(text, told):
    with pytest.raises(PageError, match=f"^{re.escape(told)}"):
        page_of(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("```console\npaysim --version\n```\n", "begins with"),
        ("```console\n$ false\n```\n", "ends with 1, not 0"),
        ("<!-- exit: 2 -->\n```console\n$ true\n```\n", "ends with 0, not 2"),
        ("<!-- exit: 2 -->\n```console\n$ exit 2\n$ exit 2\n```\n", "ends with 2, not 0"),
        ("```console\n$ echo a\n$ echo b\nc\n```\n", "prints something else: echo b"),
        ("<!-- first: false -->\n```console\n$ true\n```\n", "what comes first ends with 1"),
        ("```python\n1 / 0\n```\n", "ZeroDivisionError"),
        ("```python\nprint(1)\n```\n", "prints something else"),
        ("```python\nprint(1)\n```\n\n```text\n2\n```\n", "prints something else"),
        ("```yaml\nevents: [}\n```\n", "is no YAML"),
        ("```yaml\nonly words\n```\n", "neither keys nor a list"),
        ("```yaml\n# mine.yaml\nformat: 1\n```\n", "is not sound"),
        ("```yaml\n- {kind: steering, at: 2027-01, mesage: 1 %/month}\n```\n", "mesage"),
    ],
)
def test_what_a_page_says_must_be_so(text, told, tmp_path):
    with pytest.raises(PageError, match=re.escape(told)):
        run_page(page_of(text), prepare(tmp_path))


def test_blocks_of_a_page_build_on_each_other(tmp_path):
    text = (
        "<!-- file: a.txt -->\n```text\none\ntwo\n```\n\n```console\n$ cat a.txt   # both\none\n...\n```\n\n"
        "```python\nfrom pathlib import Path\n\nfound = Path('a.txt').read_text().split()\n```\n\n"
        "```python\nprint(len(found), 'words')\n```\n\n```text\n2 words\n```\n\n"
        "<!-- run with: --version -->\n```console\n$ paysim   # what\npaysim, version ...\n```\n\n"
        "<!-- not run: the sea -->\n```console\n$ false\n```\n"
    )
    run_page(page_of(text), prepare(tmp_path))


def test_a_page_begins_without_results_and_leaves_the_repository_alone(tmp_path):
    before = sorted((ROOT / "scenarios").iterdir())
    folder = prepare(tmp_path)
    assert not (folder / "results").exists()
    run_page(page_of("```console\n$ rm scenarios/cutoff.yaml\n```\n"), folder)
    assert sorted((ROOT / "scenarios").iterdir()) == before


def test_a_piece_of_a_file_is_made_whole_by_what_its_keys_say():
    def whole(text: str) -> str:
        (block,) = page_of(f"```yaml\n{text}\n```\n")
        return "".join(completed(block))

    assert whole("- {kind: outage}").startswith("extends: cutoff.yaml\nformat: 1\ntitle: A piece\nevents:\n  - {")
    assert whole("behaviour: {}") == "extends: cutoff.yaml\nformat: 1\ntitle: A piece\nbehaviour: {}\n"
    assert whole("liquidity: {}") == "extends: CIPS\nsystem: 1\ntitle: A piece\nliquidity: {}\n"
    assert whole("extends: fear_2024.yaml\ntitle: Mine") == "format: 1\nextends: fear_2024.yaml\ntitle: Mine\n"
    assert whole("design: {}\nfactors: {}") == "design: {}\nfactors: {}\n"
