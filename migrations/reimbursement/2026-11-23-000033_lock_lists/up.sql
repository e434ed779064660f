-- A lock by its id, which is as random as a hash.
CREATE INDEX reimbursement_lock_by_id ON invoice_lock USING hash (lock);
-- The order of the list, by invoice and then by id, comes from `invoice_lock_owner` up to the invoice, and what an
-- enterprise locked of one invoice is sorted; live ones likewise. A reference is used once an invoice.
DROP INDEX reimbursement_lock;
DROP INDEX reimbursement_lock_live;
CREATE INDEX reimbursement_lock_live ON invoice_lock (enterprise, invoice) WHERE ended IS NULL;
DROP INDEX reimbursement_lock_claim_ref;
CREATE INDEX reimbursement_lock_claim_ref ON invoice_lock (enterprise, claim_ref, invoice);
