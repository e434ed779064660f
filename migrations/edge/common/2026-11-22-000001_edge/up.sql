-- What every service keeps: its journal, what is sealed, how far it followed, who may call.

-- One row a transition. Keyed by the UTC day of `iat` first: ids are random, and a random key in an index that
-- lives for ever would write whole pages all over it.
CREATE TABLE submission (
    day int4 NOT NULL,
    id bytea NOT NULL,
    kind text NOT NULL,
    party text NOT NULL,
    -- Open: the compact JWS, and when to publish it again (UTC seconds).
    jws text,
    publish_at int8,
    publishes int4,
    -- Decided: the receipt.
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
-- What the sweeper looks for; empty but for what is on its way.
CREATE INDEX submission_open ON submission (publish_at) WHERE outcome IS NULL;

-- Sealed data under a key of its own per record, which is wrapped by the service's seal key. Erasing destroys the
-- wrapped key and the bytes; what stays is a tombstone.
CREATE TABLE sealed (
    day int4 NOT NULL,
    id bytea NOT NULL,
    state text NOT NULL,
    wrapped_key bytea,
    ciphertext bytea,
    erased_at int8,
    PRIMARY KEY (day, id),
    CONSTRAINT sealed_id CHECK (octet_length(id) = 32),
    CONSTRAINT sealed_state CHECK (
        (state = 'kept' AND wrapped_key IS NOT NULL AND octet_length(wrapped_key) = 72
            AND ciphertext IS NOT NULL AND erased_at IS NULL)
        OR (state = 'erased' AND wrapped_key IS NULL AND ciphertext IS NULL AND erased_at IS NOT NULL)
    )
);

-- The last block applied to this schema. No row: none yet.
CREATE TABLE follow_cursor (
    one bool PRIMARY KEY DEFAULT true,
    height int8 NOT NULL,
    block_hash bytea NOT NULL,
    -- JCS of the header that block_hash is the hash of.
    header text NOT NULL,
    CONSTRAINT follow_cursor_one CHECK (one),
    CONSTRAINT follow_cursor_height CHECK (height >= 0),
    CONSTRAINT follow_cursor_hash CHECK (octet_length(block_hash) = 32)
);

CREATE TABLE party (
    party text PRIMARY KEY,
    kind text NOT NULL,
    name text,
    region text,
    industry text,
    standing text NOT NULL,
    CONSTRAINT party_kind CHECK (
        (kind = 'enterprise' AND name IS NOT NULL AND region IS NOT NULL AND industry IS NOT NULL)
        OR (kind IN ('bureau', 'node', 'person') AND name IS NULL AND region IS NULL AND industry IS NULL)
    ),
    CONSTRAINT party_standing CHECK (standing IN ('active', 'suspended'))
);

-- Every key that a party has or had. No foreign key to party: rows of one block are written table by table.
CREATE TABLE party_key (
    kid bytea PRIMARY KEY,
    party text NOT NULL,
    algorithm text NOT NULL,
    x bytea NOT NULL,
    y bytea,
    state text NOT NULL,
    CONSTRAINT party_key_kid CHECK (octet_length(kid) = 32),
    CONSTRAINT party_key_point CHECK (
        octet_length(x) = 32
        AND ((algorithm IN ('ES256K', 'ES256') AND y IS NOT NULL AND octet_length(y) = 32)
            OR (algorithm = 'EdDSA' AND y IS NULL))
    ),
    CONSTRAINT party_key_state CHECK (state IN ('live', 'revoked'))
);
CREATE INDEX party_key_party ON party_key (party);
