DROP INDEX invoice_lock_owner;
CREATE INDEX invoice_lock_owner ON invoice_lock (enterprise, invoice);
