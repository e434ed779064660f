-- First: what a copy of the service that still runs is about to commit is copied, too. Of what others took the ledger's own
-- edge has no receipts; a rebuild brings them back.
LOCK TABLE journal, receipt IN ACCESS EXCLUSIVE MODE;
CREATE TABLE submission (
    day int4 NOT NULL,
    id bytea NOT NULL,
    kind text NOT NULL,
    party text NOT NULL,
    jws text,
    publish_at int8,
    publishes int4,
    outcome text,
    code text,
    detail text,
    height int8,
    idx int8,
    block bytea,
    time int8,
    PRIMARY KEY (day, id),
    CONSTRAINT submission_id CHECK (octet_length(id) = 32),
    CONSTRAINT submission_state CHECK (
        (outcome IS NULL AND code IS NULL AND detail IS NULL AND height IS NULL AND idx IS NULL
            AND block IS NULL AND time IS NULL
            AND jws IS NOT NULL AND publish_at IS NOT NULL AND publishes IS NOT NULL AND publishes >= 1)
        OR (outcome IS NOT NULL AND outcome IN ('accepted', 'rejected')
            AND (outcome = 'rejected') = (code IS NOT NULL)
            AND detail IS NOT NULL AND height IS NOT NULL AND height >= 1 AND idx IS NOT NULL AND idx >= 1
            AND block IS NOT NULL AND octet_length(block) = 32 AND time IS NOT NULL
            AND jws IS NULL AND publish_at IS NULL AND publishes IS NULL)
    )
);
CREATE INDEX submission_open ON submission (publish_at) WHERE outcome IS NULL;
-- Of what type they were was never read.
INSERT INTO submission (day, id, kind, party, outcome, code, detail, height, idx, block, time)
    SELECT day, id, '', party, CASE WHEN code IS NULL THEN 'accepted' ELSE 'rejected' END, code, detail, height, idx,
        block, time FROM receipt;
INSERT INTO submission (day, id, kind, party, jws, publish_at, publishes)
    SELECT day, id, '', party, jws, publish_at, publishes FROM journal ON CONFLICT DO NOTHING;
DROP TABLE receipt;
DROP TABLE journal;
