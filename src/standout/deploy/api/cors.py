"""Pages of other sites that may use the API from a browser: none, unless the server was started with their origins."""

from __future__ import annotations

from standout.deploy.api.asked import Asked

Headers = list[tuple[bytes, bytes]]
ALLOWED: Headers = [
    (b"access-control-allow-methods", b"GET, POST, PUT"),
    (b"access-control-allow-headers", b"authorization, x-api-key, content-type, accept, x-request-id"),
    (b"access-control-max-age", b"600"),
    (b"content-length", b"0"),
]


def shared(asked: Asked, origins: frozenset[bytes]) -> Headers:
    """Headers that let a page read an answer, where its site is one of `origins`. Cookies are never let along: a key is sent."""
    origin = asked.found.get(b"origin")
    if origin is None or origin not in origins:
        return []
    return [(b"access-control-allow-origin", origin), (b"vary", b"Origin"), (b"cross-origin-resource-policy", b"cross-origin")]


def is_preflight(asked: Asked, origins: frozenset[bytes]) -> bool:
    """Whether a browser asks what such a page may send."""
    return asked.method == "OPTIONS" and asked.found.get(b"origin") in origins
