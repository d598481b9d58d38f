"""Answers that are no success: an HTTP status and the three fields code, what and hint, whatever went wrong.

::

    code             status   when
    not-known        401      no key, or one that is not known
    not-allowed      403      the key's role may not do this
    not-found        404      nothing has this address, name or id
    wrong-method     405      the address exists, and not for this verb
    conflict         409      what was asked for does not fit how things stand now
    too-large        413      a body, or its rows, columns or nesting, above the limit
    wrong-media      415      a type of body that is not read, or one that is packed
    wrong-host       421      a Host header that is not this server's
    too-many         429      more requests than the rate limit; Retry-After says when
    malformed        400      bytes that are no HTTP request
    header-too-large 431      headers above the limit
    busy             503      too much is being done already, or the store does not answer; try again
    too-slow         503      the request took longer than it may
    defect           500      a mistake of Standout's own; the log has its place under the request's id

Errors of `core.errors` keep their own codes. Those of rows and parameters answer 422, queue-full 429, elsewhere 409, closed and
those of the store 503.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from standout.core.errors import ClosedError, ElsewhereError, QueueFullError, StandoutError, StoreError

JSON = "application/json"


class Problem(StandoutError):
    """What stops a request before the service is asked."""

    status: ClassVar[int] = 400
    headers: Mapping[str, str] = {}


class Malformed(Problem):
    """Bytes that are no HTTP request."""

    code = "malformed"


class NotKnown(Problem):
    """No key, or one that is not known."""

    code, status = "not-known", 401
    headers = {"www-authenticate": 'Bearer realm="standout"'}

    @classmethod
    def anywhere(cls) -> NotKnown:
        """The same sentence for no key, a wrong one and a revoked one, so that nothing can be learned from it."""
        return cls("This needs an API key that is known here.", "Send it as Authorization: Bearer KEY, or as X-API-Key.")


class NotAllowed(Problem):
    """The key's role may not do this."""

    code, status = "not-allowed", 403


class NotFound(Problem):
    """Nothing has this address, name or id."""

    code, status = "not-found", 404


class WrongMethod(Problem):
    """The address exists, and not for this verb."""

    code, status = "wrong-method", 405


class Conflict(Problem):
    """What was asked for does not fit how things stand now."""

    code, status = "conflict", 409


class TooLarge(Problem):
    """A body, or what it holds, above a limit."""

    code, status = "too-large", 413


class WrongMedia(Problem):
    """A type of body that is not read here."""

    code, status = "wrong-media", 415


class WrongHost(Problem):
    """A Host header that is not this server's."""

    code, status = "wrong-host", 421


class HeaderTooLarge(Problem):
    """Headers above the limit."""

    code, status = "header-too-large", 431


class TooMany(Problem):
    """More requests than the rate limit."""

    code, status = "too-many", 429

    def __init__(self, what: str, hint: str = "", *, wait: float = 1.0) -> None:
        super().__init__(what, hint)
        self.headers = {"retry-after": str(max(1, round(wait)))}


class Busy(Problem):
    """Too much is being done already."""

    code, status = "busy", 503
    headers = {"retry-after": "1"}


class TooSlow(Problem):
    """The request took longer than it may."""

    code, status = "too-slow", 503


class Defect(Problem):
    """A mistake of Standout's own."""

    code, status = "defect", 500

    @classmethod
    def under(cls, request_id: str) -> Defect:
        """Tell where in the log to look, and nothing else."""
        return cls("Something went wrong here that should not.", f"The server's log tells more under the id {request_id}.")


STATUSES: dict[type[StandoutError], int] = {QueueFullError: 429, ElsewhereError: 409, ClosedError: 503, StoreError: 503}
"""Errors of the service that say when to come back, rather than that something was wrong with the request."""


def status_of(error: StandoutError) -> int:
    """The HTTP status of any error that is raised on purpose."""
    if isinstance(error, Problem):
        return error.status
    return next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 422)


def body_of(error: StandoutError) -> bytes:
    """The three fields as JSON; text that is no Unicode, such as half a surrogate pair, is written with a mark in its place."""
    fields: dict[str, Any] = {key: value.encode("utf-8", "replace").decode() for key, value in error.as_dict().items()}
    return json.dumps(fields, ensure_ascii=False).encode()


def headers_of(error: StandoutError) -> list[tuple[bytes, bytes]]:
    """Headers of the answer, as ASGI has them."""
    more = error.headers if isinstance(error, Problem) else {"retry-after": "1"} if status_of(error) in (429, 503) else {}
    return [(b"content-type", JSON.encode()), *((k.encode(), v.encode()) for k, v in more.items())]


CODES: tuple[type[Problem], ...] = (
    Malformed, NotKnown, NotAllowed, NotFound, WrongMethod, Conflict, TooLarge, WrongMedia, WrongHost, TooMany, HeaderTooLarge,
    Busy, TooSlow, Defect,
)  # fmt: skip
"""Every problem there is, for the documentation and its test."""
