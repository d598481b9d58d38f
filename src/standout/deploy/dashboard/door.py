"""How the pages reach the service of their process: whoever serves leaves it at the door, and every session picks it up there.

Streamlit runs the script of the pages anew for each session and each act; modules stay, so the service stands here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from standout.deploy.store.records import Role

if TYPE_CHECKING:
    from streamlit import App

    from standout.deploy.dashboard.face import Service

SCRIPT = Path(__file__).with_name("app.py")


class Visitor(Protocol):
    """Who looks at the pages: the name that acts are signed with, and what its key may do."""

    @property
    def name(self) -> str:
        """Whose key it is."""

    @property
    def role(self) -> Role:
        """What it may do."""


@dataclass(frozen=True)
class Door:
    """What the pages are given.

    service: the running service, of this process.
    who: finds whose session a Cookie header belongs to, None once it ended or its key was revoked; asked anew for every act.
    Without it keys are off: whoever reaches the port, on loopback only, may act.
    """

    service: Service
    who: Callable[[bytes], Visitor | None] | None = None


_door: Door | None = None


def put(door: Door | None) -> None:
    """Leave a service at the door, or take it away."""
    global _door
    _door = door


def current() -> Door | None:
    """What was left at the door; None before a service was opened and after it was closed."""
    return _door


def application(door: Door, **how: Any) -> App:
    """The dashboard as an ASGI application, with a service at its door; one a process.

    how: as for `streamlit.App`: routes, middleware, lifespan, exception_handlers.
    """
    import streamlit
    from streamlit import config

    from standout.deploy.dashboard.look import options

    for name, value in options().items():
        config.set_option(name, value)
    put(door)
    return streamlit.App(SCRIPT, **how)
