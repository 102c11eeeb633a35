//! Taking a port, with an error that says which and how to choose another.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::failure::Failure;

/// Listens on `address`, which `flag` sets.
pub(crate) async fn bind(address: SocketAddr, what: &str, flag: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| cannot(address, what, flag, &error))
}

/// Why the port cannot be had, and what to do.
pub(crate) fn cannot(address: SocketAddr, what: &str, flag: &str, error: &std::io::Error) -> Failure {
    let failure = Failure::failed(format!("{what} cannot listen on {address}: {error}"));
    match error.kind() {
        std::io::ErrorKind::AddrInUse => failure.remedy(format!(
            "Port {} is taken, perhaps by another Keyward. End that, or choose another port with {flag}.",
            address.port()
        )),
        std::io::ErrorKind::PermissionDenied => {
            failure.remedy(format!("Ports below 1024 need a right that this user has not. Choose another with {flag}."))
        }
        std::io::ErrorKind::AddrNotAvailable => {
            failure.remedy(format!("This machine has no such address. Choose another with {flag}."))
        }
        _ => failure.remedy(format!("Choose another with {flag}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_in_use_is_named_with_its_flag() {
        let first = bind(([127, 0, 0, 1], 0).into(), "the gateway", "--gateway-listen").await.expect("a free port");
        let address = first.local_addr().expect("an address");
        let error = bind(address, "the gateway", "--gateway-listen").await.expect_err("taken").to_string();
        assert!(error.contains(&address.port().to_string()) && error.contains("--gateway-listen"), "{error}");
    }
}
