DROP TABLE decided;
DROP TABLE checkpoint;
DROP TABLE log_tile;
DROP TABLE head;
DROP TABLE block;
