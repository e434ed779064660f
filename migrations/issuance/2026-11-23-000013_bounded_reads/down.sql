DROP INDEX invoice_history_refused;
DROP INDEX invoice_history_accepted;
DROP INDEX number_segment_by_issuer;
CREATE INDEX number_segment_issuer ON number_segment (issuer, prefix, first);
ALTER TABLE number_segment DROP COLUMN open;
