"""From what senders gave to one table for a stream, and back from what became of it to a receipt for each."""

from __future__ import annotations

from itertools import accumulate

from standout.deploy.live.answers import Receipt
from standout.deploy.live.queueing import Submission
from standout.deploy.live.rows import Read, read_mappings, together
from standout.deploy.live.stream import Stream, Taken


def read_all(stream: Stream, group: list[Submission]) -> Read:
    """The rows of a group in order; mappings that stand next to each other are read together, which is what makes them cheap."""
    reads: list[Read] = []
    mappings: list[Submission] = []

    def flush() -> None:
        if mappings:
            reads.append(read_mappings([m.rows for m in mappings], stream.model.schema, stream.settings.event_id))
            mappings.clear()

    for submission in group:
        if submission.read is None:
            mappings.append(submission)
        else:
            flush()
            reads.append(submission.read)
    flush()
    return together(reads)


def answer(stream: str, read: Read, taken: Taken) -> list[Receipt]:
    """A receipt for each sender, in order."""
    ends = list(accumulate(read.sizes))
    receipts = []
    for start, end, findings in zip([0, *ends[:-1]], ends, read.findings, strict=True):
        receipts.append(
            Receipt(
                stream,
                taken.batch,
                taken.ids[start:end],
                taken.outcomes[start:end],
                taken.severity[start:end],
                {r - start: why for r, why in read.rejected.items() if start <= r < end} if read.rejected else {},
                {r - start: number for r, number in taken.alerts.items() if start <= r < end} if taken.alerts else {},
                findings,
            )
        )
    return receipts
