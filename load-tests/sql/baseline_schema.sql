-- What a team would keep without a ledger: invoices, who locked them, and every change with its bytes.
CREATE TABLE invoice (
    number  bigint PRIMARY KEY,
    issuer  text NOT NULL,
    buyer   text NOT NULL,
    amount  bigint NOT NULL,
    tax     bigint NOT NULL,
    holder  text,
    version integer NOT NULL,
    body    jsonb NOT NULL
);
CREATE TABLE invoice_lock (
    invoice    bigint PRIMARY KEY,
    enterprise text NOT NULL,
    claim_ref  text NOT NULL,
    amount     bigint NOT NULL
);
CREATE TABLE change (
    place     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice   bigint NOT NULL,
    kind      smallint NOT NULL,
    payload   bytea NOT NULL,
    signature bytea NOT NULL,
    at        timestamptz NOT NULL DEFAULT now()
);
