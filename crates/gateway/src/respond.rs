//! Phase `respond`: the one place where answers are made, the upstream's and Keyward's own.

use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use http::{Response, StatusCode};
use keyward_model::{Code, Denial};

use crate::exchange::Exchange;
use crate::forward::Answer;
use crate::transform::strip_hop_by_hop;

pub(crate) mod body;
mod headers;
mod refusal;

use body::{Passing, ResponseBody};
use headers::{deprecation, rates, request_id};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Makes the answer: the upstream's, or the refusal. The exchange goes with its body.
pub(crate) async fn respond(mut exchange: Box<Exchange>, outcome: Result<Answer, Denial>) -> Response<ResponseBody> {
    let answer = match outcome {
        Ok(answer) if answer.head.status == StatusCode::SWITCHING_PROTOCOLS => {
            let rule = format!("upstream target {}", exchange.target_name.as_deref().unwrap_or_default());
            let detail = "The service behind this API switched to another protocol.";
            return refusal::refuse(exchange, Denial::new(Code::UpstreamInvalid, rule, detail));
        }
        Ok(answer) => answer,
        Err(denial) => return refusal::refuse(exchange, denial),
    };
    let Answer { mut head, body, lease, timeouts } = answer;
    let mut passing = Passing::new(body, lease, timeouts);
    if let Err(denial) = passing.wait_for_small(&exchange).await {
        return refusal::refuse(exchange, denial);
    }
    exchange.status = head.status.as_u16();
    frame(&mut head.headers);
    strip_hop_by_hop(&mut head.headers);
    request_id(&exchange, &mut head.headers);
    rates(&exchange, &mut head.headers);
    deprecation(&exchange, &mut head.headers);

    let mut response = Response::new(ResponseBody::passing(exchange, passing));
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers;
    response
}

/// Leaves one length, or none where the body was chunked (RFC 9112 section 6.3): what the upstream says twice would be
/// read by whoever comes next.
fn frame(headers: &mut HeaderMap) {
    if headers.contains_key(TRANSFER_ENCODING) {
        headers.remove(CONTENT_LENGTH);
    } else if let Some(length) = headers.get(CONTENT_LENGTH).cloned() {
        headers.insert(CONTENT_LENGTH, length);
    }
}

/// A header from text that a header can carry.
fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
