//! Writes `schemas/asyncapi.json` (AsyncAPI 3.0) out of the names and bounds of the bus: what travels through the broker,
//! for whoever follows blocks without a line of our code.

use piao_bus::NamePrefix;
use piao_bus::rabbitmq::{BLOCKS, COMMANDS, DEAD, KEY_PREFIX, QUARANTINE, REASON, RabbitConfig, TRANSITIONS};
use piao_protocol::json::{self, Json};
use piao_protocol::jws::TRANSITION_BYTES_MAX;
use serde_json::{Value, json};

/// Where the document is, and the schemas that it refers to.
pub(crate) const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas");

const AMQP: &str = "0.3.0";

const ABOUT: &str = "What travels between services and the ledger through RabbitMQ (ADR 0009). Names begin with the \
prefix of the installation (PIAO_AMQP_PREFIX), `piao` where nothing else was chosen. Messages are bytes: no AMQP property \
but those named here is set, content type and encoding neither. Whoever can read the broker reads transitions, which are \
confidential to the ledger's nodes and the parties named in them. Whoever can write to it can neither make nor alter one, \
nor announce a block: receivers verify, as each message says.";

const ANNOUNCEMENT: &str = "A hint that may be lost, repeated, late or forged; the ledger is the truth. What a receiver \
does: (1) Verify before reading: the last 86 characters are base64url of an Ed25519 signature by one of `logs` of the \
genesis file over `piao/announcement/v1`, a NUL byte, and SHA-256 of everything before them, line feed included; drop \
what does not verify. (2) Take the height from the header, not from the routing key. (3) Ignore a height at or below the \
last one applied. (4) Where heights are missing, fetch them: GET /v1/blocks?from=&limit= of the ledger, with a read token of \
a node or bureau. (5) See that `chain` is the chain's id, `height` the next, `prev` the hash of the block applied before \
(SHA3-256 of `piao/block/v1`, a NUL byte and the JCS of its header), `first` that block's first + count + 1, `time` no earlier, and that \
there are `count` transitions and outcomes. (6) Apply it and remember its height in one database transaction. A block whose \
message would be too large is not announced: ask the ledger now and then, though nothing was heard.";

const COMMAND: &str = "A batch of transitions, cut where it would be too large. What the ledger does: it verifies each \
line by itself, believes no header, decides and commits, and acknowledges then. What can never be decided goes into \
quarantine, and the rest of its message is decided. The same transition twice is the same as once, so a sender that got \
no confirm sends it again; a confirm says that the broker has it, and only a receipt that it is decided. Commands come \
from edges, which have refused what is malformed, of another chain, stale or wrongly signed: clients post to \
/v1/transitions and do not write here.";

/// The document as it is committed.
pub(crate) fn document() -> String {
    let document = json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "piao bus",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "Apache-2.0" },
        },
        "servers": { "broker": broker() },
        "channels": {
            "blocks": blocks(),
            "commands": queue(COMMANDS, "command", "Transitions on their way to the ledger: a durable quorum queue, \
                reached through the default exchange. A full queue refuses, and loses nothing."),
            "quarantine": queue(QUARANTINE, "put_aside", &format!("Messages that can never be decided, for people: a \
                durable quorum queue behind the fanout exchange `{}`. A full one loses its oldest.", name(DEAD))),
        },
        "operations": operations(),
        "components": { "messages": messages(), "schemas": {
            "block_line": { "$ref": "block-line.json" },
            "genesis_file": { "$ref": "genesis-file.json" },
        } },
    });
    // Through our own tree, whose members are sorted whatever features other crates ask of `serde_json`.
    let text = json::canonical(&document).expect("texts and small integers");
    let tree: Json = json::from_str(&text).expect("it was just written");
    serde_json::to_string_pretty(&tree).expect("it came out of JSON") + "\n"
}

fn name(last: &str) -> String {
    format!("{}.{last}", NamePrefix::default().as_str())
}

fn bounds() -> RabbitConfig {
    RabbitConfig::new("", NamePrefix::default())
}

fn broker() -> Value {
    json!({
        "host": "{broker}",
        "protocol": "amqp",
        "protocolVersion": "0.9.1",
        "description": format!("RabbitMQ 3.10 or later: PIAO_AMQP_URL. Messages are of at most {} bytes.", bounds().body_bytes_max),
        "variables": { "broker": { "default": "127.0.0.1:5672", "description": "Host and port." } },
    })
}

