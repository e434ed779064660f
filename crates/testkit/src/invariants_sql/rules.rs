//! The rules themselves.

use super::Rule;

/// Locks that are live at the time of the last block.
macro_rules! live {
    ($query:literal) => {
        concat!(
            "WITH live AS (SELECT l.* FROM invoice_lock l JOIN invoice i ON i.number = l.invoice \
             WHERE l.ended IS NULL AND (l.lease_until > (SELECT max(time) FROM block) \
             OR (i.booking IN ('02', '03') AND i.booked_by = l.enterprise))) ",
            $query
        )
    };
}

/// The hash of every complete subtree of the log (RFC 6962 §2.1): of 2^level entries from `index` × 2^level on.
macro_rules! tree {
    ($query:literal) => {
        concat!(
            "WITH RECURSIVE node (level, index, hash) AS (SELECT 0, first + n, \
             sha256('\\x00'::bytea || substring(entries FROM 65 * n + 1 FOR 65)) \
             FROM block CROSS JOIN LATERAL generate_series(0, count) AS n UNION ALL \
             SELECT level + 1, index / 2, sha256('\\x01'::bytea || hash || sister) \
             FROM (SELECT level, index, hash, lead(hash) OVER (ORDER BY index) AS sister FROM node) AS pair \
             WHERE index % 2 = 0 AND sister IS NOT NULL)",
            $query
        )
    };
}

