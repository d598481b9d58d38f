-- A store of schema 1 with something of every kind, as SQLite dumps it; a store of today must be able to start from it.
PRAGMA application_id = 1400131445;
BEGIN TRANSACTION;
CREATE TABLE alert (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    kind TEXT NOT NULL,
    raised BIGINT NOT NULL,
    sentence TEXT NOT NULL,
    outcome INTEGER NOT NULL,
    severity REAL NOT NULL,
    p_value REAL NOT NULL,
    score REAL NOT NULL,
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
INSERT INTO "alert" VALUES(1,'payments','row',1577836800000000,'It is odd.',10,100.0,0.0,0.0,'a',1,0,NULL,NULL,'','{}','{"amount":912.5}',1,NULL,'true');
CREATE TABLE api_key (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    hashed TEXT NOT NULL UNIQUE,
    made BIGINT NOT NULL,
    revoked BIGINT
);
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL
);
INSERT INTO "audit" VALUES(1,1577836800000000,'anna','labelled','{"alert":1}');
CREATE TABLE calendar (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    owner TEXT NOT NULL,
    "match" TEXT NOT NULL,
    starts BIGINT NOT NULL,
    lasts REAL NOT NULL,
    repeats TEXT NOT NULL,
    zone TEXT NOT NULL,
    until BIGINT,
    hidden BIGINT NOT NULL
);
CREATE TABLE event (
    stream INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    row INTEGER NOT NULL,
    PRIMARY KEY (stream, event_id)
) WITHOUT ROWID;
INSERT INTO "event" VALUES(1,'a',1,0);
INSERT INTO "event" VALUES(1,'b',1,1);
CREATE TABLE incident (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    entity TEXT,
    because TEXT NOT NULL,
    headline TEXT NOT NULL,
    opened BIGINT NOT NULL,
    last BIGINT NOT NULL,
    alerts INTEGER NOT NULL,
    severity REAL NOT NULL,
    status TEXT NOT NULL,
    owner TEXT NOT NULL
);
INSERT INTO "incident" VALUES(1,'payments','p1','amount','Odd',1577836800000000,1577836800000000,1,100.0,'open','');
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    received BIGINT NOT NULL,
    rows INTEGER NOT NULL,
    first BIGINT,
    last BIGINT,
    body BLOB NOT NULL
);
INSERT INTO "journal" VALUES(1,'payments',1577836800000000,2,NULL,NULL,X'726F7773');
CREATE TABLE label (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
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
INSERT INTO "label" VALUES(1,1,'payments','true','anna',1577836800000000,'',TRUE,NULL,'');
CREATE TABLE lane (
    stream TEXT NOT NULL,
    entity TEXT NOT NULL,
    minute BIGINT NOT NULL,
    rows BIGINT NOT NULL,
    alerts BIGINT NOT NULL,
    severity REAL NOT NULL,
    PRIMARY KEY (stream, minute, entity)
) WITHOUT ROWID;
INSERT INTO "lane" VALUES('payments','p1',1577836800000000,2,1,99.9);
CREATE TABLE lease (
    stream TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    number BIGINT NOT NULL,
    until BIGINT NOT NULL
);
INSERT INTO "lease" VALUES('payments','one',1,1577836800000000);
CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    channel TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    due BIGINT NOT NULL,
    incident BIGINT,
    severity REAL NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    error TEXT NOT NULL,
    sent BIGINT,
    sent_as TEXT NOT NULL,
    claim TEXT NOT NULL,
    until BIGINT
);
INSERT INTO "message" VALUES(1,'k','ops','Odd','It is odd.',1577836800000000,1,100.0,'pending',0,'',NULL,'','',NULL);
CREATE TABLE schema_version (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied BIGINT NOT NULL);
INSERT INTO "schema_version" VALUES(1,'first',1577836800000000);
CREATE TABLE silence (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    "match" TEXT NOT NULL,
    owner TEXT NOT NULL,
    reason TEXT NOT NULL,
    starts BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    hidden BIGINT NOT NULL,
    lifted BIGINT
);
CREATE TABLE snapshot (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    seq BIGINT NOT NULL,
    judged BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    digest TEXT NOT NULL,
    body BLOB NOT NULL
);
INSERT INTO "snapshot" VALUES(1,'payments',1,1,1577836800000000,'ed8ca5365d0895fef60331aa9a08f80b0f5c8e4852109ea9c63bc8a705db6fe2',X'007374617465');
CREATE TABLE stream (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    model TEXT NOT NULL,
    digest TEXT NOT NULL,
    policy TEXT NOT NULL,
    made BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    learn BOOLEAN NOT NULL,
    settings TEXT NOT NULL
);
INSERT INTO "stream" VALUES(1,'payments','m.standout','d','{"per-day":5}',1577836800000000,1577836800000000,FALSE,'{}');
CREATE TABLE verdict (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    judged BIGINT NOT NULL,
    rows INTEGER NOT NULL,
    policy TEXT NOT NULL,
    body BLOB NOT NULL
);
INSERT INTO "verdict" VALUES(1,'payments',1577836800000000,2,'at most 5 a day',X'73636F726573');
CREATE TABLE verdict_batch (
    batch BIGINT NOT NULL,
    verdict BIGINT NOT NULL REFERENCES verdict (seq) ON DELETE CASCADE,
    PRIMARY KEY (batch, verdict)
) WITHOUT ROWID;
INSERT INTO "verdict_batch" VALUES(1,1);
CREATE INDEX snapshot_stream ON snapshot (stream, id);
CREATE INDEX journal_stream ON journal (stream, seq);
CREATE INDEX journal_received ON journal (received);
CREATE INDEX verdict_stream ON verdict (stream, seq);
CREATE INDEX verdict_judged ON verdict (judged);
CREATE INDEX verdict_batch_verdict ON verdict_batch (verdict);
CREATE INDEX incident_stream ON incident (stream, id);
CREATE INDEX incident_status ON incident (status, id);
CREATE INDEX alert_stream ON alert (stream, id);
CREATE INDEX alert_raised ON alert (raised);
CREATE INDEX alert_incident ON alert (incident);
CREATE INDEX alert_entity ON alert (entity, id);
CREATE INDEX alert_batch ON alert (batch);
CREATE INDEX label_alert ON label (alert);
CREATE INDEX label_stream ON label (stream, id);
CREATE INDEX message_state ON message (state, channel, due);
CREATE INDEX message_incident ON message (incident);
CREATE INDEX audit_at ON audit (at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('stream',1);
INSERT INTO "sqlite_sequence" VALUES('journal',1);
INSERT INTO "sqlite_sequence" VALUES('verdict',1);
INSERT INTO "sqlite_sequence" VALUES('incident',1);
INSERT INTO "sqlite_sequence" VALUES('alert',1);
INSERT INTO "sqlite_sequence" VALUES('label',1);
INSERT INTO "sqlite_sequence" VALUES('message',1);
INSERT INTO "sqlite_sequence" VALUES('audit',1);
INSERT INTO "sqlite_sequence" VALUES('snapshot',1);
COMMIT;
