-- The orders of filtered lists: a month's invoices, of everybody and of one issuer; applications by status, by month and
-- by an issuer's month.
CREATE INDEX invoice_content_month ON invoice_content (month, number);
CREATE INDEX invoice_content_issuer_month ON invoice_content (issuer, month, number);
CREATE INDEX quota_application_status ON quota_application (status, place);
CREATE INDEX quota_application_month ON quota_application (month, place);
CREATE INDEX quota_application_issuer_month ON quota_application (issuer, month, place);
