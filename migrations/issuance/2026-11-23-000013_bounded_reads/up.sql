-- The next number comes from the first segment that has one left, however many are used up.
DROP INDEX number_segment_issuer;
CREATE INDEX number_segment_open ON number_segment (issuer, prefix, first) WHERE used < last - first + 1;
-- Anybody may be refused on any invoice as often as they like: what was accepted, and what a party tried itself, are read
-- past all that. Each entry of the log names one invoice, so the two are unique together.
ALTER TABLE invoice_history DROP CONSTRAINT invoice_history_pkey;
CREATE UNIQUE INDEX invoice_history_accepted ON invoice_history (number, place) WHERE code IS NULL;
CREATE UNIQUE INDEX invoice_history_refused ON invoice_history (number, party, place) WHERE code IS NOT NULL;
