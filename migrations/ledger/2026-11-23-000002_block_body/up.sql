-- A block without its body is one that nobody can follow.
ALTER TABLE block ADD CONSTRAINT block_body CHECK (octet_length(body) > 0);
