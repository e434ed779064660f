-- One row: a sign of life of the ledger that leads, which a standby watches. Nothing is decided by it. Beats of 0 say
-- that nobody leads: that none has yet, or that the last one ended in order.
CREATE TABLE sign_of_life (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    epoch     bigint NOT NULL CHECK (epoch >= 0),
    beats     bigint NOT NULL CHECK (beats >= 0)
);
INSERT INTO sign_of_life (epoch, beats) VALUES (0, 0);
