"""The rating app: a personal link opens a rater's tasks; each answer is in the file before the next page comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from rung.errors import MissingExtra, RungError
from rung.evaluation.people import LETTERS, Rater, RatingStore
from rung.server.rating.pages import HEADERS, KEYS, STATIC, markdown, render, static

try:
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.convertors import Convertor, register_url_convertor
    from starlette.exceptions import HTTPException
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, RedirectResponse, Response
    from starlette.routing import Route
    from starlette.types import ASGIApp, Message, Receive, Scope, Send
except ImportError as error:
    raise MissingExtra("starlette", extra="people") from error

MAX_BODY: Final = 64 * 1024
"""Longest form [bytes]."""

MAX_COMMENT: Final = 2_000
"""Longest comment [characters]."""

MAX_PLACE: Final = 1_000_000_000

REFUSED: Final = {
    403: ("This link is not valid", "Check that you have copied the whole link, or ask for a new one."),
    404: ("There is no such page", "Open your personal link again."),
    405: ("That cannot be done here", "Open your personal link again."),
    410: ("You have finished", "Your ratings are kept. To change one, ask whoever sent the link to open it again."),
    413: ("That is too long", f"A comment may have {MAX_COMMENT:,} characters. Go back and shorten it."),
    500: ("Something broke", "Nothing that was saved is lost. Open your personal link again."),
    503: ("It could not be saved", "Nothing that was saved is lost. Try again in a minute, or tell who sent the link."),
}


def rating_app(store: RatingStore) -> ASGIApp:
    """The pages of a study.

    Args:
        store: the study's file; the pages keep nothing elsewhere.
    """
    pages = _Pages(store)
    app = Starlette(
        routes=[
            Route("/", _no_link),
            Route("/thanks", _thanks),
            Route("/static/{name}", _static),
            Route("/r/{token}", pages.start),
            Route("/r/{token}/", pages.start),
            Route("/r/{token}/done", pages.done),
            Route("/r/{token}/finish", pages.finish, methods=["POST"]),
            Route("/r/{token}/{place:place}", pages.task, methods=["GET"]),
            Route("/r/{token}/{place:place}", pages.save, methods=["POST"]),
        ],
        exception_handlers={HTTPException: _refused, RungError: _unsaved, Exception: _broken},
    )
    return _WithHeaders(app)


class _Place(Convertor[int]):
    """Places of tasks; a longer number is no address of ours."""

    regex = "[0-9]{1,10}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("place", _Place())


class _Pages:
    def __init__(self, store: RatingStore) -> None:
        self._store = store
        self._instructions = markdown(store.info.plan.instructions)
        self._totals = {count.rater: count.assigned for count in store.counts()}

    def start(self, request: Request) -> Response:
        """Instructions, progress, and the way in."""
        rater = self._rater(request)
        left = self._store.open_places(rater.id)
        return self._page(
            "start", request, rater, left, instructions=self._instructions, next=left[0] if left else None
        )

    def task(self, request: Request) -> Response:
        """A task with the answer that stands, if any."""
        return self._task(request, self._rater(request), _place(request))

    async def save(self, request: Request) -> Response:
        """Keep an answer, then go to the next task that has none."""
        form = await _form(request)
        return await run_in_threadpool(self._save, request, form)

    def done(self, request: Request) -> Response:
        """All is rated, or what is not yet."""
        rater = self._rater(request)
        left = self._store.open_places(rater.id)
        return self._page("done", request, rater, left)

    async def finish(self, request: Request) -> Response:
        """End this rater's part."""
        await _form(request)
        return await run_in_threadpool(self._finish, request)

    def _save(self, request: Request, form: Mapping[str, str]) -> Response:
        rater, place = self._rater(request), _place(request)
        shown = self._store.shown(rater.id, place)
        if shown is None:
            raise HTTPException(404)
        comment = form.get("comment", "").replace("\r\n", "\n").strip()
        answer = {name: value for name, value in form.items() if name != "comment"}
        if len(comment) > MAX_COMMENT:
            raise HTTPException(413)
        problem = self._store.kind.refuse(answer, len(shown.texts))
        if problem is not None:
            return self._task(request, rater, place, problem=problem, given=answer, comment=comment)
        if self._store.rate(rater.id, place, answer, comment) == "finished":
            raise HTTPException(410)
        left = self._store.open_places(rater.id)
        following = next((other for other in left if other > place), left[0] if left else "done")
        return RedirectResponse(f"{_home(request)}/{following}", status_code=303)

    def _finish(self, request: Request) -> Response:
        rater = self._rater(request)
        done = self._store.finish(rater.id)
        return RedirectResponse("/thanks" if done else f"{_home(request)}/done", status_code=303)

    def _task(
        self,
        request: Request,
        rater: Rater,
        place: int,
        *,
        problem: str | None = None,
        given: Mapping[str, str] | None = None,
        comment: str | None = None,
    ) -> Response:
        shown = self._store.shown(rater.id, place)
        if shown is None:
            raise HTTPException(404)
        kind, count = self._store.kind, len(shown.texts)
        keys = KEYS.get(kind.name, {})
        options = [(value, label, keys.get(value, value)) for value, label in kind.options(count).items()]
        response = self._page(
            "task",
            request,
            rater,
            self._store.open_places(rater.id),
            status=200 if problem is None else 400,
            task=shown,
            scope=kind.scope,
            fields=kind.fields(count),
            options=options,
            letters=LETTERS[:count],
            answer=shown.answer if given is None else given,
            comment=shown.comment if comment is None else comment,
            problem=problem,
            max_comment=MAX_COMMENT,
        )
        if problem is not None:
            response.headers["hx-push-url"] = "false"
        return response

    def _rater(self, request: Request) -> Rater:
        """Who asks; refused without a token of this study, or with one that is finished."""
        rater = self._store.rater_of(request.path_params["token"])
        if rater is None:
            raise HTTPException(403)
        if rater.finished:
            raise HTTPException(410)
        return rater

    def _page(
        self, name: str, request: Request, rater: Rater, left: list[int], *, status: int = 200, **values: object
    ) -> Response:
        total = self._totals[rater.id]
        progress = {"total": total, "rated": total - len(left), "left": left}
        html = render(name, home=_home(request), progress=progress, question=self._store.info.plan.question, **values)
        return HTMLResponse(html, status_code=status)


