CREATE INDEX number_segment_issuer ON number_segment (issuer);
