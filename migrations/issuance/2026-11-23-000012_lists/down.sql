DROP INDEX quota_application_issuer_month;
DROP INDEX quota_application_month;
DROP INDEX quota_application_status;
DROP INDEX invoice_content_issuer_month;
DROP INDEX invoice_content_month;
