DROP TABLE rule_set;
