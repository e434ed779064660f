DROP INDEX reimbursement_booking_month;
DROP INDEX reimbursement_lock_claim_ref;
DROP INDEX reimbursement_lock_live;
