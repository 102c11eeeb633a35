//! Phase `respond`: the one place where answers are made, the upstream's and Keyward's own.

use std::future::poll_fn;
use std::task::Poll;

use keyward_model::{Code, Denial};
use keyward_wire::Version;

use crate::channel::Channel;
use crate::exchange::Exchange;
use crate::forward::Answer;
use crate::listen::client::Waits;
use crate::path::{After, Stop};
use crate::transfer::Sink;

mod cors;
mod grpc;
mod head;
mod headers;
mod pass;
mod refusal;
mod tunnel;

/// Makes the answer: the upstream's, or the refusal.
pub(crate) async fn respond(
    exchange: &mut Exchange,
    outcome: Result<Answer, Stop>,
    caller: &mut Channel,
    waits: &Waits,
) -> After {
    let denial = match outcome {
        Ok(answer) if exchange.websocket.as_ref().is_some_and(|asked| asked.is_agreed(&answer.head)) => {
            return tunnel::tunnel(exchange, answer, caller, waits).await;
        }
        Ok(answer) if is_misplaced(exchange, answer.head.status) => {
            let rule = format!("upstream target {}", exchange.target_name.as_deref().unwrap_or_default());
            Denial::new(Code::UpstreamInvalid, rule, "The service behind this API switched to another protocol.")
        }
        Ok(answer) => match pass::pass(exchange, answer, caller, waits).await {
            Ok(after) => return after,
            Err(denial) => denial,
        },
        Err(Stop::Denied(denial)) => denial,
        Err(Stop::Preflight(preflight)) => return cors::answer(exchange, preflight, caller, waits).await,
        Err(Stop::Gone) => return After::Cut,
    };
    match grpc::content_type(exchange) {
        Some(content_type) => grpc::refuse(exchange, denial, &content_type, caller, waits).await,
        None => refusal::refuse(exchange, denial, caller, waits).await,
    }
}

/// Sends an answer of Keyward's own that was written whole. What becomes of the connection, which may carry another call if
/// `keep`.
async fn deliver(exchange: &Exchange, keep: bool, caller: &mut Channel, waits: &Waits) -> After {
    waits.caller.arm(exchange.worker.config.write_timeout);
    let sent = poll_fn(|cx| match caller.poll_flush(cx) {
        Poll::Ready(sent) => Poll::Ready(sent.is_ok()),
        Poll::Pending => waits.caller.poll_late(cx).map(|()| false),
    })
    .await;
    waits.disarm();
    match (sent, keep) {
        (true, true) => After::Keep,
        (true, false) => After::Close,
        (false, _) => After::Cut,
    }
}

/// Whether an answer would be taken for one to a handshake, without being that: 101 in HTTP/1.1, any success in HTTP/2.
fn is_misplaced(exchange: &Exchange, status: u16) -> bool {
    let is_http2 = exchange.head.version == Version::Http2;
    status == 101 || (exchange.websocket.is_some() && is_http2 && (200..300).contains(&status))
}
