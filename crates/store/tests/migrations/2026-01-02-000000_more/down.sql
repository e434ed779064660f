DROP INDEX rows_note; ALTER TABLE rows DROP COLUMN amount;
