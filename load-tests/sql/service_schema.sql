-- What a service keeps that has no ledger: as baseline_schema.sql, but with the numbers that invoices have.
CREATE TABLE invoice (
    number  text PRIMARY KEY,
    issuer  text NOT NULL,
    buyer   text NOT NULL,
    amount  bigint NOT NULL,
    tax     bigint NOT NULL,
    holder  text,
    version integer NOT NULL,
    body    jsonb NOT NULL
);
CREATE TABLE invoice_lock (
    invoice    text PRIMARY KEY,
    enterprise text NOT NULL,
    claim_ref  text NOT NULL,
    amount     bigint NOT NULL
);
CREATE TABLE change (
    place     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice   text NOT NULL,
    kind      text NOT NULL,
    payload   bytea NOT NULL,
    signature bytea NOT NULL,
    at        timestamptz NOT NULL DEFAULT now()
);
