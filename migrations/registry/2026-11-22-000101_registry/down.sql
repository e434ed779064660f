DROP INDEX party_suspended;
DROP INDEX party_by_region;
DROP INDEX party_by_kind;
