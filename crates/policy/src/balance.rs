//! Which target gets a call: balancing by weight and load, leaving out what is no use, and growing back into use.
//!
//! What all workers of a gateway know of an upstream's targets is one [`Health`], shared without a lock. What a worker
//! knows for itself (whose turn it is, how many calls it has under way where) is its [`Balancer`]. Choosing reads one
//! or two atomics, walks over the targets (at most 64) and allocates nothing.
//!
//! Time comes in as the duration since some start that all workers share; it never goes backwards by more than two
//! clock readings are apart.

mod active;
mod balancer;
mod health;
mod least_connections;
mod passive;
mod places;
mod round_robin;
mod slow_start;

pub use balancer::Balancer;
pub use health::{Health, Standing, State};
pub use places::Places;
pub use slow_start::SCALE;

#[cfg(test)]
mod tests;
