//! `GET /teams/{team}/calls/export` and `GET /calls/export`: calls for other tools, as they are read.

use std::io::{self, Write};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use keyward_calls::{ExportError, ExportFormat};
use keyward_http::{Caller, Params, Refusal};
use keyward_model::Code;
use keyward_model::team::Team;
use tokio::sync::{Semaphore, mpsc};

use crate::ApiState;
use crate::access::{self, Member, OPERATOR, Operator, Right};
use crate::calls::filter::{ExportParams, Format};
use crate::calls::watch::Watch;
use crate::path::TeamPath;

/// Exports under way at a time: each holds a part of the calls in memory for as long as its reader takes.
static ROOM: Semaphore = Semaphore::const_new(4);
/// Bytes of a piece of an answer, and pieces that may wait for the reader.
const PIECE: usize = 64 * 1024;
const PIECES: usize = 4;

/// Writes the wanted calls of the team as a file, the oldest first. The answer breaks off when the token no longer
/// works or calls can no longer be read: a file is whole only when the answer ended in good order.
#[utoipa::path(
    get, path = "/api/v1/teams/{team}/calls/export", operation_id = "export_calls", tag = "calls",
    summary = "Export calls", params(TeamPath, ExportParams), security(("token" = ["keyward:calls.read"])),
    responses((status = 200, description = "The file.", content(
        (String = "text/csv"), (Vec<u8> = "application/vnd.apache.parquet"),
    ))),
)]
pub(crate) async fn of_team(
    member: Member<access::CallsRead>,
    State(state): State<ApiState>,
    Params(params): Params<ExportParams>,
) -> Result<Response, Refusal> {
    answer(&state, &member.caller, access::CallsRead::SCOPE, Some(&member.team), params).await
}

/// Writes the wanted calls of every team, and of none, as a file.
#[utoipa::path(
    get, path = "/api/v1/calls/export", operation_id = "export_calls_of_all_teams", tag = "calls",
    summary = "Export calls of all teams", params(ExportParams), security(("token" = ["keyward:operator"])),
    responses((status = 200, description = "The file.", content(
        (String = "text/csv"), (Vec<u8> = "application/vnd.apache.parquet"),
    ))),
)]
pub(crate) async fn of_all_teams(
    operator: Operator,
    State(state): State<ApiState>,
    Params(params): Params<ExportParams>,
) -> Result<Response, Refusal> {
    answer(&state, &operator.caller, OPERATOR, None, params).await
}

async fn answer(
    state: &ApiState,
    caller: &Caller,
    scope: &str,
    team: Option<&Team>,
    params: ExportParams,
) -> Result<Response, Refusal> {
    let (filter, form) = params.resolve(state, team).await?;
    let room = ROOM.try_acquire().map_err(|_| {
        Refusal::new(Code::ConcurrencyLimited, "As many exports are under way as this node makes at a time.")
    })?;
    state.log.flush().await;
    let (format, content_type, ending) = match form {
        Format::Csv => (ExportFormat::Csv, "text/csv; charset=utf-8; header=present", "csv"),
        Format::Parquet => (ExportFormat::Parquet, "application/vnd.apache.parquet", "parquet"),
    };
    let (pieces, mut taken) = mpsc::channel(PIECES);
    let (calls, id) = (state.calls.clone(), team.map(|team| team.id));
    tokio::spawn(async move {
        let _room = room;
        let pipe = Pipe { pieces: pieces.clone(), piece: Vec::with_capacity(PIECE) };
        let written = match id {
            Some(team) => calls.export(team, &filter, format, pipe).await,
            None => calls.export_of_all_teams(&filter, format, pipe).await,
        };
        if let Err(error) = written {
            // Whoever no longer reads needs no error.
            let _ = pieces.send(Err(error)).await;
        }
    });
    // What fails at once is refused like any other request.
    let first = match taken.recv().await {
        Some(Ok(piece)) => piece,
        Some(Err(ExportError::Store(error))) => return Err(error.into()),
        Some(Err(error)) => return Err(Refusal::internal(error.to_string())),
        None => return Err(Refusal::internal("an export ended without a word")),
    };
    let rest = Rest { first: Some(first), taken, watch: Watch::over(state, caller, id, scope) };
    let body = stream::unfold(rest, |mut rest| async move { rest.next().await.map(|piece| (piece, rest)) });
    let name = team.map_or("all-teams", |team| team.name.as_str());
    let disposition = format!("attachment; filename=\"calls-{name}.{ending}\"");
    let disposition = HeaderValue::try_from(disposition).map_err(|error| Refusal::internal(error.to_string()))?;
    let headers = [(CONTENT_TYPE, HeaderValue::from_static(content_type)), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// What is still to be sent.
struct Rest {
    first: Option<Bytes>,
    taken: mpsc::Receiver<Result<Bytes, ExportError>>,
    watch: Watch,
}

impl Rest {
    async fn next(&mut self) -> Option<Result<Bytes, io::Error>> {
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        let piece = self.taken.recv().await?;
        if !self.watch.may_go_on().await {
            return Some(Err(io::Error::other("the right to this export is gone")));
        }
        Some(piece.map_err(|error| {
            tracing::error!(%error, "an export broke off");
            io::Error::other(error)
        }))
    }
}

/// Hands on what is written, piece by piece, no faster than it is taken. Used off the runtime's threads.
struct Pipe {
    pieces: mpsc::Sender<Result<Bytes, ExportError>>,
    piece: Vec<u8>,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.pieces.blocking_send(Ok(piece.into())).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
