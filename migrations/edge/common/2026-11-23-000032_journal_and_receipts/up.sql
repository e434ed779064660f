-- First: what a copy of the service that still runs is about to commit is copied, too, and after it nothing more comes.
LOCK TABLE submission IN ACCESS EXCLUSIVE MODE;
-- What is open apart from what is decided. A row that is open holds a whole transition; where it became a receipt on the
-- spot, the room of it stayed behind, and every look-up of a receipt read past it.
CREATE TABLE journal (
    -- When to publish it again (UTC seconds), and how often it was published.
    publish_at int8 NOT NULL,
    day int4 NOT NULL,
    publishes int4 NOT NULL,
    id bytea NOT NULL,
    party text NOT NULL,
    -- The compact JWS: mostly base64 of random bytes, which the server would try in vain to compress.
    jws text NOT NULL,
    PRIMARY KEY (day, id),
    CONSTRAINT journal_id CHECK (octet_length(id) = 32),
    CONSTRAINT journal_publishes CHECK (publishes >= 1)
    -- Rows come and go: what is gone is looked for by their number, never by their share.
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
ALTER TABLE journal ALTER COLUMN jws SET STORAGE EXTERNAL;
CREATE INDEX journal_due ON journal (publish_at);

-- Keyed by the UTC day of `iat` first: ids are random, and a random key in an index that lives for ever would write
-- whole pages all over it.
CREATE TABLE receipt (
    height int8 NOT NULL,
    idx int8 NOT NULL,
    time int8 NOT NULL,
    day int4 NOT NULL,
    id bytea NOT NULL,
    block bytea NOT NULL,
    party text NOT NULL,
    -- Of a refusal; nothing where it was accepted.
    code text,
    detail text NOT NULL,
    PRIMARY KEY (day, id),
    CONSTRAINT receipt_id CHECK (octet_length(id) = 32),
    CONSTRAINT receipt_place CHECK (height >= 1 AND idx >= 1 AND octet_length(block) = 32)
);
INSERT INTO journal (publish_at, day, publishes, id, party, jws)
    SELECT publish_at, day, publishes, id, party, jws FROM submission WHERE outcome IS NULL;
INSERT INTO receipt (height, idx, time, day, id, block, party, code, detail)
    SELECT height, idx, time, day, id, block, party, code, detail FROM submission WHERE outcome IS NOT NULL;
DROP TABLE submission;
