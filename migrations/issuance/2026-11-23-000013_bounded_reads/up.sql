-- The next number comes from the first segment that has one left, however many are used up. A column of its own, because
-- an index whose condition counts would be written anew with every number that is used.
ALTER TABLE number_segment ADD COLUMN open bool NOT NULL DEFAULT true;
UPDATE number_segment SET open = used < last - first + 1;
ALTER TABLE number_segment ALTER COLUMN open DROP DEFAULT;
ALTER TABLE number_segment ADD CONSTRAINT number_segment_open CHECK (open = (used < last - first + 1));
DROP INDEX number_segment_issuer;
CREATE INDEX number_segment_by_issuer ON number_segment (issuer, prefix, first) WHERE open;
-- Anybody may be refused on any invoice as often as they like: what was accepted, and what a party tried itself, are read
-- past all that.
CREATE INDEX invoice_history_accepted ON invoice_history (number, place) WHERE code IS NULL;
CREATE INDEX invoice_history_refused ON invoice_history (number, party, place) WHERE code IS NOT NULL;
