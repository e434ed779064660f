DROP TABLE party_key;
DROP TABLE party;
DROP TABLE follow_cursor;
DROP TABLE sealed;
DROP TABLE submission;
