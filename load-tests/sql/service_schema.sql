-- What a service keeps that has no ledger: the tables of baseline_schema.sql, but with the numbers that invoices have
-- and with changes by their names.
ALTER TABLE invoice ALTER COLUMN number TYPE text;
ALTER TABLE invoice_lock ALTER COLUMN invoice TYPE text;
ALTER TABLE change ALTER COLUMN invoice TYPE text, ALTER COLUMN kind TYPE text;
