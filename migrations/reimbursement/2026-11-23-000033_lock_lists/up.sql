-- A lock by its id, which is as random as a hash.
CREATE INDEX reimbursement_lock_by_id ON invoice_lock USING hash (lock);
-- Of one invoice an enterprise has few live locks, which are sorted (ADR 0019), and each reference once. Of ended ones it may
-- have any number: the list of all keeps its index.
DROP INDEX reimbursement_lock_live;
CREATE INDEX reimbursement_lock_live ON invoice_lock (enterprise, invoice) WHERE ended IS NULL;
DROP INDEX reimbursement_lock_claim_ref;
CREATE INDEX reimbursement_lock_claim_ref ON invoice_lock (enterprise, claim_ref, invoice);
