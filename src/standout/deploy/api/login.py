"""Where people show a key to see the dashboard, and where they leave: one small page that runs no script."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from standout.deploy.api.asked import Receive, Scope, Send
from standout.deploy.api.gate import Gate
from standout.deploy.api.headers import FORM
from standout.deploy.api.problems import NotAllowed, NotFound, Problem
from standout.deploy.api.sessions import set_cookie
from standout.deploy.store.records import Role

LONGEST = 500
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in to Standout</title><style>
:root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }}
body {{ display: grid; place-items: center; min-height: 90vh; margin: 1rem; background: Canvas; color: CanvasText }}
form {{ display: grid; gap: .75rem; width: min(24rem, 100%) }} h1 {{ font-size: 1.3rem; margin: 0 }} p {{ margin: 0 }}
input, button {{ font: inherit; padding: .6rem .7rem; border: 1px solid GrayText; border-radius: .4rem }}
button {{ cursor: pointer; background: #0072b2; border-color: #0072b2; color: #fff }}
:focus-visible {{ outline: 3px solid #0072b2; outline-offset: 2px }}
</style></head><body><form method="post" action="/login"><h1>Sign in to Standout</h1>
<p id="told" role="alert">{told}</p>
<label for="key">API key with the role view or act</label>
<input id="key" name="key" type="password" autocomplete="current-password" aria-describedby="told" required autofocus>
<button>Sign in</button></form></body></html>"""


def page(told: str = "", status: int = 200) -> Response:
    """The page, with what went wrong where something did."""
    response = HTMLResponse(PAGE.format(told=escape(told)), status)
    for name, value in FORM:
        response.headers[name.decode()] = value.decode()
    return response


async def login(request: Request) -> Response:
    """Show the page, or take a key and begin a session."""
    gate: Gate = request.app.state.gate
    if gate.keys is None or gate.sessions is None:
        return RedirectResponse("/", 303)
    if request.method != "POST":
        return page()
    given = parse_qs(request.state.body[:LONGEST].decode("latin-1")).get("key", [""])[0].strip()
    try:
        who = gate.try_token(request.state.asked, given)
        if not who.may(Role.VIEW):
            raise NotAllowed("This key may send rows and nothing else.", "Use one with the role view or act.")
    except Problem as problem:
        return page(f"{problem.what} {problem.hint}", problem.status)
    response = RedirectResponse("/", 303)
    response.headers["set-cookie"] = set_cookie(gate.sessions.begin(who), secure=request.url.scheme == "https")
    return response


async def logout(request: Request) -> Response:
    """End the session. A link is enough: the cookie does not come along from other sites, so none of them can do this."""
    gate: Gate = request.app.state.gate
    if gate.sessions is None:
        raise NotFound("There are no sessions here: keys are off.")
    gate.sessions.end(request.state.asked.found.get(b"cookie", b""))
    response = RedirectResponse("/login", 303)
    response.headers["set-cookie"] = set_cookie("", secure=request.url.scheme == "https")
    return response


async def to_login(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Send a browser to where people log in."""
    await _send(send, 303, b"", (b"location", b"/login"))


async def again(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Let a browser that followed a link of another site, such as one in a message, ask once more.

    The cookie does not come along from there, and does when our own page asks.
    """
    await _send(send, 200, AGAIN, (b"content-type", b"text/html; charset=utf-8"))


AGAIN = b'<!doctype html><html lang="en"><meta http-equiv="refresh" content="0"><title>Standout</title></html>'


async def _send(send: Send, status: int, body: bytes, header: tuple[bytes, bytes]) -> None:
    headers = [header, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
