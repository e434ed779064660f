-- To whom invoices are presented, a row each, in the order of lists. An index over `presented_to` finds them without
-- any order, so that a page of an inbox would read all of it, or all invoices.
CREATE TABLE invoice_presentation (
    invoice text NOT NULL,
    enterprise text NOT NULL,
    PRIMARY KEY (invoice, enterprise)
);
INSERT INTO invoice_presentation (invoice, enterprise) SELECT number, unnest(presented_to) FROM invoice;
CREATE INDEX invoice_presentation_enterprise ON invoice_presentation (enterprise, invoice);
DROP INDEX invoice_presented_to;
