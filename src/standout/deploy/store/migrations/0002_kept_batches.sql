-- Retention asks for the batches that still have their rows; most of the journal no longer does.

CREATE INDEX journal_kept ON journal (stream, seq) WHERE length(body) > 0;
