"""The application: every route of `routes/`, errors in three fields, and the front before all of it."""

from __future__ import annotations

import importlib
import pkgutil

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from standout.core.errors import ParameterError, ParameterTypeError, StandoutError
from standout.deploy.api import routes
from standout.deploy.api.context import Context
from standout.deploy.api.describing import DESCRIPTION, described
from standout.deploy.api.front import Front
from standout.deploy.api.gate import Gate
from standout.deploy.api.hosts import Hosts
from standout.deploy.api.keys import Keys
from standout.deploy.api.limits import Limits
from standout.deploy.api.login import login, logout
from standout.deploy.api.logs import Logs
from standout.deploy.api.metrics import Metrics
from standout.deploy.api.pages import Pages
from standout.deploy.api.problems import Defect, NotFound, WrongMethod, body_of, headers_of, status_of
from standout.deploy.api.quick import Quick
from standout.deploy.api.roles import role_of
from standout.deploy.api.sessions import Sessions
from standout.deploy.live.service import Service


def build(
    service: Service,
    *,
    gate: Gate,
    logs: Logs | None = None,
    pages: Pages | None = None,
) -> Front:
    """The application that a web server calls, for a service that is open; whoever opened it closes it."""
    metrics = Metrics(service)
    app = FastAPI(
        title="Standout",
        version="1",
        description=DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        lifespan=pages.lifespan if pages else None,
    )
    app.state.context = context = Context(service, gate.limits, metrics, gate.keys)
    app.state.gate = gate
    quick: list[Quick] = []
    for module in sorted(pkgutil.iter_modules(routes.__path__), key=lambda m: m.name):
        noun = importlib.import_module(f"{routes.__name__}.{module.name}")
        quick += getattr(noun, "quick", ())
        app.router.routes.extend(noun.router.routes)
    app.add_route("/login", login, ["GET", "POST"], include_in_schema=False)
    app.add_route("/logout", logout, ["GET", "POST"], include_in_schema=False)
    for route in app.routes:
        role_of(route)  # a route without a role is a mistake, found before anybody can use it
    app.add_exception_handler(StandoutError, _told)
    app.add_exception_handler(RequestValidationError, _told_invalid)
    app.add_exception_handler(HTTPException, _told_http)
    app.add_exception_handler(Exception, _told_defect)
    described(app)
    return Front(app, pages, gate, logs or Logs(), context, tuple(quick))


def gate_for(host: str, *, keys: Keys | None, limits: Limits, hosts: tuple[str, ...] = (), origins: tuple[str, ...] = ()) -> Gate:
    """A gate for a server that listens on `host`."""
    sessions = None if keys is None else Sessions(keys)
    return Gate(Hosts(host, hosts), limits, keys, sessions, frozenset(o.encode() for o in origins))


def answer(error: StandoutError) -> Response:
    """An error as a response."""
    response = Response(body_of(error), status_of(error))
    for name, value in headers_of(error):
        response.headers[name.decode()] = value.decode()
    return response


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, StandoutError)  # the handler is registered for it
    request.app.state.context.metrics.problem(error)
    return answer(error)


async def _told_invalid(_: Request, error: Exception) -> Response:
    """What pydantic found wrong, without the value: that could be anything, of any size."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(p)[:80] for p in first["loc"][1:]) or "the body"
    more = len(error.errors()) - 1
    others = f" There are {more} more." if more else ""
    kind = ParameterTypeError if first["type"].endswith(("_type", "_parsing")) else ParameterError
    return answer(kind(f"{place}: {first['msg'][:200]}.{others}", "See /api/v1/openapi.json for what is expected."))


async def _told_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return answer(NotFound("Nothing has this address.", "The description is at /api/v1/openapi.json."))
    if error.status_code == 405:
        response = answer(WrongMethod(f"This address does not take {request.method[:10]}.", "See the Allow header."))
        response.headers.update(error.headers or {})
        return response
    if error.status_code == 400:
        return answer(ParameterError("The body is not JSON.", "Send JSON with Content-Type: application/json."))
    return answer(Defect.under(request.state.asked.id))


async def _told_defect(request: Request, _: Exception) -> Response:
    return answer(Defect.under(request.state.asked.id))
