"""API keys. A key is 256 random bits, so nobody can guess it from its digest: SHA-256 is enough, and quick for each request.

Slow hashes (argon2, scrypt) protect short secrets that people choose; here they would cost tens of milliseconds for nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime

from sqlalchemy import select, update

from standout.core.errors import UnknownNameError
from standout.deploy.store.records import Key, Role
from standout.deploy.store.rows import Repository, add_one, as_record
from standout.deploy.store.tables import API_KEY

PREFIX = "standout_"  # so that scanners of leaked secrets can know one


def digest(secret: str) -> str:
    """What is kept of a key.

    >>> digest("standout_x")[:12]
    '677f65d94046'
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class Keys(Repository):
    """API keys by number."""

    def make(self, name: str, role: Role, at: datetime) -> tuple[Key, str]:
        """A new key and its secret, which is shown this once and cannot be read again."""
        secret = PREFIX + secrets.token_urlsafe(32)
        key = Key(name, role, digest(secret), at)
        number = add_one(self._connection, API_KEY, key)
        return Key(name, role, key.hashed, at, None, number), secret

    def match(self, secret: str) -> Key | None:
        """The key of a secret, where it was not revoked. Takes the same time whichever it is, and for none."""
        asked, found = digest(secret), None
        for key in self.all():
            if hmac.compare_digest(key.hashed, asked) and key.revoked is None:
                found = key
        return found

    def revoke(self, number: int, at: datetime) -> None:
        """Let a key be refused from now on; it stays on record."""
        revoked = update(API_KEY).where(API_KEY.c.id == number, API_KEY.c.revoked.is_(None)).values(revoked=at)
        if not self._connection.execute(revoked).rowcount:
            raise UnknownNameError(f"There is no key {number} in use.", "List the keys to see their numbers.")

    def all(self) -> list[Key]:
        """Every key, revoked ones too, the oldest first."""
        return [as_record(Key, row) for row in self._connection.execute(select(API_KEY).order_by(API_KEY.c.id))]
