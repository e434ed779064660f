DROP INDEX reimbursement_lock;
DROP INDEX reimbursement_booking;
DROP TABLE rule_terms;
