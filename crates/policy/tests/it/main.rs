//! What the decisions of a call come to, seen from outside the crate.

mod cedar;
mod checks;
mod make;
mod reference;
mod routing;