fn blocks() -> Value {
    json!({
        "address": format!("{KEY_PREFIX}{{height}}"),
        "title": "Blocks",
        "description": format!("Every block as it is committed. A follower binds a queue of its own by `{KEY_PREFIX}*`, \
            exclusive and bounded (ours: {} messages, the oldest dropped first).", bounds().blocks_max),
        "parameters": { "height": { "description": "The block's height, decimal, without leading zeros." } },
        "servers": [{ "$ref": "#/servers/broker" }],
        "messages": { "announcement": { "$ref": "#/components/messages/announcement" } },
        "bindings": { "amqp": {
            "is": "routingKey",
            "exchange": { "name": name(BLOCKS), "type": "topic", "durable": true, "autoDelete": false },
            "bindingVersion": AMQP,
        } },
    })
}

fn queue(last: &str, message: &str, description: &str) -> Value {
    json!({
        "address": name(last),
        "title": last,
        "description": description,
        "servers": [{ "$ref": "#/servers/broker" }],
        "messages": { message: { "$ref": format!("#/components/messages/{message}") } },
        "bindings": { "amqp": {
            "is": "queue",
            "queue": { "name": name(last), "durable": true, "exclusive": false, "autoDelete": false },
            "bindingVersion": AMQP,
        } },
    })
}

fn operations() -> Value {
    let operation = |action: &str, channel: &str, message: &str, summary: &str, amqp: Value| {
        let mut amqp = amqp;
        amqp["bindingVersion"] = Value::from(AMQP);
        json!({
            "action": action,
            "summary": summary,
            "channel": { "$ref": format!("#/channels/{channel}") },
            "messages": [{ "$ref": format!("#/channels/{channel}/messages/{message}") }],
            "bindings": { "amqp": amqp },
        })
    };
    let kept = || json!({ "deliveryMode": 2, "mandatory": true });
    json!({
        "announce_block": operation("send", "blocks", "announcement", "The ledger announces a block that is durable.", json!({})),
        "follow_blocks": operation("receive", "blocks", "announcement", "A service, or anybody who may, follows.", json!({ "ack": false })),
        "send_command": operation("send", "commands", "command", "An edge hands transitions to the ledger, and waits for the confirm.", kept()),
        "take_commands": operation("receive", "commands", "command", "A ledger takes them; several compete.", json!({ "ack": true })),
        "put_aside": operation("send", "quarantine", "put_aside", "The ledger puts aside what can never be decided.", kept()),
        "look_aside": operation("receive", "quarantine", "put_aside", "A person looks, and takes nothing out.", json!({ "ack": false })),
    })
}

fn messages() -> Value {
    let announcement: Value = vector(include_str!("../../../../schemas/vectors/announcement.json"));
    let transitions: Value = vector(include_str!("../../../../schemas/vectors/transitions.json"));
    let two = [0, 1].map(|place| transitions[place]["jws"].as_str().unwrap_or_default()).join("\n");
    json!({
        "announcement": {
            "title": "A block",
            "summary": "The block's line, a line feed, and the log's signature over both.",
            "description": ANNOUNCEMENT,
            "contentType": "text/plain; charset=utf-8",
            "payload": { "$ref": "announcement.json" },
            "examples": [{ "name": "announcement", "summary": "schemas/vectors/announcement.json", "payload": announcement["announcement"] }],
        },
        "command": {
            "title": "Transitions",
            "summary": format!("Compact JWS, one a line, each of at most {TRANSITION_BYTES_MAX} bytes."),
            "description": COMMAND,
            "contentType": "text/plain; charset=us-ascii",
            "headers": headers(TRANSITIONS, json!({
                "description": "How many are inside, so that batches can be cut before they are read; 1 where it is missing. Never trusted.",
                "type": "integer",
                "minimum": 1,
                "maximum": u32::MAX,
            })),
            "payload": { "$ref": "command.json" },
            "examples": [{ "name": "two_transitions", "headers": { TRANSITIONS: 2 }, "payload": two }],
        },
        "put_aside": {
            "title": "A message that was put aside",
            "summary": "As it came, whatever it holds.",
            "contentType": "application/octet-stream",
            "headers": headers(REASON, json!({
                "description": "Why, for people. Missing where the broker put it aside, after too many deliveries.",
                "type": "string",
            })),
        },
    })
}

fn headers(name: &str, schema: Value) -> Value {
    json!({ "type": "object", "properties": { name: schema } })
}

fn vector(text: &str) -> Value {
    serde_json::from_str(text).expect("a file of vectors is JSON")
}
