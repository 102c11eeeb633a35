//! Phase `respond`: the one place where answers are made, the upstream's and Keyward's own.

use keyward_model::{Code, Denial};

use crate::channel::Channel;
use crate::exchange::Exchange;
use crate::forward::Answer;
use crate::listen::client::Waits;
use crate::path::{After, Stop};

mod grpc;
mod head;
mod headers;
mod pass;
mod refusal;

/// Makes the answer: the upstream's, or the refusal.
pub(crate) async fn respond(
    exchange: &mut Exchange,
    outcome: Result<Answer, Stop>,
    caller: &mut Channel,
    waits: &Waits,
) -> After {
    let denial = match outcome {
        Ok(answer) if answer.head.status == 101 => {
            let rule = format!("upstream target {}", exchange.target_name.as_deref().unwrap_or_default());
            Denial::new(Code::UpstreamInvalid, rule, "The service behind this API switched to another protocol.")
        }
        Ok(answer) => match pass::pass(exchange, answer, caller, waits).await {
            Ok(after) => return after,
            Err(denial) => denial,
        },
        Err(Stop::Denied(denial)) => denial,
        Err(Stop::Gone) => return After::Cut,
    };
    match grpc::content_type(exchange) {
        Some(content_type) => grpc::refuse(exchange, denial, &content_type, caller, waits).await,
        None => refusal::refuse(exchange, denial, caller, waits).await,
    }
}
