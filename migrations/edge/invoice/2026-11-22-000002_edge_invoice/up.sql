-- The invoice as the ledger holds it, for the services that answer questions about it. Every key begins with the
-- invoice number, and no foreign key crosses invoices.
CREATE TABLE invoice (
    number text PRIMARY KEY,
    -- How many accepted transitions it has seen, its issue the first.
    version int8 NOT NULL,
    issuer text NOT NULL,
    issued_by bytea NOT NULL,
    issued_at int8 NOT NULL,
    buyer text,
    claim_key bytea,
    amount int8 NOT NULL,
    total int8 NOT NULL,
    holder text,
    presented_to text[] NOT NULL,
    last_token int8 NOT NULL,
    settled_by text,
    settled_amount int8,
    booking text NOT NULL,
    booking_enterprise text,
    booking_month text,
    CONSTRAINT invoice_number CHECK (number ~ '^[0-9]{20}$'),
    CONSTRAINT invoice_version CHECK (version >= 1),
    CONSTRAINT invoice_issued_by CHECK (octet_length(issued_by) = 32),
    CONSTRAINT invoice_claim_key CHECK (claim_key IS NULL OR octet_length(claim_key) = 32),
    CONSTRAINT invoice_claim CHECK (
        (holder IS NOT NULL OR cardinality(presented_to) = 0) AND cardinality(presented_to) <= 16
    ),
    CONSTRAINT invoice_token CHECK (last_token >= 0),
    CONSTRAINT invoice_settled CHECK ((settled_by IS NULL) = (settled_amount IS NULL)),
    CONSTRAINT invoice_booking CHECK (
        (booking = '01' AND booking_enterprise IS NULL AND booking_month IS NULL)
        OR (booking IN ('02', '03') AND booking_enterprise IS NOT NULL AND booking_month IS NOT NULL)
        OR (booking = '06' AND booking_enterprise IS NOT NULL AND booking_month IS NULL)
    )
);
CREATE INDEX invoice_issuer ON invoice (issuer, number);
CREATE INDEX invoice_buyer ON invoice (buyer, number) WHERE buyer IS NOT NULL;
CREATE INDEX invoice_holder ON invoice (holder, number) WHERE holder IS NOT NULL;
CREATE INDEX invoice_presented_to ON invoice USING gin (presented_to);

CREATE TABLE invoice_lock (
    invoice text NOT NULL,
    lock bytea NOT NULL,
    enterprise text NOT NULL,
    claim_ref text NOT NULL,
    amount int8 NOT NULL,
    token int8 NOT NULL,
    accepted_at int8 NOT NULL,
    lease_until int8 NOT NULL,
    exclusive bool NOT NULL,
    ended text,
    PRIMARY KEY (invoice, lock),
    CONSTRAINT invoice_lock_id CHECK (octet_length(lock) = 32),
    CONSTRAINT invoice_lock_amount CHECK (amount > 0),
    CONSTRAINT invoice_lock_token CHECK (token >= 1),
    CONSTRAINT invoice_lock_lease CHECK (lease_until > accepted_at),
    CONSTRAINT invoice_lock_ended CHECK (ended IS NULL OR ended IN ('released', 'lapsed', 'settled', 'forced'))
);
CREATE INDEX invoice_lock_live ON invoice_lock (invoice) WHERE ended IS NULL;
CREATE INDEX invoice_lock_owner ON invoice_lock (enterprise, invoice);
CREATE INDEX invoice_lock_by_id ON invoice_lock (lock);
-- The ledger decides; this only notices a mistake of ours before anybody reads it.
CREATE UNIQUE INDEX invoice_lock_exclusive ON invoice_lock (invoice) WHERE ended IS NULL AND exclusive;
