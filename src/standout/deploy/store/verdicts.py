"""What became of rows: scores, outcomes and policy, as one body for those that were judged together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import func, insert, select

from standout.deploy.store.prepared import Prepared
from standout.deploy.store.records import Verdicts
from standout.deploy.store.rows import Repository, add_one, as_record
from standout.deploy.store.tables import VERDICT, VERDICT_BATCH

INSERT = Prepared(lambda _: insert(VERDICT_BATCH))


class VerdictLog(Repository):
    """Verdicts by number, and by the batch that the rows came in."""

    def add(self, verdicts: Verdicts, batches: Iterable[int]) -> int:
        """Store verdicts on rows of these batches of the journal; returns their number."""
        seq = add_one(self._connection, VERDICT, verdicts, "seq")
        listed = [{"batch": batch, "verdict": seq} for batch in sorted(set(batches))]
        if listed:
            INSERT.many(self._connection, listed)
        return seq

    def of_batch(self, batch: int) -> list[Verdicts]:
        """Every body that has a verdict on rows of a batch, the oldest first."""
        asked = (
            select(VERDICT)
            .join(VERDICT_BATCH, VERDICT_BATCH.c.verdict == VERDICT.c.seq)
            .where(VERDICT_BATCH.c.batch == batch)
            .order_by(VERDICT.c.seq)
        )
        return [as_record(Verdicts, row) for row in self._connection.execute(asked)]

    def after(self, stream: str, seq: int) -> Iterator[Verdicts]:
        """A stream's verdicts with larger numbers, in order, one in memory at a time."""
        while True:
            row = self._connection.execute(
                select(VERDICT).where(VERDICT.c.stream == stream, VERDICT.c.seq > seq).order_by(VERDICT.c.seq).limit(1)
            ).first()
            if row is None:
                return
            yield as_record(Verdicts, row)
            seq = row.seq

    def last(self, stream: str) -> int:
        """The number of a stream's last verdicts; 0 where it has none."""
        return int(self._connection.scalar(select(func.max(VERDICT.c.seq)).where(VERDICT.c.stream == stream)) or 0)
