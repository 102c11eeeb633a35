//! Every parser of foreign bytes, over its kept corpus and mutations of it, and the codecs of HTTP/1 and HTTP/2 held against those of hyper and h2.

mod corpus;
mod cuts;
mod differential;
mod http2;
mod mutate;
