//! `keyward serve`.

use std::sync::Arc;

use futures_util::FutureExt;

use crate::cli::Context;
use crate::configuration::unknown_variables;
use crate::demo::Demo;
use crate::failure::Failure;
use crate::installation::{Installation, Missing};
use crate::serve::handover::{self, Offer, Serves};
use crate::serve::{self, Signals, bind, descriptors, logging, pages};
use crate::{people, runtime};

/// How to run. Everything else is set in `keyward.toml` or by the environment.
#[derive(Debug, clap::Args)]
pub struct Serve {
    /// Set up something to try, and print how: a service, an api before it, an app and a token.
    #[arg(long)]
    pub demo: bool,
    /// Take over from the Keyward that runs over the same data directory: its listening sockets pass to this process,
    /// and it ends once its calls under way are over.
    #[arg(long, conflicts_with = "demo")]
    pub take_over: bool,
    /// Where the gateway listens (KEYWARD_GATEWAY_LISTEN; 127.0.0.1:8080).
    #[arg(long, value_name = "ADDRESS")]
    pub gateway_listen: Option<String>,
    /// Where the gateway listens for HTTPS (KEYWARD_GATEWAY_TLS_LISTEN).
    #[arg(long, value_name = "ADDRESS")]
    pub gateway_tls_listen: Option<String>,
    /// Where the control plane listens (KEYWARD_CONTROL_LISTEN; 127.0.0.1:8081).
    #[arg(long, value_name = "ADDRESS")]
    pub control_listen: Option<String>,
    /// How many workers the gateway has; one for each core unless given (KEYWARD_GATEWAY_WORKERS).
    #[arg(long, value_name = "COUNT")]
    pub workers: Option<String>,
    /// The master key's file (KEYWARD_MASTER_KEY_FILE; KEYWARD_MASTER_KEY holds the key itself).
    #[arg(long, value_name = "FILE")]
    pub master_key_file: Option<String>,
    /// Which events are logged (KEYWARD_LOG_LEVEL; info).
    #[arg(long, value_name = "LEVEL")]
    pub log_level: Option<String>,
    /// The form of logs: text or json (KEYWARD_LOG_FORMAT; text).
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<String>,
}

impl Serve {
    /// The settings that its flags set.
    pub(super) fn settings(&self) -> Vec<(&'static str, &Option<String>)> {
        vec![
            ("gateway.listen", &self.gateway_listen),
            ("gateway.tls.listen", &self.gateway_tls_listen),
            ("control.listen", &self.control_listen),
            ("gateway.workers", &self.workers),
            ("master_key_file", &self.master_key_file),
            ("log.level", &self.log_level),
            ("log.format", &self.log_format),
        ]
    }

    /// Runs until told to end. The first signal ends gracefully, the second at once.
    pub fn run(self, context: &mut Context<'_>) -> Result<(), Failure> {
        let configuration = &context.configuration;
        let logged = logging::start(&configuration.log, configuration.telemetry.logs)?;
        descriptors::raise();
        pages::keep_small();
        for name in unknown_variables(context.environment.keys().map(String::as_str)) {
            tracing::warn!("the variable {name} means nothing to Keyward; mistyped?");
        }
        let runtime = runtime()?;
        let ended = runtime.block_on(async {
            let mut signals = Signals::listen()?;
            // The port before anything is made: whether it is free depends on nothing else.
            let serves = Serves::wanted(configuration);
            let (listener, taken) = if self.take_over {
                let (sockets, before) = handover::take_over(&configuration.data_dir, &serves)?;
                sockets.control.set_nonblocking(true)?;
                (tokio::net::TcpListener::from_std(sockets.control)?, Some((sockets.gateway, before)))
            } else {
                (bind(configuration.control.listen, "the control plane", "--control-listen").await?, None)
            };
            let missing = Missing::Make { command: "keyward serve" };
            let opened = Installation::open(configuration, &context.environment, missing).await?;
            let installation = Arc::new(opened);
            let demo = if self.demo { Some(Demo::prepare(&installation, configuration).await?) } else { None };
            let is_demo = demo.is_some();
            let (serving, places, sockets) = serve::start(&installation, configuration, listener, taken, logged, is_demo).await?;
            let serves = serves.with(&sockets)?;
            let mut offer = Offer::begin(&configuration.data_dir, serves, sockets, installation.clock.clone());
            if let Some(demo) = &demo {
                demo.print(&places, context.output.out)?;
                people::print_demo(&configuration.data_dir, &places.control, context.output.out)?;
            } else {
                let people = people::people(&installation, &places.control);
                people::print_setup(&people, &places.control, context.output.out).await?;
            }
            let mut hurry = None;
            let mut ending = loop {
                tokio::select! {
                    signal = signals.next() => {
                        tracing::info!(signal, "ending: calls under way are finished; the same again ends at once");
                        break serving.drain().boxed();
                    }
                    heir = offer.heir() => {
                        let handed = serving.pause(&heir).await;
                        match heir.begin(handed).await {
                            Ok(heir) => {
                                tracing::info!("another process has taken over: calls under way are finished here");
                                hurry = Some(serving.hurry());
                                break serving.give_way(heir).boxed();
                            }
                            Err(error) => {
                                serving.resume();
                                tracing::warn!(%error, "the other process did not begin; this one goes on");
                            }
                        }
                    }
                }
            };
            // The sockets held out are closed: whoever connects from now on is not meant for this process.
            drop(offer);
            if let Some(hurry) = hurry {
                tokio::select! {
                    () = &mut ending => return Ok(()),
                    signal = signals.next() => {
                        tracing::info!(signal, "calls under way end soon, as at an ordinary end; the same again ends at once");
                        hurry.up();
                    }
                }
            }
            tokio::select! {
                () = ending => Ok(()),
                signal = signals.next() => Err(Failure::failed(format!("ended at once by a second signal ({signal})"))),
            }
        });
        // Whoever asked to end at once does not wait for threads that still finish calls.
        runtime.shutdown_background();
        ended
    }
}
