-- The registry searches the parties that every service follows by what they are and where.
CREATE INDEX party_by_kind ON party (kind, party);
CREATE INDEX party_by_region ON party (region, party) WHERE region IS NOT NULL;
CREATE INDEX party_suspended ON party (party) WHERE standing = 'suspended';
