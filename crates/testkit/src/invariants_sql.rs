//! What must hold of a ledger's tables (domain §4, protocol §5), asked in SQL and written apart from the program.
//!
//! Each rule is a query for the rows that break it. It knows PostgreSQL's functions and the tables, and no code of
//! ours.

use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::database::ledger_schema;

/// One rule: its name, and a query whose first column names each row that breaks it.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Says what holds.
    pub name: &'static str,
    query: &'static str,
}

/// A row that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which rule.
    pub rule: &'static str,
    /// Which row.
    pub row: String,
}

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

/// Every rule.
pub const RULES: [Rule; 22] = [
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
        name: "the tiles hold the hash of every entry",
        query: "SELECT first + n FROM block CROSS JOIN LATERAL generate_series(0, count) AS n \
                LEFT JOIN log_tile ON level = 0 AND tile = (first + n) / 256 \
                WHERE sha256('\\x00'::bytea || substring(entries FROM 65 * n + 1 FOR 65)) IS DISTINCT FROM \
                substring(hashes FROM 32 * ((first + n) % 256)::int + 1 FOR 32)",
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

/// Opens a connection whose unqualified names are the ledger's tables.
///
/// # Panics
/// Where there is no such database.
pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the test database");
    tokio::spawn(connection);
    let schema = format!("SET search_path TO \"{}\"", ledger_schema());
    client.batch_execute(&schema).await.expect("the ledger's schema");
    client
}

/// Asks every rule.
///
/// # Panics
/// Where the database does not answer.
pub async fn broken(client: &Client) -> Vec<Broken> {
    let mut broken = Vec::new();
    for rule in RULES {
        let rows = client.simple_query(rule.query).await;
        let rows = rows.unwrap_or_else(|error| panic!("{}: {error:?}", rule.name));
        broken.extend(rows.iter().filter_map(|row| match row {
            SimpleQueryMessage::Row(row) => {
                Some(Broken { rule: rule.name, row: row.get(0).unwrap_or_default().to_owned() })
            }
            // The number of rows, and the columns' names.
            _ => None,
        }));
    }
    broken
}

/// Asks every rule of the database at a URL, and expects that all hold.
///
/// # Panics
/// Where one does not.
pub async fn hold(url: &str) {
    let broken = broken(&connect(url).await).await;
    assert!(broken.is_empty(), "{} rows break a rule: {:?}", broken.len(), &broken[..broken.len().min(10)]);
}
