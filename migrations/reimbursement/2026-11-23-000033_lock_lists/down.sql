DROP INDEX reimbursement_lock_claim_ref;
CREATE INDEX reimbursement_lock_claim_ref ON invoice_lock (enterprise, claim_ref, invoice, lock);
DROP INDEX reimbursement_lock_live;
CREATE INDEX reimbursement_lock_live ON invoice_lock (enterprise, invoice, lock) WHERE ended IS NULL;
DROP INDEX reimbursement_lock_by_id;
