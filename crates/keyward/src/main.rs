//! One binary: gateway, control plane, command line.
fn main() {}
