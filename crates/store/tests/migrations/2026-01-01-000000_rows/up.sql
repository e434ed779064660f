CREATE TABLE rows (id bigint PRIMARY KEY, body bytea NOT NULL, note text, CONSTRAINT rows_id_positive CHECK (id > 0));