def _home(request: Request) -> str:
    return f"/r/{request.path_params['token']}"


def _place(request: Request) -> int:
    """From the address; what no file could hold is none."""
    place = int(request.path_params["place"])
    if place > MAX_PLACE:
        raise HTTPException(404)
    return place


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form that came from our own page; a field that comes twice is no form of ours."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise HTTPException(413)
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError as error:
        raise HTTPException(400) from error
    if len({name for name, _ in pairs}) < len(pairs):
        raise HTTPException(400)
    return dict(pairs)


def _no_link(request: Request) -> Response:
    raise HTTPException(403)


def _thanks(request: Request) -> Response:
    return HTMLResponse(render("thanks"))


def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in STATIC:
        raise HTTPException(404)
    return Response(static(name), media_type=STATIC[name], headers={"cache-control": "max-age=3600"})


def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    what, mend = REFUSED.get(status, ("That was no form of ours", "Go back and try again."))
    return HTMLResponse(render("refused", what=what, mend=mend), status_code=status)


def _unsaved(request: Request, error: Exception) -> Response:
    return _refused(request, HTTPException(503))


def _broken(request: Request, error: Exception) -> Response:
    return _refused(request, HTTPException(500))


class _WithHeaders:
    """Adds what every page carries; a header that is there already stays."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message["headers"]}
                new = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in there]
                message = {**message, "headers": [*message["headers"], *new]}
            await send(message)

        await self._app(scope, receive, with_headers)
