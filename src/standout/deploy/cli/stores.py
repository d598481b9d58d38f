"""What the verbs that act on a live service's store share: opening one that is there, and who acts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from standout.deploy.store.store import Store

STORE = "sqlite:///standout-live.db"
HELP = "The store of the service, as for standout serve."
BY = "Who acts; the user of this machine unless told."


def opened(url: str) -> Store:
    """The store; UnreadableError where there is none yet, since a mistyped path must not make an empty one."""
    from standout.core.errors import UnreadableError
    from standout.deploy.store.store import Store

    path = url.removeprefix("sqlite:///")
    if "://" not in path and not Path(path).is_file():
        raise UnreadableError(
            f"There is no store at {path}.", "Give the path or URL that standout serve was given, with --store."
        )
    return Store.open(url)


def signed(by: str | None) -> str:
    """The name that an act is signed with."""
    import getpass

    if by is not None:
        return by
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "command line"
