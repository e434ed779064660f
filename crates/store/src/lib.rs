//! The only door to PostgreSQL: pool, transaction, migrations, embedded database.
