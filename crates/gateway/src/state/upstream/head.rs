//! The head of a request as it goes to a target by HTTP/2 (RFC 9113 section 8.3.1).

use http::uri::{PathAndQuery, Scheme, Uri};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use keyward_wire::Known;

use super::{Credential, Target};
use crate::channel::FieldsOut;
use crate::exchange::Exchange;
use crate::transform::path_and_query;

impl Target {
    /// The head of the request for this target: the same path and fields as by HTTP/1, and `:authority` in the place of
    /// `Host`. None where it cannot be written so.
    pub(crate) fn head(&self, exchange: &Exchange) -> Option<Request<()>> {
        let mut path = Vec::new();
        let (behind, query) = path_and_query(exchange)?;
        self.write_path(behind, query.as_deref(), &mut path);
        let mut uri = http::uri::Parts::default();
        uri.scheme = Some(if self.tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP });
        uri.authority = Some(self.authority.parse().ok()?);
        uri.path_and_query = Some(PathAndQuery::from_maybe_shared(bytes::Bytes::from(path)).ok()?);
        let mut fields = HeaderMap::with_capacity(exchange.head.fields.len() + 12);
        self.write_fields(exchange, &mut FieldsOut::Map(&mut fields));
        // The only thing about the connection that HTTP/2 knows, and gRPC insists on it.
        if exchange.head.fields.lists(Known::Te, "trailers") {
            fields.insert(http::header::TE, HeaderValue::from_static("trailers"));
        }
        let mut request = Request::new(());
        *request.method_mut() = Method::from_bytes(exchange.head.method_bytes()).ok()?;
        *request.uri_mut() = Uri::from_parts(uri).ok()?;
        *request.headers_mut() = fields;
        Some(request)
    }

    /// The field in which Keyward presents itself, where it is one.
    pub(crate) fn own_header(&self) -> Option<HeaderName> {
        match &*self.credential {
            Credential::Header(name, _) => Some(name.clone()),
            Credential::None | Credential::Query { .. } => None,
        }
    }
}
