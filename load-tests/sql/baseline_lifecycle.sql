\set number random(1, 9000000000000000000)
BEGIN;
INSERT INTO invoice (number, issuer, buyer, amount, tax, version, body) VALUES (:number, '91440300708461136T', '914403001922038216', 10000, 600, 1, '{"kind":"plain","lines":[{"item":"software","amount":10000,"tax":600}],"total":10600}');
INSERT INTO change (invoice, kind, payload, signature) VALUES (:number, 1, decode(repeat('ab', 300), 'hex'), decode(repeat('cd', 64), 'hex'));
COMMIT;
BEGIN;
UPDATE invoice SET holder = '914403001922038216', version = version + 1 WHERE number = :number AND holder IS NULL;
INSERT INTO change (invoice, kind, payload, signature) VALUES (:number, 2, decode(repeat('ab', 200), 'hex'), decode(repeat('cd', 64), 'hex'));
COMMIT;
BEGIN;
INSERT INTO invoice_lock (invoice, enterprise, claim_ref, amount) VALUES (:number, '914403001922038216', 'R-1', 10600);
UPDATE invoice SET version = version + 1 WHERE number = :number;
INSERT INTO change (invoice, kind, payload, signature) VALUES (:number, 3, decode(repeat('ab', 200), 'hex'), decode(repeat('cd', 64), 'hex'));
COMMIT;
