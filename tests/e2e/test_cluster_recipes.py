"""The files for clusters, tried as separate processes on this machine: what they start is started here, with TLS."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

ROOT = Path(__file__).parents[2]
CLUSTER = ROOT / "docs" / "cluster"
SHIPPED = ROOT / "scenarios"
TIME = 240

STUDY = """
format: 1
title: A small study
question: none
base: ../cutoff.yaml
until: 2024-09
factors:
  neighbours: {scenarios: [../cutoff.yaml, ../cutoff_hub_open.yaml, ../cutoff_fear.yaml]}
  ratio: {path: behaviour.network_effect, values: [0.2, 0.5]}
design: {kind: grid}
outcomes:
  share: {series: true_share, key: CNY, at: end}
"""
SRUN = """#!/bin/bash
# What Slurm does: so many processes of the command, wherever it likes.
for task in $(seq "${1#--ntasks=}"); do "${@:2}" & pids="$pids $!"; done
trap 'kill $pids' TERM
wait
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the scenarios and a small study, and certificates made as the page says."""
    shutil.copytree(SHIPPED, tmp_path / "scenarios")
    (tmp_path / "scenarios" / "sweeps" / "small.yaml").write_text(STUDY)
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificates")
    subprocess.run(["sh", CLUSTER / "certificates.sh", tmp_path / "tls"], check=True, capture_output=True)
    return tmp_path


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", **more}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def outcomes(out: Path) -> Any:
    return pq.read_table(out / "small" / "outcomes.parquet")


def serial(place: Path) -> Any:
    """The same study in one process."""
    words = ["paysim", "sweep", "run", "scenarios/sweeps/small.yaml", "--workers", "1", "--out", "alone"]
    subprocess.run(words, cwd=place, env=environment(), check=True, capture_output=True, timeout=TIME)
    return outcomes(place / "alone")


@contextmanager
def process(words: list[str], place: Path, env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A process with all that it starts, ended at the end."""
    with (place / f"{words[1]}.log").open("a") as log:
        one = subprocess.Popen(words, cwd=place, env=env, stdout=log, stderr=log, text=True, start_new_session=True)
        try:
            yield one
        finally:
            if one.poll() is None:
                os.killpg(one.pid, signal.SIGTERM)
            one.wait(20)


@pytest.mark.slow
def test_the_job_for_slurm_gives_what_one_process_gives(place: Path) -> None:
    shim = place / "bin"
    shim.mkdir()
    (shim / "srun").write_text(SRUN)
    (shim / "srun").chmod(0o755)
    own = environment(SLURM_NTASKS="3", HERE="127.0.0.1", PORT=str(free_port()), CERTIFICATES=str(place / "tls"))
    own |= {"STUDY": "scenarios/sweeps/small.yaml", "OUT": "cluster", "PATH": f"{shim}{os.pathsep}{own['PATH']}"}
    done = subprocess.run(
        ["bash", CLUSTER / "slurm.sbatch"], cwd=place, env=own, text=True, capture_output=True, timeout=TIME
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 finished" in done.stdout
    assert done.stderr.count("Registered to:") == 2, "two workers"
    assert outcomes(place / "cluster").equals(serial(place))


def manifests() -> dict[tuple[str, str], dict[str, Any]]:
    text = (CLUSTER / "kubernetes.yaml").read_text(encoding="utf-8")
    return {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(text)}


def container(kind: str, name: str) -> dict[str, Any]:
    (found,) = manifests()[kind, name]["spec"]["template"]["spec"]["containers"]
    assert isinstance(found, dict)
    return found


PODS = (("Deployment", "paysim-scheduler"), ("Deployment", "paysim-worker"), ("Job", "paysim-sweep"))


@pytest.mark.slow
def test_the_containers_for_kubernetes_give_what_one_process_gives(place: Path) -> None:
    port = str(free_port())
    settings = manifests()["ConfigMap", "paysim-dask"]["data"]
    own = environment(**{name: value.replace("/tls", str(place / "tls")) for name, value in settings.items()})

    def words(kind: str, name: str) -> list[str]:
        command = [word.replace("paysim-scheduler", "127.0.0.1") for word in container(kind, name)["command"]]
        other = {"8786": port, "tls://127.0.0.1:8786": f"tls://127.0.0.1:{port}", "/results": "cluster"}
        other |= {"scenarios/sweeps/cutoff_sweep.yaml": "scenarios/sweeps/small.yaml"}
        return [other.get(word, word) for word in command]

    with ExitStack() as running:
        running.enter_context(process([*words(*PODS[0]), "--host", "127.0.0.1"], place, own))
        for _ in range(2):
            running.enter_context(process(words(*PODS[1]), place, own))
        done = subprocess.run(words(*PODS[2]), cwd=place, env=own, text=True, capture_output=True, timeout=TIME)
    assert done.returncode == 0, done.stdout + done.stderr
    assert outcomes(place / "cluster").equals(serial(place))


@pytest.mark.slow
def test_nobody_without_the_certificate_gets_in(place: Path) -> None:
    port = str(free_port())
    settings = manifests()["ConfigMap", "paysim-dask"]["data"]
    own = environment(**{name: value.replace("/tls", str(place / "tls")) for name, value in settings.items()})
    subprocess.run(["sh", CLUSTER / "certificates.sh", place / "strange"], check=True, capture_output=True)
    strange = {name: value.replace(str(place / "tls"), str(place / "strange")) for name, value in own.items()}
    asked = (
        "import sys; from distributed import Client\n"
        f"Client('tls://127.0.0.1:{port}', timeout=sys.argv[1]).run_on_scheduler(lambda: print('in'))"
    )
    with process(["dask", "scheduler", "--protocol", "tls", "--host", "127.0.0.1", "--port", port, "--no-dashboard"],
                 place, own):  # fmt: skip
        for env, code in ((own, 0), (strange, 1)):
            words = [sys.executable, "-c", asked, "20" if env is own else "5"]
            done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=60)
            assert done.returncode == code, done.stderr


def test_the_parts_for_kubernetes_fit_together() -> None:
    found = manifests()
    service = found["Service", "paysim-scheduler"]["spec"]
    scheduler = found["Deployment", "paysim-scheduler"]["spec"]["template"]["metadata"]["labels"]
    assert service["selector"].items() <= scheduler.items()
    (port,) = service["ports"]
    assert container(*PODS[0])["ports"] == [{"containerPort": port["targetPort"]}]
    claimed = {name for kind, name in found if kind == "PersistentVolumeClaim"}
    for kind, name in PODS:
        template = found[kind, name]["spec"]["template"]
        if kind == "Deployment":
            assert found[kind, name]["spec"]["selector"]["matchLabels"] == template["metadata"]["labels"]
        assert template["metadata"]["labels"]["app"] == "paysim", "else the policy for the network shuts it out"
        volumes = {one["name"]: one for one in template["spec"]["volumes"]}
        assert {one["name"] for one in container(kind, name)["volumeMounts"]} == set(volumes)
        assert {one["persistentVolumeClaim"]["claimName"] for one in volumes.values() if len(one) > 1
                and "persistentVolumeClaim" in one} <= claimed  # fmt: skip
        assert container(kind, name)["envFrom"] == [{"configMapRef": {"name": "paysim-dask"}}]
    assert f"tls://paysim-scheduler:{port['port']}" in container(*PODS[1])["command"]
    assert f"tls://paysim-scheduler:{port['port']}" in container(*PODS[2])["command"]
