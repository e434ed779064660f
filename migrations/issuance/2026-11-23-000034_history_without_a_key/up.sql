-- A row is read either with what was accepted or with what was refused: two halves of one index instead of the key over
-- all of it beside them, which was written once more for every transition.
-- That a place stands in one of them only is the ledger's doing. Logical replication needs REPLICA IDENTITY FULL here.
ALTER TABLE invoice_history DROP CONSTRAINT invoice_history_pkey;
DROP INDEX invoice_history_accepted;
CREATE UNIQUE INDEX invoice_history_accepted ON invoice_history (number, place) WHERE code IS NULL;
CREATE UNIQUE INDEX invoice_history_all_refused ON invoice_history (number, place) WHERE code IS NOT NULL;