/// Every rule.
pub const RULES: [Rule; 27] = [
    Rule {
        name: "one enterprise has locks, settlement or booking of an invoice",
        query: live!(
            "SELECT invoice FROM (SELECT invoice, enterprise FROM live \
             UNION SELECT number, settled_by FROM invoice WHERE settled_by IS NOT NULL \
             UNION SELECT number, booked_by FROM invoice WHERE booking IN ('02', '03')) AS held \
             GROUP BY invoice HAVING count(*) > 1"
        ),
    },
    Rule {
        name: "one exclusive lock is live",
        query: live!("SELECT invoice FROM live GROUP BY invoice HAVING count(*) > 1 AND bool_or(exclusive)"),
    },
    Rule {
        name: "settled and locked are within the total",
        query: live!(
            "SELECT number FROM invoice LEFT JOIN (SELECT invoice, sum(amount) AS locked FROM live \
             GROUP BY invoice) AS l ON l.invoice = number \
             WHERE coalesce(settled_amount, 0) + coalesce(locked, 0) > total"
        ),
    },
    Rule {
        name: "what is settled was locked by the same enterprise",
        query: "SELECT coalesce(number, l.invoice) FROM invoice FULL JOIN (SELECT invoice, \
                min(enterprise) AS enterprise, count(DISTINCT enterprise) AS enterprises, sum(amount) AS amount \
                FROM invoice_lock WHERE ended = 'settled' GROUP BY invoice) AS l ON l.invoice = number \
                WHERE settled_by IS DISTINCT FROM l.enterprise OR settled_amount IS DISTINCT FROM l.amount \
                OR l.enterprises > 1",
    },
    // A booking may have been taken back since, and then still says whose it was. When a lock was settled and when a
    // set was retired the tables do not say: any set that was ever active may have waived the booking, and one bound
    // for certain that has been active since a day before the lock, below no higher version.
    Rule {
        name: "what is settled was booked by its enterprise, unless every rule set that binds it waives that",
        query: "WITH deployed AS (SELECT id, version, status, active_from, \
                body::jsonb #> '{scope,regions}' AS regions, body::jsonb #> '{scope,industries}' AS industries, \
                body::jsonb #> '{scope,enterprises}' AS named, \
                (body::jsonb #>> '{limits,booking_required}')::boolean AS required FROM rule_set \
                WHERE status <> 'deployed'), \
                binding AS (SELECT party, required, CASE WHEN status = 'active' AND NOT EXISTS (SELECT 1 \
                FROM deployed h WHERE h.id = d.id AND h.version > d.version) THEN active_from END AS since \
                FROM deployed d JOIN party p ON (regions = '[]' OR regions ? region) \
                AND (named = '[]' OR named ? party) AND (industries = '[]' OR EXISTS (SELECT 1 \
                FROM jsonb_array_elements_text(industries) AS wide WHERE starts_with(industry, wide)))) \
                SELECT number FROM invoice_lock l JOIN invoice ON number = invoice \
                WHERE ended = 'settled' AND booked_by IS DISTINCT FROM enterprise AND (NOT EXISTS (SELECT 1 \
                FROM binding WHERE party = 'uscc:' || enterprise AND NOT required) OR EXISTS (SELECT 1 \
                FROM binding WHERE party = 'uscc:' || enterprise AND required AND since < \
                to_char(to_timestamp(accepted_at) AT TIME ZONE 'UTC' + interval '8 hours', 'YYYY-MM-DD')))",
    },
    Rule {
        name: "tokens of an invoice's locks count from 1",
        query: "SELECT number FROM invoice LEFT JOIN invoice_lock ON invoice = number \
                GROUP BY number, last_token HAVING count(token) <> last_token \
                OR count(DISTINCT token) <> last_token OR coalesce(max(token), 0) <> last_token",
    },
    Rule {
        name: "what was issued in a month is what was used of its quota",
        query: "SELECT issuer || ' ' || month FROM (SELECT issuer, to_char(to_timestamp(issued_at) \
                AT TIME ZONE 'UTC' + interval '8 hours', 'YYYY-MM') AS month, sum(amount) AS amount, \
                count(*) AS invoices FROM invoice GROUP BY 1, 2) AS issued \
                FULL JOIN quota_account USING (issuer, month) \
                WHERE coalesce(amount, 0) <> coalesce(used_amount, 0) \
                OR coalesce(invoices, 0) <> coalesce(used_count, 0)",
    },
    Rule {
        name: "what a month grants is the sum of its applications",
        query: "SELECT issuer || ' ' || month FROM (SELECT issuer, month, sum(granted_amount) AS amount, \
                sum(granted_count) AS invoices, count(*) FILTER (WHERE status = 'pending') AS waiting \
                FROM quota_application GROUP BY 1, 2) AS applied FULL JOIN quota_account USING (issuer, month) \
                WHERE (coalesce(amount, 0), coalesce(invoices, 0), waiting) IS DISTINCT FROM \
                (granted_amount, granted_count, pending)",
    },
    Rule {
        name: "no more is used than was granted",
        query: "SELECT issuer || ' ' || month FROM quota_account \
                WHERE used_amount > granted_amount OR used_count > granted_count",
    },
    Rule {
        name: "a number is inside a segment of its issuer",
        query: "SELECT number FROM invoice i WHERE NOT EXISTS (SELECT 1 FROM number_segment s \
                WHERE s.issuer = i.issuer AND s.prefix = left(i.number, 5) \
                AND substr(i.number, 6)::bigint BETWEEN s.first AND s.last)",
    },
    Rule {
        name: "a number is used once",
        query: "SELECT number FROM invoice GROUP BY number HAVING count(*) > 1",
    },
    Rule {
        name: "segments do not overlap and end below the top",
        query: "SELECT s.prefix || ' ' || s.first FROM number_segment s LEFT JOIN number_top t USING (prefix) \
                WHERE t.top IS NULL OR s.last > t.top OR EXISTS (SELECT 1 FROM number_segment o \
                WHERE o.prefix = s.prefix AND o.first > s.first AND o.first <= s.last)",
    },
    Rule {
        name: "a transition is decided once",
        query: "SELECT encode(id, 'hex') FROM decided GROUP BY id HAVING count(*) > 1",
    },
    Rule {
        name: "a block counts what it decided",
        query: "SELECT coalesce(b.height, d.height) FROM block b FULL JOIN (SELECT height, count(*) AS decided, \
                count(DISTINCT position) AS places, min(position) AS low, max(position) AS high FROM decided \
                GROUP BY height) AS d ON d.height = b.height \
                WHERE b.count IS DISTINCT FROM coalesce(d.decided, 0) \
                OR (d.decided > 0 AND (places <> decided OR low <> 0 OR high <> decided - 1))",
    },
    Rule {
        name: "entries name what was decided, in its order",
        query: "SELECT encode(id, 'hex') FROM decided JOIN block USING (height) \
                WHERE substring(entries FROM 65 * position + 1 FOR 33) <> '\\x01'::bytea || id",
    },
    Rule {
        name: "the last entry of a block closes it",
        query: "SELECT height FROM block WHERE octet_length(entries) <> 65 * (count + 1) \
                OR substring(entries FROM 65 * count + 1 FOR 33) <> '\\x02'::bytea || hash",
    },
    Rule {
        name: "each block follows the one before",
        query: "SELECT b.height FROM block b LEFT JOIN block p ON p.height = b.height - 1 \
                WHERE CASE WHEN b.height = 0 THEN b.prev <> decode(repeat('00', 32), 'hex') \
                ELSE p.height IS NULL OR b.prev <> p.hash OR b.time < p.time END",
    },
    Rule {
        name: "the columns of a block are its header's",
        query: "SELECT height FROM block WHERE (header::json->>'height', header::json->>'first', \
                header::json->>'count', header::json->>'time', header::json->>'prev') IS DISTINCT FROM \
                (height::text, first::text, count::text, time::text, encode(prev, 'hex'))",
    },
    Rule {
        name: "indices of the log have no gap",
        query: "SELECT b.height FROM block b LEFT JOIN block p ON p.height = b.height - 1 \
                WHERE b.first <> CASE WHEN b.height = 0 THEN 0 ELSE p.first + p.count + 1 END",
    },
    Rule {
        name: "the head is the last block",
        query: "SELECT head.height FROM head LEFT JOIN block b ON b.height = (SELECT max(height) FROM block) \
                WHERE (head.height, tree_size) IS DISTINCT FROM (b.height, b.first + b.count + 1)",
    },
    Rule {
        name: "the root of each header is that of the log before its closing entry",
        query: tree!(
            ", fold (height, size, root, level, hash) AS (SELECT height, first + count, header::json->>'root', 0, \
             NULL::bytea FROM block WHERE height > 0 UNION ALL \
             SELECT height, size, root, fold.level + 1, CASE WHEN size >> fold.level & 1 = 0 THEN fold.hash \
             WHEN fold.hash IS NULL THEN node.hash ELSE sha256('\\x01'::bytea || node.hash || fold.hash) END \
             FROM fold LEFT JOIN node ON node.level = fold.level AND node.index = (size >> fold.level) - 1 \
             WHERE size >> fold.level > 0) \
             SELECT height FROM fold WHERE size >> level = 0 AND root IS DISTINCT FROM encode(hash, 'hex')"
        ),
    },
    Rule {
        name: "the head ends with the roots of the log's complete subtrees",
        query: tree!(
            " SELECT height FROM head WHERE peaks IS DISTINCT FROM (SELECT string_agg(hash, ''::bytea \
             ORDER BY level DESC) FROM node WHERE tree_size >> level & 1 = 1 AND index = (tree_size >> level) - 1)"
        ),
    },
    Rule {
        name: "the tiles hold the hashes of the log",
        query: tree!(
            " SELECT node.level || ' ' || index FROM node LEFT JOIN log_tile t ON t.level = node.level / 8 \
             AND tile = index / 256 WHERE node.level % 8 = 0 AND hash IS DISTINCT FROM \
             substring(hashes FROM 32 * (index % 256)::int + 1 FOR 32)"
        ),
    },
    Rule {
        name: "the tiles are as long as the log",
        query: "SELECT level FROM log_tile, head GROUP BY level, tree_size \
                HAVING sum(octet_length(hashes)) <> 32 * (tree_size >> (8 * level))",
    },
    Rule {
        name: "a checkpoint ends on a block of the log",
        query: "SELECT tree_size FROM checkpoint WHERE NOT EXISTS (SELECT 1 FROM block \
                WHERE first + count + 1 = tree_size)",
    },
    Rule {
        name: "one to sixteen keys sign for a party, and none for nobody",
        query: "SELECT party FROM party FULL JOIN party_key USING (party) GROUP BY party \
                HAVING count(*) FILTER (WHERE live) NOT BETWEEN 1 AND 16 OR bool_or(active IS NULL)",
    },
    Rule {
        name: "what made the state was decided",
        query: "SELECT encode(id, 'hex') FROM (SELECT id FROM invoice_lock UNION ALL \
                SELECT issued_by FROM invoice UNION ALL SELECT id FROM quota_application) AS made \
                WHERE NOT EXISTS (SELECT 1 FROM decided WHERE decided.id = made.id)",
    },
];
