DROP INDEX invoice_history_all_refused;
DROP INDEX invoice_history_accepted;
CREATE INDEX invoice_history_accepted ON invoice_history (number, place) WHERE code IS NULL;
ALTER TABLE invoice_history ADD PRIMARY KEY (number, place);
