DROP TABLE invoice_history;
DROP TABLE invoice_content;
DROP TABLE number_segment;
DROP TABLE quota_entry;
DROP TABLE quota_account;
DROP TABLE quota_application;
DROP TABLE rule_set;
