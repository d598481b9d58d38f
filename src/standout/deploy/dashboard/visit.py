"""One visit: who it is, what they may do, and what is told to them after an act."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import streamlit as st

from standout.core.errors import StandoutError
from standout.deploy.dashboard.door import Door, Visitor, current
from standout.deploy.dashboard.reading import Reading
from standout.deploy.store.records import Role
from standout.evaluate.report.words import text

if TYPE_CHECKING:
    from standout.deploy.dashboard.face import Service

LOG = logging.getLogger(__name__)
SAID = "said"


@dataclass(frozen=True)
class Local:
    """Who visits where keys are off: somebody on this machine."""

    name: str = "local"
    role: Role = Role.ACT


@dataclass(frozen=True)
class Said:
    """What an act did, told once on the next run. undo: what takes it back."""

    sentence: str
    good: bool = True
    hint: str = ""
    undo: Callable[[], None] | None = None


@dataclass(frozen=True)
class Visit:
    """What every page needs: the service, what it reads by, who looks, and the time."""

    door: Door
    visitor: Visitor
    now: datetime

    @property
    def service(self) -> Service:
        """The running service."""
        return self.door.service

    @property
    def read(self) -> Reading:
        """What pages read by."""
        return Reading(self.door.service.store)

    @property
    def keyed(self) -> bool:
        """Whether keys are on."""
        return self.door.who is not None

    @property
    def may_act(self) -> bool:
        """Whether this visitor may change anything."""
        return self.visitor.role is Role.ACT


def arrive() -> Visit | None:
    """The visit of this run; None where there is no service, or nobody is signed in."""
    door = current()
    if door is None:
        return None
    visitor = Local() if door.who is None else door.who(_cookie())
    if visitor is None or visitor.role is Role.INGEST:
        return None
    return Visit(door, visitor, datetime.now(UTC))


def _cookie() -> bytes:
    return (st.context.headers.get("Cookie") or "").encode("latin-1", "replace")


def act(do: Callable[[Visit], Said | None]) -> None:
    """Do something in the visitor's name, from a button's callback: what it did, or why not, is told on the next run.

    Who it is and what they may do is asked again here: a page that was open for an hour proves nothing.
    """
    visit = arrive()
    if visit is None or not visit.may_act:
        tell(Said("Your key may look, and not act.", good=False, hint="Sign in with a key of the role act."))
        return
    try:
        said = do(visit)
    except StandoutError as error:
        said = Said(error.what, good=False, hint=error.hint)
    except Exception:
        LOG.exception("an act of the dashboard failed")
        said = Said("That did not work, through a mistake of Standout's own.", good=False, hint="The log has the details.")
    if said is not None:
        tell(said)


def tell(said: Said) -> None:
    """Keep something to be told on the next run."""
    st.session_state[SAID] = said


def told() -> Said | None:
    """What there is to tell; it stays until the next act or another page."""
    found: Any = st.session_state.get(SAID)
    return found if isinstance(found, Said) else None


def forget() -> None:
    """Nothing more to tell."""
    st.session_state.pop(SAID, None)


def where(visit: Visit) -> str:
    """Who is signed in, in words."""
    return f"signed in as {text(visit.visitor.name, 40)}" if visit.keyed else "keys are off"
