ALTER TABLE rows ADD COLUMN amount bigint; CREATE UNIQUE INDEX rows_note ON rows (note);
