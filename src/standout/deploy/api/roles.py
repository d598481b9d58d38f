"""Which role a route needs: said beside each route, and checked before anything else of it happens."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from standout.deploy.api.keys import Who
from standout.deploy.api.problems import NotAllowed, NotKnown
from standout.deploy.store.records import Role

PUBLIC = frozenset({"/healthz", "/readyz", "/login", "/logout", "/api/v1/openapi.json"})
"""What needs no key: whether the server lives, the way in and out, and what the API looks like."""


class Needs:
    """A dependency: the caller's key has a role, or one that includes it."""

    def __init__(self, role: Role) -> None:
        self.role = role

    async def __call__(self, request: Request) -> None:  # async, or FastAPI would hand it to a thread
        """NotKnown without a key, NotAllowed with one of a lesser role."""
        check(request.state.who, self.role)


def check(who: Who | None, role: Role) -> None:
    """NotKnown where nobody is known, NotAllowed where their role is too little."""
    if who is None:
        raise NotKnown.anywhere()
    if not who.may(role):
        raise NotAllowed(f"This needs a key with the role {role.value}; yours has {who.role.value}.", "Use another key.")


INGEST: list[Any] = [Depends(Needs(Role.INGEST))]
VIEW: list[Any] = [Depends(Needs(Role.VIEW))]
ACT: list[Any] = [Depends(Needs(Role.ACT))]


def role_of(route: BaseRoute) -> Role | None:
    """The role that a route needs; None for a public one. LookupError for one that says neither, which no server starts with."""
    path = getattr(route, "path", "")
    if path in PUBLIC:
        return None
    for dependency in getattr(route, "dependencies", ()) if isinstance(route, APIRoute) else ():
        if isinstance(dependency.dependency, Needs):
            return dependency.dependency.role
    raise LookupError(f"The route {path} says no role.")
