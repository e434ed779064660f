DROP TABLE invoice_lock;
DROP TABLE invoice;
