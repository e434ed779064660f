-- A key is a party's own: another may have the same (ADR 0017).
ALTER TABLE party_key DROP CONSTRAINT party_key_pkey;
ALTER TABLE party_key ADD PRIMARY KEY (party, kid);
-- What decisions read of a party, however many keys it had.
DROP INDEX party_key_party;
CREATE INDEX party_key_live ON party_key (party) WHERE live;
