//! One call on its way: what is known of it so far. Dropping it is the last phase: the record is written then.

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use keyward_model::api::{Api, Method, Route};
use keyward_model::app::App;
use keyward_model::call::Timing;
use keyward_model::team::Team;
use keyward_model::{Denial, Timestamp};
use keyward_policy::concurrency::Permit;
use keyward_policy::target::Target;
use keyward_tokens::LiveToken;
use keyward_wire::{Request, Version};
use uuid::Uuid;

use crate::capture::Capture;
use crate::intake::count;
use crate::limits::Standing;
use crate::listen::client::Client;
use crate::listen::fault::Fault;
use crate::record;
use crate::state::{ApiFacts, Snapshot};
use crate::trace::Trace;
use crate::transfer::Progress;
use crate::websocket::Handshake;
use crate::worker::Worker;

/// One call. Phases fill it from top to bottom.
pub(crate) struct Exchange {
    pub(crate) worker: Rc<Worker>,
    pub(crate) client: Rc<Client>,
    /// Where the call comes from: the connection's own address, or what trusted proxies say.
    pub(crate) address: IpAddr,
    /// Whether it came over TLS, as far as that is known.
    pub(crate) secure: bool,
    /// The configuration the call began with; it ends with it, too.
    pub(crate) state: Rc<Snapshot>,
    /// The revision applied when the call began.
    pub(crate) revision: u64,
    /// The id on the answer.
    pub(crate) request_id: Uuid,
    /// When the head was read.
    pub(crate) at: Timestamp,
    /// When it was decided; later than `at` where a call that lasts is decided anew.
    pub(crate) decided_at: Timestamp,
    /// `at` on the monotonic clock.
    pub(crate) started: Duration,
    pub(crate) head: Request,
    /// `listen`: what the head was refused for, and what of it is known.
    pub(crate) fault: Option<Fault>,
    /// The request's body, as far as it went.
    pub(crate) upload: Progress,

    /// `listen`: the WebSocket that is asked for.
    pub(crate) websocket: Option<Handshake>,
    /// `route`: the canonical target.
    pub(crate) target: Option<Target>,
    /// `route`: where it leads.
    pub(crate) routed: Option<Routed>,
    /// `route`: the methods offered where this one is not.
    pub(crate) allow: Vec<Method>,
    /// `authenticate`: who calls.
    pub(crate) caller: Option<Caller>,
    /// `limit`: what is left of the tightest limit.
    pub(crate) standing: Option<Standing>,
    /// `route`: bytes that the request's body may have.
    pub(crate) most_body: u64,
    /// `authenticate`: its place among the calls of an api that bounds them.
    pub(crate) permit: Option<Permit>,
    /// `forward`: how often it went out again.
    pub(crate) retries: u8,
    /// `forward`: the target it went to.
    pub(crate) target_name: Option<Arc<str>>,
    /// What is measured on the way.
    pub(crate) timing: Timing,
    /// Where it belongs in a trace, where calls are traced.
    pub(crate) trace: Option<Box<Trace>>,
    /// `authenticate`: what is captured of it, where its api asks for that.
    pub(crate) capture: Option<Box<Capture>>,

    /// `respond`: why it was refused.
    pub(crate) denial: Option<Denial>,
    /// `respond`: the status answered; 0 while none is.
    pub(crate) status: u16,
    /// `respond`: bytes of the answer's body.
    pub(crate) bytes_out: u64,
}

/// Where a call leads.
#[derive(Clone, Copy)]
pub(crate) struct Routed {
    /// The place of the api in the state.
    pub(crate) api: usize,
    /// The place of the route in the api; none where only the api is known.
    pub(crate) route: Option<usize>,
    /// Where in the canonical path that begins which is forwarded; none for `/` alone.
    pub(crate) rest: Option<usize>,
}

/// Who calls: token, app and team as they were when the call began.
pub(crate) struct Caller {
    pub(crate) token: Arc<LiveToken>,
    pub(crate) app: Arc<App>,
    pub(crate) team: Arc<Team>,
    /// How the token came, in words.
    pub(crate) via: &'static str,
}

impl Exchange {
    /// A call whose head was just read.
    pub(crate) fn begin(worker: &Rc<Worker>, client: &Rc<Client>, head: Request) -> Self {
        let at = worker.clock.now();
        let (address, secure) = client.origin(&head, &worker.config);
        count(&worker.load.calls, |calls| calls + 1);
        let started = worker.clock.monotonic();
        worker.awake.extend(started);
        Self {
            worker: Rc::clone(worker),
            client: Rc::clone(client),
            address,
            secure,
            state: worker.state(),
            revision: worker.shared.revision(),
            request_id: worker.request_id(at),
            at,
            decided_at: at,
            started,
            trace: worker.tracer.as_ref().map(|tracer| tracer.begin(&head, worker)),
            head,
            fault: None,
            upload: Progress::default(),
            websocket: None,
            target: None,
            routed: None,
            allow: Vec::new(),
            caller: None,
            standing: None,
            most_body: worker.config.max_body_bytes,
            permit: None,
            retries: 0,
            target_name: None,
            timing: Timing::default(),
            capture: None,
            denial: None,
            status: 0,
            bytes_out: 0,
        }
    }

    /// A call whose head is refused.
    pub(crate) fn refused(worker: &Rc<Worker>, client: &Rc<Client>, version: Version, fault: Fault) -> Self {
        let mut exchange = Self::begin(worker, client, Request::none(version));
        exchange.fault = Some(fault);
        exchange
    }

    /// The api called, once known.
    pub(crate) fn api(&self) -> Option<&Arc<Api>> {
        Some(&self.state.table.apis().get(self.routed?.api)?.api)
    }

    /// The route called, once known.
    pub(crate) fn route(&self) -> Option<&Route> {
        self.api()?.spec.routes.get(self.routed?.route?)
    }

    /// What is prepared for the api called.
    pub(crate) fn facts(&self) -> Option<&ApiFacts> {
        self.state.apis.get(self.routed?.api)
    }

    /// Microseconds since the head was read.
    pub(crate) fn elapsed_us(&self) -> u32 {
        micros(self.worker.clock.monotonic().saturating_sub(self.started))
    }
}

/// Microseconds, as records hold them.
pub(crate) fn micros(duration: Duration) -> u32 {
    let micros = duration.as_secs().saturating_mul(1_000_000).saturating_add(u64::from(duration.subsec_micros()));
    u32::try_from(micros).unwrap_or(u32::MAX)
}

impl Drop for Exchange {
    fn drop(&mut self) {
        record::record(self);
        count(&self.worker.load.calls, |calls| calls.saturating_sub(1));
        let head = std::mem::replace(&mut self.head, Request::none(Version::Http11));
        self.worker.buffers.give_fields(head.fields);
    }
}
