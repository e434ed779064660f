-- The newest locks of an enterprise on an invoice are read from the end of the index, however many there were.
DROP INDEX invoice_lock_owner;
CREATE INDEX invoice_lock_owner ON invoice_lock (enterprise, invoice, token);
