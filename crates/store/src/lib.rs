//! Every line of SQL: migrations, transactions, the change feed. SQLite and PostgreSQL.
