-- The orders of filtered lists: an enterprise's locks that have not ended, and by its own reference; its bookings of a
-- month.
CREATE INDEX reimbursement_lock_live ON invoice_lock (enterprise, invoice, lock) WHERE ended IS NULL;
CREATE INDEX reimbursement_lock_claim_ref ON invoice_lock (enterprise, claim_ref, invoice, lock);
CREATE INDEX reimbursement_booking_month ON invoice (booking_enterprise, booking_month, number)
    WHERE booking_enterprise IS NOT NULL;
