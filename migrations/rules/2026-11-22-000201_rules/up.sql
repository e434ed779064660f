-- Every version of every rule set ever deployed.
CREATE TABLE rule_set (
    id text NOT NULL,
    version int8 NOT NULL,
    -- The body that deployed it.
    body text NOT NULL,
    status text NOT NULL,
    -- First day, where it is active: YYYY-MM-DD, which sorts as text.
    active_from text COLLATE "C",
    -- The transition that deployed it, who signed that, and the times of the blocks of it and of the last change.
    deployed_by text NOT NULL,
    transition bytea NOT NULL,
    deployed_at int8 NOT NULL,
    changed_at int8 NOT NULL,
    PRIMARY KEY (id, version),
    CONSTRAINT rule_set_version CHECK (version BETWEEN 1 AND 4294967295),
    CONSTRAINT rule_set_status CHECK (
        status IN ('deployed', 'active', 'retired') AND (status = 'active') = (active_from IS NOT NULL)
        AND (active_from IS NULL OR active_from ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$')
    ),
    CONSTRAINT rule_set_transition CHECK (octet_length(transition) = 32),
    CONSTRAINT rule_set_times CHECK (
        changed_at >= deployed_at AND (status <> 'deployed' OR changed_at = deployed_at)
    )
);
CREATE INDEX rule_set_by_status ON rule_set (status, id, version);
