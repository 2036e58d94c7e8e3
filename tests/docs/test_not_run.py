"""Blocks that are not run: each with its reason, and none that is not listed here."""

from __future__ import annotations

from page_blocks import ROOT, blocks_of, pages

NOT_RUN = {
    "README.md": [
        "makes an environment over the network, and the tests are what runs this",
        "installs over the network",
        "installs over the network",
        "Windows",
        "it serves the page until Ctrl-C",
    ],
    "docs/explanation/russia_2022.md": ["rewrites this page; tests/verification holds the page to what it gives"],
    "docs/explanation/settlement_facts.md": [
        "rewrites this page in some minutes; tests/verification holds the page to what it gives"
    ],
    "docs/howto/calibrate.md": ["takes minutes; tests/evidence/test_calibrate.py runs it with few points"],
    "docs/howto/ci.md": ["a file of GitLab's; the tests carry out the script that it calls"],
    "docs/howto/cluster.md": [
        "a cluster; tests/e2e/test_cluster_recipes.py starts one over TLS",
        "Slurm; tests/e2e/test_cluster_recipes.py carries out both files",
    ],
    "docs/howto/explore.md": [
        "it serves the page until Ctrl-C",
        "the file is saved from the page; tests/explore/test_numbers.py holds the two together",
        "it serves the page until Ctrl-C",
    ],
    "docs/tutorial/lesson_90.md": ["a test of the studies runs them, and takes minutes"],
    "docs/tutorial/ten_minutes.md": [
        "the tests run in an environment that is installed already",
        "it serves the page until Ctrl-C",
    ],
}
"""Every reason on every page, in its order. A further one is added here on purpose or not at all."""


def test_no_block_is_left_out_unnoticed():
    found = {}
    for page in pages():
        blocks = blocks_of(page, (ROOT / page).read_text(encoding="utf-8"))
        reasons = [why for block in blocks if (why := block.order("not run")) is not None]
        found |= {page: reasons} if reasons else {}
    assert found == NOT_RUN


def test_most_pages_with_commands_show_what_these_print():
    """A page may leave outputs out; if most did, comparing them would be worth nothing."""
    from page_blocks import commands_of

    pages_with, shown = [], []
    for page in pages():
        blocks = blocks_of(page, (ROOT / page).read_text(encoding="utf-8"))
        commands = [
            command
            for block in blocks
            if block.language == "console" and block.order("not run") is None
            for command in commands_of(block)
        ]
        if commands:
            pages_with.append(page)
            shown += [page] if any(command.shown.strip(" .\n") for command in commands) else []
    assert 2 * len(shown) >= len(pages_with), sorted(set(pages_with) - set(shown))
