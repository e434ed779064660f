-- What each index costs with every transition, only where something is read by it. The lists of issuers and buyers are
-- issuance's, a lock by its id is reimbursement's: both make the index themselves.
DROP INDEX invoice_issuer;
DROP INDEX invoice_buyer;
DROP INDEX invoice_lock_by_id;

-- A lock is named within its invoice by the token it took: a third of the bytes of its id.
ALTER TABLE invoice_lock DROP CONSTRAINT invoice_lock_pkey;
ALTER TABLE invoice_lock ADD PRIMARY KEY (invoice, token);

-- One index finds the live locks of an invoice and still notices a second exclusive one.
DROP INDEX invoice_lock_live;
DROP INDEX invoice_lock_exclusive;
CREATE UNIQUE INDEX invoice_lock_exclusive ON invoice_lock (invoice, (CASE WHEN exclusive THEN '' ELSE lock END))
    WHERE ended IS NULL;

-- An invoice is claimed and locked soon after it is issued: room for that on its own page.
ALTER TABLE invoice SET (fillfactor = 80);
