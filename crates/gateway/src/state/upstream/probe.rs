//! A probe of a target, written as a call is: same path before, same `Host`, same credential.

use http::{Request, Uri};
use keyward_model::upstream::ActiveHealth;

use super::{Credential, Target};

/// Who asks.
const AGENT: &str = "Keyward (probe)";

impl Target {
    /// The whole request, for HTTP/1.
    pub(crate) fn write_probe(&self, probe: &ActiveHealth, out: &mut Vec<u8>) {
        out.extend_from_slice(probe.method.as_str().as_bytes());
        out.push(b' ');
        let (path, query) = split(&probe.path);
        self.write_path(path, query, out);
        out.extend_from_slice(b" HTTP/1.1\r\nhost: ");
        out.extend_from_slice(self.authority.as_bytes());
        out.extend_from_slice(b"\r\nuser-agent: ");
        out.extend_from_slice(AGENT.as_bytes());
        if let Credential::Header(name, value) = &*self.credential {
            out.extend_from_slice(b"\r\n");
            out.extend_from_slice(name.as_str().as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value.as_bytes());
        }
        out.extend_from_slice(b"\r\nconnection: close\r\n\r\n");
    }

    /// The same for HTTP/2. None where its path cannot be said there.
    pub(crate) fn probe_request(&self, probe: &ActiveHealth) -> Option<Request<()>> {
        let (path, query) = split(&probe.path);
        let mut target = Vec::new();
        self.write_path(path, query, &mut target);
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let uri = Uri::builder().scheme(scheme).authority(&*self.authority).path_and_query(&target[..]).build().ok()?;
        let request = Request::builder().method(probe.method.as_str()).uri(uri).header("user-agent", AGENT);
        let request = match &*self.credential {
            Credential::Header(name, value) => request.header(name, value),
            Credential::None | Credential::Query { .. } => request,
        };
        request.body(()).ok()
    }
}

fn split(path: &str) -> (&str, Option<&str>) {
    path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)))
}
