-- The state after the last block (domain §2 and §3).

CREATE TABLE party (
    party    text PRIMARY KEY,
    name     text,
    region   text,
    industry text,
    active   boolean NOT NULL,
    CHECK ((party LIKE 'uscc:%') = (name IS NOT NULL)),
    CHECK ((name IS NULL) = (region IS NULL) AND (name IS NULL) = (industry IS NULL))
);

CREATE TABLE party_key (
    kid       bytea PRIMARY KEY CHECK (octet_length(kid) = 32),
    party     text  NOT NULL,
    -- ES256K, ES256 or EdDSA.
    algorithm text  NOT NULL CHECK (algorithm IN ('ES256K', 'ES256', 'EdDSA')),
    x         bytea NOT NULL CHECK (octet_length(x) = 32),
    y         bytea CHECK (octet_length(y) = 32),
    live      boolean NOT NULL,
    CHECK ((algorithm = 'EdDSA') = (y IS NULL))
);
CREATE INDEX party_key_party ON party_key (party);

CREATE TABLE rule_set (
    id          text    NOT NULL,
    version     bigint  NOT NULL CHECK (version > 0),
    -- The body that deployed it.
    body        text    NOT NULL,
    status      text    NOT NULL CHECK (status IN ('deployed', 'active', 'retired')),
    active_from text,
    PRIMARY KEY (id, version),
    CHECK ((status = 'active') = (active_from IS NOT NULL))
);

CREATE TABLE quota_application (
    id             bytea  PRIMARY KEY CHECK (octet_length(id) = 32),
    issuer         text   NOT NULL,
    month          text   NOT NULL,
    asked_amount   bigint NOT NULL,
    asked_count    bigint NOT NULL,
    status         text   NOT NULL CHECK (status IN ('pending', 'granted', 'refused')),
    granted_amount bigint,
    granted_count  bigint,
    CHECK ((status = 'granted') = (granted_amount IS NOT NULL)),
    CHECK ((granted_amount IS NULL) = (granted_count IS NULL))
);

CREATE TABLE quota_account (
    issuer         text   NOT NULL,
    month          text   NOT NULL,
    granted_amount bigint NOT NULL,
    granted_count  bigint NOT NULL,
    used_amount    bigint NOT NULL,
    used_count     bigint NOT NULL,
    pending        bigint NOT NULL CHECK (pending >= 0),
    PRIMARY KEY (issuer, month),
    CHECK (used_amount <= granted_amount AND used_count <= granted_count)
);

CREATE TABLE number_segment (
    prefix text   NOT NULL,
    first  bigint NOT NULL CHECK (first > 0),
    last   bigint NOT NULL CHECK (last >= first AND last < 1000000000000000),
    issuer text   NOT NULL,
    PRIMARY KEY (prefix, first)
);
CREATE INDEX number_segment_issuer ON number_segment (issuer);

CREATE TABLE number_top (
    prefix text   PRIMARY KEY,
    top    bigint NOT NULL
);

CREATE TABLE order_count (
    issuer    text     NOT NULL,
    reference text     NOT NULL,
    invoices  smallint NOT NULL CHECK (invoices BETWEEN 1 AND 5),
    PRIMARY KEY (issuer, reference)
);

CREATE TABLE invoice (
    number         text   PRIMARY KEY CHECK (length(number) = 20),
    issuer         text   NOT NULL,
    issued_by      bytea  NOT NULL CHECK (octet_length(issued_by) = 32),
    issued_at      bigint NOT NULL,
    buyer          text,
    claim_key      bytea  CHECK (octet_length(claim_key) = 32),
    amount         bigint NOT NULL,
    total          bigint NOT NULL CHECK (total > 0),
    holder         text,
    presented_to   text[] NOT NULL CHECK (cardinality(presented_to) <= 16),
    last_token     bigint NOT NULL CHECK (last_token >= 0),
    settled_by     text,
    settled_amount bigint,
    booking        text   NOT NULL CHECK (booking IN ('01', '02', '03', '06')),
    booked_by      text,
    booked_month   text,
    CHECK (holder IS NOT NULL OR cardinality(presented_to) = 0),
    CHECK ((settled_by IS NULL) = (settled_amount IS NULL)),
    CHECK (settled_amount > 0 AND settled_amount <= total),
    CHECK ((booking = '01') = (booked_by IS NULL)),
    CHECK ((booking IN ('02', '03')) = (booked_month IS NOT NULL))
) WITH (fillfactor = 70);

CREATE TABLE invoice_lock (
    invoice     text   NOT NULL,
    id          bytea  NOT NULL CHECK (octet_length(id) = 32),
    enterprise  text   NOT NULL,
    claim_ref   text   NOT NULL CHECK (length(claim_ref) BETWEEN 1 AND 64),
    amount      bigint NOT NULL CHECK (amount > 0),
    token       bigint NOT NULL CHECK (token > 0),
    accepted_at bigint NOT NULL,
    lease_until bigint NOT NULL,
    exclusive   boolean NOT NULL,
    ended       text   CHECK (ended IN ('released', 'lapsed', 'settled', 'forced')),
    PRIMARY KEY (invoice, id),
    CONSTRAINT invoice_lock_claim_ref UNIQUE (invoice, enterprise, claim_ref)
) WITH (fillfactor = 80);

-- The last guard of the promise: whatever the program does, no two live exclusive locks.
CREATE UNIQUE INDEX invoice_lock_exclusive ON invoice_lock (invoice) WHERE exclusive AND ended IS NULL;
