-- The first schema. Placeholders stand for what the two databases spell differently; see migrating.py.
-- Moments are microseconds since 1970 in UTC; structures are JSON as text.

CREATE TABLE stream (
    id {id},
    name TEXT NOT NULL UNIQUE,
    model TEXT NOT NULL,
    digest TEXT NOT NULL,
    policy TEXT NOT NULL,
    made BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    learn BOOLEAN NOT NULL,
    settings TEXT NOT NULL
);

CREATE TABLE snapshot (
    id {id},
    stream TEXT NOT NULL,
    seq BIGINT NOT NULL,
    judged BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    digest TEXT NOT NULL,
    body {bytes} NOT NULL
);
CREATE INDEX snapshot_stream ON snapshot (stream, id);

CREATE TABLE lease (
    stream TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    number BIGINT NOT NULL,
    until BIGINT NOT NULL
);

CREATE TABLE journal (
    seq {id},
    stream TEXT NOT NULL,
    received BIGINT NOT NULL,
    rows INTEGER NOT NULL,
    first BIGINT,
    last BIGINT,
    body {bytes} NOT NULL
);
CREATE INDEX journal_stream ON journal (stream, seq);
CREATE INDEX journal_received ON journal (received);

-- which row of which batch has an event id; the widest table, so it has one index and numbers for streams
CREATE TABLE event (
    stream INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    row INTEGER NOT NULL,
    PRIMARY KEY (stream, event_id)
){without_rowid};

CREATE TABLE verdict (
    seq {id},
    stream TEXT NOT NULL,
    judged BIGINT NOT NULL,
    rows INTEGER NOT NULL,
    policy TEXT NOT NULL,
    body {bytes} NOT NULL
);
CREATE INDEX verdict_stream ON verdict (stream, seq);
CREATE INDEX verdict_judged ON verdict (judged);

CREATE TABLE verdict_batch (
    batch BIGINT NOT NULL,
    verdict BIGINT NOT NULL REFERENCES verdict (seq) ON DELETE CASCADE,
    PRIMARY KEY (batch, verdict)
){without_rowid};
CREATE INDEX verdict_batch_verdict ON verdict_batch (verdict);

CREATE TABLE incident (
    id {id},
    stream TEXT NOT NULL,
    entity TEXT,
    because TEXT NOT NULL,
    headline TEXT NOT NULL,
    opened BIGINT NOT NULL,
    last BIGINT NOT NULL,
    alerts INTEGER NOT NULL,
    severity {float} NOT NULL,
    status TEXT NOT NULL,
    owner TEXT NOT NULL
);
CREATE INDEX incident_stream ON incident (stream, id);
CREATE INDEX incident_status ON incident (status, id);

CREATE TABLE alert (
    id {id},
    stream TEXT NOT NULL,
    kind TEXT NOT NULL,
    raised BIGINT NOT NULL,
    sentence TEXT NOT NULL,
    outcome INTEGER NOT NULL,
    severity {float} NOT NULL,
    p_value {float} NOT NULL,
    score {float} NOT NULL,
    event_id TEXT NOT NULL,
    batch BIGINT NOT NULL,
    row INTEGER NOT NULL,
    entity TEXT,
    time BIGINT,
    because TEXT NOT NULL,
    reason TEXT NOT NULL,
    "values" TEXT NOT NULL,
    incident BIGINT REFERENCES incident (id),
    hidden_by BIGINT,
    verdict TEXT
);
CREATE INDEX alert_stream ON alert (stream, id);
CREATE INDEX alert_raised ON alert (raised);
CREATE INDEX alert_incident ON alert (incident);
CREATE INDEX alert_entity ON alert (entity, id);
CREATE INDEX alert_batch ON alert (batch);

CREATE TABLE label (
    id {id},
    alert BIGINT NOT NULL REFERENCES alert (id),
    stream TEXT NOT NULL,
    verdict TEXT NOT NULL,
    "by" TEXT NOT NULL,
    at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    acts BOOLEAN NOT NULL,
    undone BIGINT,
    undone_by TEXT NOT NULL
);
CREATE INDEX label_alert ON label (alert);
CREATE INDEX label_stream ON label (stream, id);

CREATE TABLE silence (
    id {id},
    "match" TEXT NOT NULL,
    owner TEXT NOT NULL,
    reason TEXT NOT NULL,
    starts BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    hidden BIGINT NOT NULL,
    lifted BIGINT
);

CREATE TABLE calendar (
    id {id},
    name TEXT NOT NULL,
    owner TEXT NOT NULL,
    "match" TEXT NOT NULL,
    starts BIGINT NOT NULL,
    lasts {float} NOT NULL,
    repeats TEXT NOT NULL,
    zone TEXT NOT NULL,
    until BIGINT,
    hidden BIGINT NOT NULL
);

CREATE TABLE message (
    id {id},
    key TEXT NOT NULL UNIQUE,
    channel TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    due BIGINT NOT NULL,
    incident BIGINT,
    severity {float} NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    error TEXT NOT NULL,
    sent BIGINT,
    sent_as TEXT NOT NULL,
    claim TEXT NOT NULL,
    until BIGINT
);
CREATE INDEX message_state ON message (state, channel, due);
CREATE INDEX message_incident ON message (incident);

CREATE TABLE api_key (
    id {id},
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    hashed TEXT NOT NULL UNIQUE,
    made BIGINT NOT NULL,
    revoked BIGINT
);

CREATE TABLE audit (
    id {id},
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_at ON audit (at);

CREATE TABLE lane (
    stream TEXT NOT NULL,
    entity TEXT NOT NULL,
    minute BIGINT NOT NULL,
    rows BIGINT NOT NULL,
    alerts BIGINT NOT NULL,
    severity {float} NOT NULL,
    PRIMARY KEY (stream, minute, entity)
){without_rowid};
