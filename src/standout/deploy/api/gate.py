"""Whom to let in: the host they asked for, the site they come from, the key they hold, and how often they ask."""

from __future__ import annotations

from dataclasses import dataclass, field

from standout.deploy.api.asked import SAFE, Asked
from standout.deploy.api.hosts import Hosts
from standout.deploy.api.keys import ANYONE, Keys, Who
from standout.deploy.api.limits import Limits
from standout.deploy.api.problems import NotAllowed, NotKnown, TooMany, WrongHost
from standout.deploy.api.rates import Rates
from standout.deploy.api.sessions import Sessions


@dataclass
class Gate:
    """keys: None where they are off. origins: pages of other sites that may ask, such as b"https://intranet.example"."""

    hosts: Hosts
    limits: Limits
    keys: Keys | None
    sessions: Sessions | None = None
    origins: frozenset[bytes] = frozenset()
    _rates: Rates = field(init=False)
    _attempts: Rates = field(init=False)

    def __post_init__(self) -> None:
        self._rates = Rates(self.limits.per_second, self.limits.burst)
        self._attempts = Rates(self.limits.attempts / 60, self.limits.attempts)

    def check(self, asked: Asked) -> Who | None:
        """Who is asking, None for nobody known; raises the Problem that stops them."""
        if not self.hosts.knows(asked.found.get(b"host")):
            raise WrongHost("This server does not go by the name in the Host header.", "Start it with --allow-host NAME.")
        if asked.method not in SAFE and asked.from_elsewhere(self.origins):
            raise NotAllowed("A page of another site asked for this.", "Start the server with --allow-origin ORIGIN to let it.")
        who = self._who(asked)
        wait = self._rates.wait(f"key {who.key}" if who and who.key else asked.address)
        if wait:
            raise TooMany("That is more often than this server lets one caller ask.", "Send more rows in a request.", wait=wait)
        return who

    def try_token(self, asked: Asked, token: str) -> Who:
        """Whose key this is; NotKnown where nobody's, TooMany where this address has tried too many."""
        assert self.keys is not None  # there are no keys to try where they are off
        who = self.keys.who(token)
        if who is None:
            wait = self._attempts.wait(asked.address)
            if wait:
                raise TooMany("Too many wrong keys came from this address.", "Wait, and look at the key.", wait=wait)
            raise NotKnown.anywhere()
        return who

    def _who(self, asked: Asked) -> Who | None:
        if self.keys is None:
            return ANYONE
        if token := asked.token:
            return self.try_token(asked, token)
        cookie = asked.found.get(b"cookie")
        # a cookie is sent by the browser whoever made it ask, so it opens nothing that changes anything
        if cookie and self.sessions is not None and (asked.method in SAFE or not asked.path.startswith("/api/")):
            return self.sessions.who(cookie)
        return None
