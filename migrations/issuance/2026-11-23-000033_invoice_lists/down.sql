DROP INDEX invoice_buyer;
DROP INDEX invoice_issuer;
