//! Bytes from services to the ledger and back: RabbitMQ or in process.
