CREATE INDEX invoice_presented_to ON invoice USING gin (presented_to);
DROP TABLE invoice_presentation;
