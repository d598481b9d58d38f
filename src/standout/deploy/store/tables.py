"""The tables as they are now. `migrations/` makes them; a test compares the two.

A column has the name and meaning of its field in `records.py`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger as Big
from sqlalchemy import Boolean, Column, Double, Integer, LargeBinary, MetaData, Table

from standout.deploy.store.columns import Choice, Moment, Rank, Structure, Words
from standout.deploy.store.records import Kind, Outcome, Role, Sending, Status, Verdict

METADATA = MetaData()


def _number(name: str = "id") -> Column[int]:
    return Column(name, Big().with_variant(Integer(), "sqlite"), primary_key=True)


STREAM = Table(
    "stream", METADATA, _number(), Column("name", Words), Column("model", Words), Column("digest", Words),
    Column("policy", Structure), Column("made", Moment), Column("changed", Moment), Column("learn", Boolean),
    Column("settings", Structure),
)  # fmt: skip  # a column a line would hide the tables
SNAPSHOT = Table(
    "snapshot", METADATA, _number(), Column("stream", Words), Column("seq", Big), Column("judged", Big), Column("taken", Moment),
    Column("digest", Words), Column("body", LargeBinary),
)  # fmt: skip
LEASE = Table(
    "lease", METADATA, Column("stream", Words, primary_key=True), Column("owner", Words), Column("number", Big),
    Column("until", Moment),
)  # fmt: skip
JOURNAL = Table(
    "journal", METADATA, _number("seq"), Column("stream", Words), Column("received", Moment), Column("rows", Integer),
    Column("first", Moment), Column("last", Moment), Column("body", LargeBinary),
)  # fmt: skip
EVENT = Table(
    "event", METADATA, Column("stream", Integer, primary_key=True), Column("event_id", Words, primary_key=True),
    Column("seq", Big), Column("row", Integer),
)  # fmt: skip
VERDICT = Table(
    "verdict", METADATA, _number("seq"), Column("stream", Words), Column("judged", Moment), Column("rows", Integer),
    Column("policy", Words), Column("body", LargeBinary),
)  # fmt: skip
VERDICT_BATCH = Table(
    "verdict_batch", METADATA, Column("batch", Big, primary_key=True), Column("verdict", Big, primary_key=True)
)  # fmt: skip
INCIDENT = Table(
    "incident", METADATA, _number(), Column("stream", Words), Column("entity", Words), Column("because", Words),
    Column("headline", Words), Column("opened", Moment), Column("last", Moment), Column("alerts", Integer),
    Column("severity", Double), Column("status", Choice(Status)), Column("owner", Words),
)  # fmt: skip
ALERT = Table(
    "alert", METADATA, _number(), Column("stream", Words), Column("kind", Choice(Kind)), Column("raised", Moment),
    Column("sentence", Words), Column("outcome", Rank(Outcome)), Column("severity", Double), Column("p_value", Double),
    Column("score", Double), Column("event_id", Words), Column("batch", Big), Column("row", Integer), Column("entity", Words),
    Column("time", Moment), Column("because", Words), Column("reason", Structure), Column("values", Structure),
    Column("incident", Big), Column("hidden_by", Big), Column("verdict", Choice(Verdict)),
)  # fmt: skip
LABEL = Table(
    "label", METADATA, _number(), Column("alert", Big), Column("stream", Words), Column("verdict", Choice(Verdict)),
    Column("by", Words), Column("at", Moment), Column("reason", Words), Column("acts", Boolean), Column("undone", Moment),
    Column("undone_by", Words),
)  # fmt: skip
SILENCE = Table(
    "silence", METADATA, _number(), Column("match", Structure), Column("owner", Words), Column("reason", Words),
    Column("starts", Moment), Column("ends", Moment), Column("hidden", Big), Column("lifted", Moment),
)  # fmt: skip
CALENDAR = Table(
    "calendar", METADATA, _number(), Column("name", Words), Column("owner", Words), Column("match", Structure),
    Column("starts", Moment), Column("lasts", Double), Column("repeats", Words), Column("zone", Words), Column("until", Moment),
    Column("hidden", Big),
)  # fmt: skip
MESSAGE = Table(
    "message", METADATA, _number(), Column("key", Words), Column("channel", Words), Column("title", Words), Column("body", Words),
    Column("due", Moment), Column("incident", Big), Column("severity", Double), Column("state", Choice(Sending)),
    Column("tries", Integer), Column("error", Words), Column("sent", Moment), Column("sent_as", Words), Column("claim", Words),
    Column("until", Moment),
)  # fmt: skip
API_KEY = Table(
    "api_key", METADATA, _number(), Column("name", Words), Column("role", Choice(Role)), Column("hashed", Words),
    Column("made", Moment), Column("revoked", Moment),
)  # fmt: skip
AUDIT = Table(
    "audit", METADATA, _number(), Column("at", Moment), Column("who", Words), Column("what", Words), Column("detail", Structure)
)  # fmt: skip
LANE = Table(
    "lane", METADATA, Column("stream", Words, primary_key=True), Column("minute", Moment, primary_key=True),
    Column("entity", Words, primary_key=True), Column("rows", Big), Column("alerts", Big), Column("severity", Double),
)  # fmt: skip
