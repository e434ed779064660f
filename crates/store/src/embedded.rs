//! PostgreSQL inside this process.
