"""`paysim explore`: what it says, what it refuses, and that nothing heavy is loaded by asking for help."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from paysim.cli.explore import _address, _listening, _loopback, command
from paysim.cli.main import main
from paysim.explore.workers import Pool


def served(monkeypatch):
    """What the command would serve."""
    from paysim.explore import serving

    seen = {}

    def remember(presets, pool, listener, host, browser):
        seen.update(first=presets.first, at=listener.getsockname(), host=host, browser=browser)

    monkeypatch.setattr(serving, "serve", remember)
    monkeypatch.setattr(Pool, "start", lambda _pool: None)
    return seen


def test_loopback_and_any_free_port(monkeypatch):
    seen = served(monkeypatch)
    result = CliRunner().invoke(main, ["explore", "--port", "0", "--no-browser"])
    assert result.exit_code == 0, result.output
    assert seen["at"][0] == "127.0.0.1"
    assert seen["first"] == "cutoff"
    assert seen["browser"] is None
    assert f"http://127.0.0.1:{seen['at'][1]}/" in result.output
    assert "Warning" not in result.output


def test_another_address_is_asked_for_and_warned_of(monkeypatch):
    seen = served(monkeypatch)
    result = CliRunner().invoke(main, ["explore", "skeptic", "--host", "0.0.0.0", "--port", "0"])
    assert result.exit_code == 0, result.output
    assert "Warning: 0.0.0.0 is not this machine alone" in result.output
    assert seen["first"] == "skeptic"
    assert seen["browser"] == f"http://127.0.0.1:{seen['at'][1]}/"


def test_a_port_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(main, ["explore", "--port", str(port), "--no-browser"])
    assert result.exit_code == 2
    assert f"--port {port}: cannot listen on 127.0.0.1" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["cutof"], "'cutof' is no shipped scenario; nearest: cutoff"),
        (["nothing.yaml"], "there is no such file"),
        (["--port", "99999"], "99999"),
        (["--host", "no host at all", "--port", "0"], "--host no host at all"),
    ],
)
def test_what_is_wrong_is_said(given, said):
    result = CliRunner().invoke(main, ["explore", *given, "--no-browser"])
    assert result.exit_code == 2
    assert said in result.output


def test_a_file_with_mistakes(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("format: 1\ntitle: Mine\nquestion: What?\nbehaviour: {bypas_share: 3}\n")
    result = CliRunner().invoke(main, ["explore", str(file), "--no-browser"])
    assert result.exit_code == 2
    assert "mine.yaml:4:13" in result.output
    assert "nearest: bypass_share" in result.output


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setattr("paysim.cli.explore.find_spec", lambda name: None if name == "uvicorn" else object())
    result = CliRunner().invoke(main, ["explore", "--no-browser"])
    assert result.exit_code == 2
    assert "pip install 'paysim[web]'" in result.output


def test_addresses():
    for host, shown in (("127.0.0.1", "127.0.0.1"), ("localhost", "localhost"), ("0.0.0.0", "127.0.0.1")):
        with _listening(host, 0) as listener:
            assert _address(host, listener) == f"http://{shown}:{listener.getsockname()[1]}/"
            assert _loopback(listener) == (host != "0.0.0.0")


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom paysim.cli.main import main\n"
        "print(CliRunner().invoke(main, ['explore', '--help']).output)\n"
        "print({'numpy', 'pydantic', 'starlette', 'uvicorn', 'yaml'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "levers" in found.stdout
    assert found.stdout.strip().endswith("set()")
    assert command.name == "explore"


def test_the_server_computes_nothing_itself():
    """It starts soon because the engine is loaded by the workers alone."""
    code = (
        "import sys\nimport paysim.explore.serving\nfrom paysim.explore.presets import Presets\n"
        "from paysim.explore.view import page_data\npage_data(Presets())\n"
        "print({'numba', 'scipy', 'matplotlib', 'pyarrow', 'simpy'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="children are read from /proc")
def test_its_processes_end_with_it_however_it_ends():
    words = [sys.executable, "-m", "paysim", "explore", "--port", "0", "--no-browser"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        address = re.match(r"(http://\S+)", server.stdout.readline())[1]
        with urllib.request.urlopen(f"{address}api/line?preset=cutoff", timeout=60) as answer:
            assert answer.status == 200
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        assert children
        server.kill()
    until = time.monotonic() + 20
    while any(
        Path(f"/proc/{child}/cmdline").exists() and Path(f"/proc/{child}/cmdline").read_bytes() for child in children
    ):
        assert time.monotonic() < until, children
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_it_serves_and_ends_quietly():
    words = [sys.executable, "-m", "paysim", "explore", "--port", "0", "--no-browser"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        address = re.match(r"(http://\S+)", server.stdout.readline())[1]
        with urllib.request.urlopen(f"{address}api/line?preset=cutoff", timeout=60) as answer:
            assert answer.status == 200
        server.send_signal(signal.SIGINT)
        begun = time.monotonic()
        out, error = server.communicate(timeout=20)
        assert time.monotonic() - begun < 10
    assert server.returncode == 130
    assert "Traceback" not in out + error
    assert error.strip() == ""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_it_quietly_while_answers_are_under_way(times):
    """A terminal sends it to the processes that compute as well, and an impatient hand sends it twice."""
    words = [sys.executable, "-m", "paysim", "explore", "--port", "0", "--no-browser"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as server:
        address = re.match(r"(http://\S+)", server.stdout.readline())[1]
        with ThreadPoolExecutor(4) as askers:
            asked = [askers.submit(_status, f"{address}api/band?bypass_share={share}+%25") for share in (5, 10, 15, 20)]
            time.sleep(1.0)
            for _time in range(times):
                os.killpg(server.pid, signal.SIGINT)
                time.sleep(0.03)  # while it is still ending
            begun = time.monotonic()
            _out, error = server.communicate(timeout=30)
            assert time.monotonic() - begun < 10
            assert {one.result() for one in asked} == {503}
    assert server.returncode == 130
    assert error.strip() == ""


def _status(address):
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_before_it_serves_is_quiet_as_well():
    words = [sys.executable, "-m", "paysim", "explore", "--port", "0", "--no-browser"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as server:
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
        until = time.monotonic() + 20
        while len(children.read_text().split()) < 2:  # the tracker of resources, and what computes
            assert time.monotonic() < until
            time.sleep(0.005)
        os.killpg(server.pid, signal.SIGINT)
        _out, error = server.communicate(timeout=20)
    assert server.returncode == 130
    assert error.strip() == ""
