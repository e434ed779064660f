ALTER TABLE invoice RESET (fillfactor);
DROP INDEX invoice_lock_exclusive;
CREATE UNIQUE INDEX invoice_lock_exclusive ON invoice_lock (invoice) WHERE ended IS NULL AND exclusive;
CREATE INDEX invoice_lock_live ON invoice_lock (invoice) WHERE ended IS NULL;
ALTER TABLE invoice_lock DROP CONSTRAINT invoice_lock_pkey;
ALTER TABLE invoice_lock ADD PRIMARY KEY (invoice, lock);
CREATE INDEX invoice_lock_by_id ON invoice_lock (lock);
CREATE INDEX invoice_buyer ON invoice (buyer, number) WHERE buyer IS NOT NULL;
CREATE INDEX invoice_issuer ON invoice (issuer, number);
