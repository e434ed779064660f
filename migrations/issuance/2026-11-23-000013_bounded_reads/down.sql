DROP INDEX invoice_history_refused;
DROP INDEX invoice_history_accepted;
ALTER TABLE invoice_history ADD PRIMARY KEY (number, place);
DROP INDEX number_segment_open;
CREATE INDEX number_segment_issuer ON number_segment (issuer, prefix, first);
