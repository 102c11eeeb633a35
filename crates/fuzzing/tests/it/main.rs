//! Every parser of foreign bytes, over its kept corpus and mutations of it, and the codec of HTTP/1 held against hyper.

mod corpus;
mod cuts;
mod differential;
mod mutate;
