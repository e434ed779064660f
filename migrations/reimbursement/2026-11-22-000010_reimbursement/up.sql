-- What rule sets demand of whoever locks and settles. `body` is a `rules.deploy` body without what only issuing looks
-- at (classification, rates and the like).
CREATE TABLE rule_terms (
    id text NOT NULL,
    version int8 NOT NULL,
    body text NOT NULL,
    status text NOT NULL,
    active_from text,
    PRIMARY KEY (id, version),
    CONSTRAINT rule_terms_version CHECK (version >= 1),
    CONSTRAINT rule_terms_status CHECK (
        (status IN ('deployed', 'retired') AND active_from IS NULL)
        OR (status = 'active' AND active_from IS NOT NULL)
    )
);

-- An enterprise's bookings, and its locks in the order in which they are listed.
CREATE INDEX reimbursement_booking ON invoice (booking_enterprise, number) WHERE booking_enterprise IS NOT NULL;
CREATE INDEX reimbursement_lock ON invoice_lock (enterprise, invoice, lock);
