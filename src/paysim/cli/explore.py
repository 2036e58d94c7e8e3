"""``paysim explore``: a page with levers, the lines they move, and a server for it."""

from __future__ import annotations

import os
import socket
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from paysim.cli.run import stoppable
from paysim.errors import InputError

if TYPE_CHECKING:
    from paysim.explore.presets import Presets
    from paysim.explore.workers import Pool

HOST, PORT = "127.0.0.1", 8765
_OPEN = (
    "Warning: {host} is not this machine alone. Whoever reaches the port can move the levers and make this machine "
    "compute; there is no password and no encryption."
)


@click.command("explore", short_help="Open a page with levers that redraws while you drag.")
@click.argument("scenario", default="cutoff")
@click.option("--host", default=HOST, show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="Port (0: any that is free)."
)
@click.option("--no-browser", is_flag=True, help="Do not open the page in a browser.")
@click.option("--export", "out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write one HTML file with stored runs instead, which needs no server.")  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Of --export: replace the file.")
@click.option("--workers", type=click.IntRange(min=1), help="Of --export: worker processes (default: one a core).")
def command(
    scenario: str, host: str, port: int, no_browser: bool, out: Path | None, overwrite: bool, workers: int | None
) -> None:
    """Open a page with the levers of SCENARIO: a shipped name such as cutoff, or a file of your own.

    The page redraws the mean field while you drag, and saves what it shows as a scenario file. The server is for this
    machine alone unless --host says otherwise; Ctrl-C ends it. With --export it writes a page that works from a disk,
    interpolated between stored runs, and says on it how far off it is.
    """
    if out is not None:
        _export(scenario, out, overwrite, workers)
        return
    _check_extra()
    from paysim.explore.workers import Pool

    with stoppable(quiet=True, left=""):
        pool = Pool(os.cpu_count() or 1)
        try:
            pool.start()  # it loads what computes while this process loads what serves
            _serve(pool, scenario, host, port, not no_browser)
        finally:
            pool.stop()


def _export(scenario: str, out: Path, overwrite: bool, workers: int | None) -> None:
    """Write the page that needs no server."""
    from paysim.explore.export import export_page
    from paysim.study.progress import progress_for

    with stoppable(quiet=False, left="Nothing was written."):
        export_page(_presets(scenario), out, overwrite, workers, progress_for(sys.stderr))
    click.echo(out.as_posix())


def _check_extra() -> None:
    """InputError where a library of the extra ``web`` is not installed."""
    for name in ("starlette", "uvicorn", "markdown_it"):
        if find_spec(name) is None:
            raise InputError(
                f"the page needs {name}, which is not installed. It comes with the extra 'web': "
                "pip install 'paysim[web]'"
            )


def _serve(pool: Pool, scenario: str, host: str, port: int, browser: bool) -> None:
    """Read the stories, listen, say where, and serve until Ctrl-C."""
    presets = _presets(scenario)
    with _listening(host, port) as listener:
        from paysim.explore.serving import serve

        address = _address(host, listener)
        click.echo(f"{address} (Ctrl-C ends it)")
        if not _loopback(listener):
            click.echo(_OPEN.format(host=host), err=True)
        sys.stdout.flush()
        serve(presets, pool, listener, host, address if browser else None)


def _presets(scenario: str) -> Presets:
    """The stories, the one asked for first: a file where there is one of that name, else a shipped one."""
    from paysim.explore.presets import Presets, read_preset

    path = Path(scenario)
    is_file = path.suffix in (".yaml", ".yml") or path.is_file()
    return Presets(read_preset(path) if is_file else scenario)


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens; InputError where the address or the port cannot be had."""
    try:
        family, _kind, _protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise InputError(f"--host {host}: {error.strerror or error}") from None
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise InputError(
            f"--port {port}: cannot listen on {host}: {error.strerror or error}; choose another port, or 0 for any"
        ) from None
    return listener


def _address(host: str, listener: socket.socket) -> str:
    """Where a browser on this machine finds the page."""
    name, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": HOST, "::": "[::1]"}.get(name, host)
    return f"http://{f'[{shown}]' if ':' in shown and not shown.startswith('[') else shown}:{port}/"


def _loopback(listener: socket.socket) -> bool:
    import ipaddress

    return ipaddress.ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback
