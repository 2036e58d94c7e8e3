"""The server of the page: what it answers to every address. It listens where it is told and asks nothing of anybody."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import Executor
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from paysim.explore import tasks
from paysim.explore.edits import EVERYBODY, NOBODY
from paysim.explore.guard import Guard
from paysim.explore.jobs import Jobs
from paysim.explore.pages import find_page, page_html
from paysim.explore.presets import Presets
from paysim.explore.remembered import recall, remember
from paysim.explore.state import State, StateError, document_of, key_of, read_query, read_values, scenario_of, yaml_of
from paysim.explore.story import Document
from paysim.explore.view import line_head, page_data, preset_data
from paysim.explore.workers import Busy, Cache, Failed, Pool, Superseded, Turn, background
from paysim.words import LANGUAGES, check_language, speaking

STATIC = Path(__file__).parent / "static"
UPLOT = Path(__file__).parents[1] / "show" / "static" / "uplot"
DRAWS, AT_ONCE = 60, 15
"""Draws of a band, and how many of them are computed before somebody else may go first."""
BESIDES = ("lang", "visitor")
"""Names in a query that are no levers."""
VISITOR = 40
AGAIN = "2"
"""Seconds after which one who was turned away may ask again."""

Handler = Callable[[Request], Awaitable[Response]]


class Explorer:
    """What the answers have in common: stories, processes, results, runs.

    pool : processes for lines and bands; the event engine has one of its own (``make``), which starts when asked for
    """

    def __init__(self, presets: Presets, pool: Pool, make: Callable[[], Executor] = background) -> None:
        self.presets = presets
        self.pool = pool
        self.jobs = Jobs(tasks.ask_events, tasks.ask_mean, make=make)
        self.cache = Cache()
        self.document = lru_cache(maxsize=512)(self._document)

    def _document(self, state: State) -> tuple[str, Document]:
        document = document_of(state, self.presets)
        return key_of(document), document

    def story(self, state: State) -> tuple[str, Document] | None:
        """What a changed state is made ready from: its story, with the levers that change the world itself."""
        if not state.changed:
            return None
        values = dict(state.values)
        kept = {"hub": values["hub"]} if "hub" in values else {}
        if self.presets.defaults[state.preset]["cut_share"] == NOBODY and "cut_share" in values:
            kept["cut_share"] = EVERYBODY
        return self.document(read_values({"preset": state.preset, **kept}, self.presets))

    async def line(self, state: State, visitor: str | None = None) -> tuple[str, tasks.Line]:
        """The line of a state, and its key."""
        key, document = self.document(state)
        found = self.cache.get(f"line {key}")
        if found is None and not state.changed:
            found = recall(state.preset, key)
        if found is None:
            found = await self.pool.ask(
                Turn.LINE, key, tasks.ask_line, key, document, self.story(state), visitor=visitor
            )
            if not state.changed:
                remember(state.preset, key, found)
        self.cache.put(f"line {key}", found, found.size)
        return key, found

    async def band(
        self, state: State, visitor: str | None = None, gone: Callable[[], Awaitable[bool]] | None = None
    ) -> tuple[str, bytes]:
        """The band of a state as JSON, and its key; computed in parts, between which lines go first.

        gone : says whether who asked has left; then no further part is computed, and Superseded is raised
        """
        key, document = self.document(state)
        found = self.cache.get(f"band {key}")
        if found is None:
            parts = []
            for first in range(0, DRAWS, AT_ONCE):
                if gone is not None and await gone():
                    raise Superseded
                draws, name = range(first, first + AT_ONCE), f"{key} {first}"
                given = (tasks.ask_draws, key, document, draws, self.story(state))
                parts.append(await self.pool.ask(Turn.BAND, name, *given, visitor=visitor))
            found = await self.pool.ask(Turn.BAND, key, tasks.ask_band, parts, visitor=visitor)
            self.cache.put(f"band {key}", found, len(found))
        return key, found

    def stop(self) -> None:
        """End what computes; whoever waits for it is told so."""
        self.pool.stop()
        self.jobs.stop()

    async def warm(self) -> None:
        """Draw the first line before anybody asks, make the other processes ready, then draw every story's own line."""
        first = State(self.presets.first)
        key, document = self.document(first)
        await self.pool.open()
        with suppress(Busy, Failed, tasks.Refused):
            await self.line(first)
        while self.pool.closed:
            with suppress(Failed, tasks.Refused):
                await self.pool.open(tasks.make_ready, [(key, document)])
        for name in self.presets:
            key, document = self.document(State(name))
            if self.cache.get(f"line {key}") is None and recall(name, key) is None:
                with suppress(Busy, Failed, tasks.Refused):
                    found = await self.pool.ask(Turn.AHEAD, key, tasks.ask_line, key, document)
                    self.cache.put(f"line {key}", found, found.size)
                    remember(name, key, found)


def application(explorer: Explorer, hosts: Sequence[str] = (), ready: Callable[[], None] | None = None) -> Guard:
    """The web application.

    hosts : names it is reached under, beside localhost and numbers;  ready : called when it answers
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        warming = asyncio.ensure_future(explorer.warm())
        if ready is not None:
            ready()
        yield
        warming.cancel()
        explorer.stop()

    answers = Answers(explorer)
    routes = [
        Route("/", answers.index),
        Mount("/static/uplot", StaticFiles(directory=UPLOT)),
        Mount("/static", StaticFiles(directory=STATIC)),
        Route("/why/{name}", answers.why),
        Route("/api/page", answers.page),
        Route("/api/preset/{name}", answers.preset),
        Route("/api/line", answers.line),
        Route("/api/band", answers.band),
        Route("/api/yaml", answers.yaml),
        Route("/api/events", answers.begin, methods=["POST"]),
        Route("/api/events/{job}", answers.job),
    ]
    middleware = [Middleware(GZipMiddleware, minimum_size=1000, compresslevel=3)]
    handlers: Any = {
        StateError: _wrong,
        tasks.Refused: _wrong,
        Busy: _busy,
        Superseded: _superseded,
        Failed: _failed,
        HTTPException: _http,
        Exception: _broken,
    }
    app = Starlette(routes=routes, middleware=middleware, exception_handlers=handlers, lifespan=lifespan)
    return Guard(app, hosts)


class Answers:
    """One method an address."""

    def __init__(self, explorer: Explorer) -> None:
        """Answer for an explorer."""
        self._explorer = explorer
        self._presets = explorer.presets

    async def index(self, request: Request) -> Response:
        """The page."""
        return FileResponse(STATIC / "index.html", headers={"cache-control": "no-cache"})

    async def why(self, request: Request) -> Response:
        """The page of a lever or of a kind of event."""
        file = find_page(request.path_params["name"])
        if file is None:
            raise HTTPException(404, "there is no such page")
        return HTMLResponse(page_html(file))

    async def page(self, request: Request) -> Response:
        """What the page shows whatever the state: stories, levers, charts, words."""
        with speaking(_language(request)):
            return JSONResponse(page_data(self._presets))

    async def preset(self, request: Request) -> Response:
        """A story, and the levers as it has them."""
        name = request.path_params["name"]
        state = read_values({"preset": name}, self._presets)
        with speaking(_language(request)):
            return JSONResponse(preset_data(self._presets, state.preset))

    async def line(self, request: Request) -> Response:
        """The line of a state."""
        state = self._state(request)
        language = _language(request)
        key, found = await self._explorer.line(state, _visitor(request))
        _key, document = self._explorer.document(state)
        with speaking(language):
            head = json.dumps(line_head(self._presets, key, found, document), ensure_ascii=False)
        return _json(head[:-1].encode() + b', "series": ' + found.series + b"}")

    async def band(self, request: Request) -> Response:
        """The band of a state."""
        key, found = await self._explorer.band(self._state(request), _visitor(request), request.is_disconnected)
        return _json(b'{"key": "' + key.encode() + b'", "series": ' + found + b"}")

    async def yaml(self, request: Request) -> Response:
        """The scenario of a state as a file, which `paysim run` takes: Refused where the rules refuse it."""
        state = self._state(request)
        _key, document = self._explorer.document(state)
        try:
            scenario_of(document)
        except ValidationError as error:
            raise tasks.refusal(error) from None
        named = {"content-disposition": f'attachment; filename="{document["name"]}.yaml"'}
        return PlainTextResponse(yaml_of(state, document), media_type="application/yaml", headers=named)

    async def begin(self, request: Request) -> Response:
        """Queue a run of the event engine."""
        try:
            body = json.loads(await request.body())
        except (ValueError, RecursionError, ClientDisconnect):  # the last also where there is more than was said
            raise StateError("expected a state as JSON") from None
        if not isinstance(body, dict):
            raise StateError('expected a state as JSON, such as {"preset": "cutoff"}')
        state = read_values(body, self._presets)
        key, document = self._explorer.document(state)
        return JSONResponse({"job": self._explorer.jobs.begin(key, document).id}, status_code=202)

    async def job(self, request: Request) -> Response:
        """How far a run is, or what it found."""
        found = self._explorer.jobs.find(request.path_params["job"])
        if found is None:
            raise HTTPException(404, "there is no such run, or it was forgotten")
        return JSONResponse(self._explorer.jobs.report(found), headers={"cache-control": "no-store"})

    def _state(self, request: Request) -> State:
        return read_query(request.url.query, self._presets, BESIDES)


def _language(request: Request) -> str:
    wanted = request.query_params.get("lang", LANGUAGES[0])
    try:
        check_language(wanted)
    except ValueError:
        raise StateError(f"expected a language, one of {', '.join(LANGUAGES)}") from None
    return wanted


def _visitor(request: Request) -> str | None:
    """Who asks, if the page says so: a word of its own making."""
    given = request.headers.get("x-visitor", "")
    return given if given.isascii() and given.isalnum() and len(given) <= VISITOR else None


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


async def _wrong(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)


async def _busy(request: Request, error: Exception) -> Response:
    reason = "the server is busy: too many wait already"
    return JSONResponse({"error": reason}, status_code=503, headers={"retry-after": AGAIN})


async def _superseded(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "something else was asked for since"}, status_code=409)


async def _failed(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=503, headers={"retry-after": AGAIN})


async def _broken(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "the server has failed; its terminal says how"}, status_code=500)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, status_code=error.status_code, headers=error.headers)
