//! TLS in front, met by rustls and by OpenSSL over real sockets.

mod clients;
mod openssl;
mod replaced;
mod shown;
mod world;
mod wrong;
