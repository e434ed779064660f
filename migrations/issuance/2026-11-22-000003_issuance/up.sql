-- What issuance answers for beside the axes of an invoice: rule sets, quota, numbers, what is written on an invoice and
-- what happened to it. All of it is a function of the blocks. Tables of single invoices have the number in every key.

-- The issuing rules, as `rules.deploy` brought them: `body` is the body of that transition.
CREATE TABLE rule_set (
    id text NOT NULL,
    version int8 NOT NULL,
    body text NOT NULL,
    status text NOT NULL,
    active_from text,
    PRIMARY KEY (id, version),
    CONSTRAINT rule_set_version CHECK (version BETWEEN 1 AND 4294967295),
    CONSTRAINT rule_set_status CHECK (
        (status IN ('deployed', 'retired') AND active_from IS NULL)
        OR (status = 'active' AND active_from IS NOT NULL)
    )
);

-- Applications for quota, by the transition that applied. `place` is that transition's entry in the log.
CREATE TABLE quota_application (
    id bytea PRIMARY KEY,
    place int8 NOT NULL,
    issuer text NOT NULL,
    month text NOT NULL,
    asked_amount int8 NOT NULL,
    asked_count int8 NOT NULL,
    status text NOT NULL,
    given_amount int8,
    given_count int8,
    applied_at int8 NOT NULL,
    changed_at int8 NOT NULL,
    CONSTRAINT quota_application_id CHECK (octet_length(id) = 32),
    CONSTRAINT quota_application_asked CHECK (asked_amount >= 0 AND asked_count BETWEEN 0 AND 4294967295),
    CONSTRAINT quota_application_status CHECK (
        (status IN ('pending', 'refused') AND given_amount IS NULL AND given_count IS NULL)
        OR (status = 'granted' AND given_amount IS NOT NULL AND given_amount >= 0
            AND given_count IS NOT NULL AND given_count BETWEEN 0 AND 4294967295)
    ),
    CONSTRAINT quota_application_time CHECK (changed_at >= applied_at)
);
CREATE UNIQUE INDEX quota_application_place ON quota_application (place);
CREATE INDEX quota_application_issuer ON quota_application (issuer, place);

-- An issuer's month.
CREATE TABLE quota_account (
    issuer text NOT NULL,
    month text NOT NULL,
    granted_amount int8 NOT NULL,
    granted_count int8 NOT NULL,
    used_amount int8 NOT NULL,
    used_count int8 NOT NULL,
    pending int8 NOT NULL,
    PRIMARY KEY (issuer, month),
    CONSTRAINT quota_account_used CHECK (
        0 <= used_amount AND used_amount <= granted_amount AND 0 <= used_count AND used_count <= granted_count
    ),
    CONSTRAINT quota_account_pending CHECK (pending BETWEEN 0 AND 4294967295)
);

-- What went into an issuer's month and out of it, with what was left after.
CREATE TABLE quota_entry (
    issuer text NOT NULL,
    month text NOT NULL,
    place int8 NOT NULL,
    kind text NOT NULL,
    application bytea,
    invoice text,
    amount int8 NOT NULL,
    count int8 NOT NULL,
    left_amount int8 NOT NULL,
    left_count int8 NOT NULL,
    height int8 NOT NULL,
    time int8 NOT NULL,
    PRIMARY KEY (issuer, month, place),
    CONSTRAINT quota_entry_kind CHECK (
        (kind IN ('granted', 'adjusted') AND application IS NOT NULL AND octet_length(application) = 32
            AND invoice IS NULL)
        OR (kind = 'used' AND application IS NULL AND invoice IS NOT NULL)
    ),
    CONSTRAINT quota_entry_left CHECK (left_amount >= 0 AND left_count >= 0)
);

-- Numbers allotted, and how many of each segment are used.
CREATE TABLE number_segment (
    prefix text NOT NULL,
    first int8 NOT NULL,
    last int8 NOT NULL,
    issuer text NOT NULL,
    application bytea NOT NULL,
    used int8 NOT NULL,
    PRIMARY KEY (prefix, first),
    CONSTRAINT number_segment_prefix CHECK (prefix ~ '^[0-9]{5}$'),
    CONSTRAINT number_segment_range CHECK (1 <= first AND first <= last AND last < 1000000000000000),
    CONSTRAINT number_segment_used CHECK (0 <= used AND used <= last - first + 1),
    CONSTRAINT number_segment_application CHECK (octet_length(application) = 32)
);
CREATE INDEX number_segment_issuer ON number_segment (issuer, prefix, first);
CREATE INDEX number_segment_by_application ON number_segment (application);

-- What is written on an invoice: `body` is the body of its `invoice.issue`, `signed_at` that transition's `iat`.
CREATE TABLE invoice_content (
    number text PRIMARY KEY,
    issuer text NOT NULL,
    month text NOT NULL,
    order_reference text,
    signed_at int8 NOT NULL,
    body text NOT NULL,
    CONSTRAINT invoice_content_number CHECK (number ~ '^[0-9]{20}$')
);
CREATE INDEX invoice_content_order ON invoice_content (issuer, order_reference, number)
    WHERE order_reference IS NOT NULL;

-- Every decided transition that named an invoice, refused ones too.
CREATE TABLE invoice_history (
    number text NOT NULL,
    place int8 NOT NULL,
    transition bytea NOT NULL,
    kind text NOT NULL,
    party text NOT NULL,
    code text,
    height int8 NOT NULL,
    time int8 NOT NULL,
    PRIMARY KEY (number, place),
    CONSTRAINT invoice_history_number CHECK (number ~ '^[0-9]{20}$'),
    CONSTRAINT invoice_history_transition CHECK (octet_length(transition) = 32)
);
