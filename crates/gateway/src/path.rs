//! The path of a call, top to bottom. Each phase is a file of its own, and either goes on or ends with a denial.

use http::Response;
use keyward_model::Denial;

use crate::authenticate::authenticate;
use crate::authorize::authorize;
use crate::exchange::Exchange;
use crate::forward::upload::RequestBody;
use crate::forward::{Answer, forward};
use crate::limit::limit;
use crate::listen::admit;
use crate::respond::body::ResponseBody;
use crate::respond::respond;
use crate::route::route;
use crate::transform::transform;

/// Takes one call from its head to the head of its answer. The record follows when the last byte is gone.
pub(crate) async fn take(mut exchange: Box<Exchange>, body: RequestBody) -> Response<ResponseBody> {
    let outcome = walk(&mut exchange, body).await;
    respond(exchange, outcome).await
}

async fn walk(exchange: &mut Exchange, body: RequestBody) -> Result<Answer, Denial> {
    admit(exchange)?;
    route(exchange)?;
    authenticate(exchange)?;
    authorize(exchange)?;
    limit(exchange)?;
    let outgoing = transform(exchange, body)?;
    forward(exchange, outgoing).await
}
