//! Every operation on tokens against a real database, with a hand-set clock.

mod create;
mod edit;
mod explain;
mod housekeeping;
mod import;
mod keys;
mod live;
mod revoke;
mod rotate;
mod second_person;
mod secrecy;
mod switch;
mod world;
