-- Lists of what a party issued and of what it bought, which no other service has.
CREATE INDEX invoice_issuer ON invoice (issuer, number);
CREATE INDEX invoice_buyer ON invoice (buyer, number) WHERE buyer IS NOT NULL;
