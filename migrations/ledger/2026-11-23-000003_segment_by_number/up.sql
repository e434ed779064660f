-- Segments are found by the numbers that they hold, with the primary key: how many an issuer has does not matter.
DROP INDEX number_segment_issuer;
