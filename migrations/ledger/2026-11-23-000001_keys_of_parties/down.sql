-- Fails where two parties have the same key: the older tables cannot hold that.
DROP INDEX party_key_live;
CREATE INDEX party_key_party ON party_key (party);
ALTER TABLE party_key DROP CONSTRAINT party_key_pkey;
ALTER TABLE party_key ADD PRIMARY KEY (kid);
