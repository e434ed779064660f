-- A key is a party's own: another may have the same (ADR 0017).
ALTER TABLE party_key DROP CONSTRAINT party_key_pkey;
ALTER TABLE party_key ADD PRIMARY KEY (party, kid);
DROP INDEX party_key_party;
-- What a party signs with, however many keys it had.
CREATE INDEX party_key_live ON party_key (party) WHERE state = 'live';
