-- The chain. Bodies hold the transitions and outcomes once; everything else points into them.
CREATE TABLE block (
    height     bigint PRIMARY KEY CHECK (height >= 0),
    hash       bytea  NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    prev       bytea  NOT NULL UNIQUE CHECK (octet_length(prev) = 32),
    time       bigint NOT NULL,
    first      bigint NOT NULL UNIQUE CHECK (first >= 0),
    count      integer NOT NULL CHECK (count >= 0),
    -- JCS of the header.
    header     text   NOT NULL,
    -- zstd of the export line of the block (protocol §5).
    body       bytea  NOT NULL,
    -- The 65-byte entries of the block, its closing entry last.
    entries    bytea  NOT NULL CHECK (octet_length(entries) = 65 * (count + 1))
);

-- One row: how far the chain goes, and who may go on.
CREATE TABLE head (
    singleton  boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    chain      text   NOT NULL,
    genesis    bytea  NOT NULL CHECK (octet_length(genesis) = 32),
    height     bigint NOT NULL REFERENCES block (height),
    tree_size  bigint NOT NULL CHECK (tree_size > 0),
    -- Roots of the complete subtrees that the log ends with, largest first (RFC 6962 §2.1).
    peaks      bytea  NOT NULL CHECK (octet_length(peaks) % 32 = 0),
    -- Counts the ledgers that have opened this chain. A commit of an older one changes nothing.
    epoch      bigint NOT NULL CHECK (epoch >= 0)
);

-- Tiles of the log: up to 256 hashes each (C2SP tlog-tiles). The last of each level grows with every block.
CREATE TABLE log_tile (
    level  smallint NOT NULL CHECK (level BETWEEN 0 AND 7),
    tile   bigint   NOT NULL CHECK (tile >= 0),
    hashes bytea    NOT NULL CHECK (octet_length(hashes) BETWEEN 32 AND 8192 AND octet_length(hashes) % 32 = 0),
    PRIMARY KEY (level, tile)
);

-- The last checkpoint that was signed; a later one must extend it.
CREATE TABLE checkpoint (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    tree_size bigint NOT NULL,
    note      text   NOT NULL
);

-- Which transitions are decided, and where. The day comes first, so that fresh rows meet on fresh pages.
CREATE TABLE decided (
    day      integer  NOT NULL,
    id       bytea    NOT NULL CHECK (octet_length(id) = 32),
    height   bigint   NOT NULL,
    position integer  NOT NULL CHECK (position >= 0),
    PRIMARY KEY (day, id)
);
