//! Key ring, token hashing and envelope encryption.
