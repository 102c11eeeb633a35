//! Configuration: defaults, then `keyward.toml`, then `KEYWARD_*`, then flags; each later one wins.
//!
//! Every setting stands once in [`SETTINGS`], with its name in the file, its variable, its default and what it
//! does; the reference is written from that table.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use keyward_model::Name;
use keyward_model::cidr::Cidr;

mod calls;
mod gateway;
mod layers;
mod settings;
mod telemetry;
mod values;

pub use calls::CallsConfiguration;
pub use gateway::GatewayConfiguration;
use gateway::list;
pub use layers::{ConfigurationError, Given, Layers, Origin, unknown_variables};
pub use settings::{SECRETS, SETTINGS, Setting};
pub use telemetry::TelemetryConfiguration;
pub use values::{LogFormat, StoreUrl};

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Where databases, master key and operator token live.
    pub data_dir: PathBuf,
    /// What this node calls itself in receipts.
    pub node: String,
    /// The store's databases.
    pub store: StoreConfiguration,
    /// The call records.
    pub calls: CallsConfiguration,
    /// Where the master key is, unless `KEYWARD_MASTER_KEY` holds it.
    pub master_key_file: PathBuf,
    /// The gateway.
    pub gateway: GatewayConfiguration,
    /// The control plane.
    pub control: ControlConfiguration,
    /// Logs.
    pub log: LogConfiguration,
    /// What a collector is told.
    pub telemetry: TelemetryConfiguration,
    /// The command line as a client of the control plane.
    pub client: ClientConfiguration,
}

/// The databases.
#[derive(Clone, Debug)]
pub struct StoreConfiguration {
    /// The store.
    pub url: StoreUrl,
    /// The call records.
    pub calls_url: StoreUrl,
}

/// The control plane.
#[derive(Clone, Debug)]
pub struct ControlConfiguration {
    /// Where it listens.
    pub listen: SocketAddr,
    /// How others reach it; where the pages about refusals are. Made from `listen` when absent.
    pub public_url: Option<String>,
    /// Addresses from which `/metrics` is answered without a token.
    pub metrics_from: Vec<Cidr>,
}

impl ControlConfiguration {
    /// How others reach it, without a closing slash.
    pub fn public_url(&self, bound: SocketAddr) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None if bound.ip().is_unspecified() => format!("http://localhost:{}", bound.port()),
            None => format!("http://{bound}"),
        }
    }
}

/// Logs, on standard error.
#[derive(Clone, Debug)]
pub struct LogConfiguration {
    /// Which events, as in `info` or `info,keyward_gateway=debug`.
    pub level: String,
    /// In which form.
    pub format: LogFormat,
}

/// The command line as a client.
#[derive(Clone, Debug)]
pub struct ClientConfiguration {
    /// The control plane it talks to.
    pub url: String,
    /// Where its token is, unless `KEYWARD_TOKEN` holds it.
    pub token_file: Option<PathBuf>,
    /// The team it works on; the token's own when absent.
    pub team: Option<Name>,
}

impl Configuration {
    /// Reads every setting from the layers; refuses settings nobody knows.
    pub fn from_layers(layers: &Layers) -> Result<Self, ConfigurationError> {
        layers.refuse_unknown()?;
        let data_dir: PathBuf = layers.required("data_dir", path)?;
        let in_data_dir = |name: &str| data_dir.join(name);
        let calls_url =
            layers.optional("store.calls_url", parsed)?.unwrap_or_else(|| StoreUrl::file(&in_data_dir("calls.db")));
        Ok(Self {
            node: layers.optional("node", text)?.unwrap_or_else(machine_name),
            calls: CallsConfiguration::read(layers, &calls_url)?,
            store: StoreConfiguration {
                url: layers
                    .optional("store.url", parsed)?
                    .unwrap_or_else(|| StoreUrl::file(&in_data_dir("keyward.db"))),
                calls_url,
            },
            master_key_file: layers.optional("master_key_file", path)?.unwrap_or_else(|| in_data_dir("master.key")),
            gateway: GatewayConfiguration::read(layers)?,
            control: ControlConfiguration {
                listen: layers.required("control.listen", address)?,
                public_url: layers.optional("control.public_url", url)?,
                metrics_from: layers.optional("control.metrics_from", list(parsed))?.unwrap_or_default(),
            },
            log: LogConfiguration {
                level: layers.required("log.level", text)?,
                format: layers.required("log.format", parsed)?,
            },
            telemetry: TelemetryConfiguration::read(layers)?,
            client: ClientConfiguration {
                url: layers.required("client.url", url)?,
                token_file: layers.optional("client.token_file", path)?,
                team: layers.optional("client.team", parsed)?,
            },
            data_dir,
        })
    }
}

fn machine_name() -> String {
    std::fs::read_to_string("/etc/hostname")
        .ok()
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "keyward".to_owned())
}

fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() { Err("is empty; name a path".to_owned()) } else { Ok(PathBuf::from(text)) }
}

fn text(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("is empty".to_owned()) } else { Ok(text.to_owned()) }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "is not an address with a port; write it as 127.0.0.1:8080, [::1]:8080 or, for every address, 0.0.0.0:8080"
            .to_owned()
    })
}

fn url(text: &str) -> Result<String, String> {
    let plain = keyward_model::origin::Origin::split_url(text).is_ok();
    if plain {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("is not an http or https URL without query; write it as http://127.0.0.1:8081".to_owned())
    }
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| format!("is not valid: {error}"))
}

fn parsed_or<T, E>(wanted: &str, read: fn(&str) -> Result<T, E>) -> impl Fn(&str) -> Result<T, String> {
    move |text| read(text).map_err(|_| format!("is not valid; use {wanted}"))
}

fn between(least: u64, most: u64) -> impl Fn(&str) -> Result<u64, String> {
    move |text| {
        text.parse()
            .ok()
            .filter(|value| (least..=most).contains(value))
            .ok_or_else(|| format!("is out of range; use a whole number from {least} to {most}"))
    }
}

fn count(least: u32, most: u32) -> impl Fn(&str) -> Result<usize, String> {
    let read = between(least.into(), most.into());
    move |text| read(text).map(|value| usize::try_from(value).unwrap_or(usize::MAX))
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;

    fn layers(
        file: &str,
        environment: &[(&str, &str)],
        flags: &[(&'static str, &str)],
    ) -> Result<Layers, ConfigurationError> {
        let mut layers = Layers::defaults();
        layers.add_file(std::path::Path::new("keyward.toml"), file)?;
        layers.add_environment(environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        for (key, value) in flags {
            layers.add_flag(key, (*value).to_owned());
        }
        Ok(layers)
    }

    fn error(file: &str, environment: &[(&str, &str)], flags: &[(&'static str, &str)]) -> String {
        let read = layers(file, environment, flags).and_then(|layers| Configuration::from_layers(&layers));
        read.err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn each_layer_wins_over_the_one_below() {
        let file = "data_dir = \"from-file\"\n[gateway]\nlisten = \"127.0.0.1:1\"\nworkers = 3\n[control]\nlisten = \"127.0.0.1:4\"";
        let environment = [("KEYWARD_GATEWAY_LISTEN", "127.0.0.1:2"), ("KEYWARD_CONTROL_LISTEN", "127.0.0.1:5")];
        let layers = layers(file, &environment, &[("gateway.listen", "127.0.0.1:3")]).expect("readable");
        let configuration = Configuration::from_layers(&layers).expect("valid");
        assert_eq!(configuration.gateway.listen.port(), 3);
        assert_eq!(configuration.control.listen.port(), 5);
        assert_eq!(configuration.gateway.workers.map(NonZeroUsize::get), Some(3));
        assert_eq!(configuration.gateway.drain_timeout, Duration::from_secs(30));
        assert_eq!(configuration.master_key_file, PathBuf::from("from-file/master.key"));
        assert!(configuration.store.url.as_str().ends_with("from-file/keyward.db"));
    }

    #[test]
    fn an_error_names_the_setting_its_origin_and_the_remedy() {
        assert_eq!(
            error("\n[gateway]\nlisten = \"8080\"", &[], &[]),
            "`gateway.listen` (keyward.toml, line 3) is not an address with a port; write it as 127.0.0.1:8080, \
             [::1]:8080 or, for every address, 0.0.0.0:8080"
        );
        assert!(error("", &[("KEYWARD_LOG_FORMAT", "xml")], &[]).starts_with("`log.format` (KEYWARD_LOG_FORMAT) "));
        assert!(error("", &[], &[("gateway.workers", "0")]).starts_with("`gateway.workers` (--workers) "));
    }

    #[test]
    fn an_unknown_setting_is_refused_with_the_one_that_was_meant() {
        assert_eq!(
            error("[gateway]\nlissen = \"127.0.0.1:1\"", &[], &[]),
            "`gateway.lissen` (keyward.toml, line 2) is not a setting; did you mean `gateway.listen`?"
        );
        assert!(error("gateway = 3", &[], &[]).contains("line 1"));
        assert!(error("a = [1]", &[], &[]).contains("`a` (keyward.toml, line 1)"));
        assert!(error("x = ", &[], &[]).contains("line 1"));
    }

    #[test]
    fn tls_is_read_from_a_file_and_from_the_environment() {
        let file = "[gateway]\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n[gateway.tls]\nlisten = \"0.0.0.0:8443\"\n\
                    min_version = \"1.3\"\nclient_ca = \"ca.pem\"\nclient_auth = \"required\"\n\
                    [[gateway.tls.certificates]]\ncertificate = \"b.pem\"\nkey = \"b.key\"\n";
        let environment = [("KEYWARD_GATEWAY_TLS_CERT", "a.pem"), ("KEYWARD_GATEWAY_TLS_KEY", "a.key")];
        let read = layers(file, &environment, &[]).expect("readable");
        let gateway = Configuration::from_layers(&read).expect("valid").gateway;
        let tls = gateway.tls.expect("it is there");
        assert_eq!(tls.listen.port(), 8443);
        let pair = |name: &str| keyward_gateway::CertificateFiles {
            certificate: format!("{name}.pem").into(),
            key: format!("{name}.key").into(),
        };
        assert_eq!(tls.settings.certificates, [pair("a"), pair("b")], "the one by itself is the first");
        assert_eq!(tls.settings.client_auth, keyward_gateway::ClientAuth::Required { ca: "ca.pem".into() });
        assert_eq!(tls.settings.min_version, keyward_gateway::TlsVersion::Tls13);
        assert_eq!(gateway.trusted_proxies.len(), 2);

        let several = [
            ("KEYWARD_GATEWAY_TLS_LISTEN", "[::]:443"),
            ("KEYWARD_GATEWAY_TLS_CERTIFICATES", "a.pem:a.key, b.pem:b.key"),
            ("KEYWARD_GATEWAY_TRUSTED_PROXIES", "192.0.2.1, 10.0.0.0/8"),
        ];
        let read = layers("", &several, &[]).expect("readable");
        let gateway = Configuration::from_layers(&read).expect("valid").gateway;
        assert_eq!(gateway.tls.expect("it is there").settings.certificates, [pair("a"), pair("b")]);
        assert_eq!(gateway.trusted_proxies.len(), 2);
        let plain = Configuration::from_layers(&layers("", &[], &[]).expect("readable")).expect("valid").gateway;
        assert!(plain.tls.is_none() && plain.trusted_proxies.is_empty() && !plain.proxy_protocol);
    }

    #[test]
    fn calls_are_bounded_and_located_as_told() {
        let file = "[calls]\nretention_days = 7\nretention_bytes = 2_000_000_000\ngeo = [\"a.mmdb\", \"b.mmdb\"]";
        let calls = Configuration::from_layers(&layers(file, &[], &[]).expect("readable")).expect("valid").calls;
        assert_eq!((calls.most.days, calls.most.bytes), (Some(7), Some(2_000_000_000)));
        assert_eq!(calls.geo, [PathBuf::from("a.mmdb"), PathBuf::from("b.mmdb")]);
        let variables = [("KEYWARD_CALLS_GEO", "c.mmdb, d.mmdb"), ("KEYWARD_CALLS_RETENTION_DAYS", "3")];
        let calls = Configuration::from_layers(&layers(file, &variables, &[]).expect("readable")).expect("valid").calls;
        assert_eq!((calls.most.days, calls.geo.len(), calls.capture_bytes), (Some(3), 2, 1 << 30));
        let file = "[calls]\ncapture_bytes = 2_000_000";
        let calls = Configuration::from_layers(&layers(file, &[], &[]).expect("readable")).expect("valid").calls;
        assert_eq!(calls.capture_bytes, 2_000_000);
        assert!(error("[calls]\ncapture_bytes = 1000", &[], &[]).contains("use a whole number from 1048576"));
        assert!(error("[calls]\nretention_days = 0", &[], &[]).contains("use a whole number from 1 to 3650"));
        let rows = [("KEYWARD_STORE_CALLS_URL", "postgres://h/d"), ("KEYWARD_CALLS_RETENTION_BYTES", "2000000")];
        assert!(error("", &rows, &[]).contains("`calls.retention_bytes` (KEYWARD_CALLS_RETENTION_BYTES) is of no use"));
    }

    #[test]
    fn half_of_tls_is_refused_with_the_other_half() {
        let listen = "listen = \"0.0.0.0:8443\"\n";
        let pair = "certificate = \"a.pem\"\nkey = \"a.key\"\n";
        for (tls, expected) in [
            (listen.to_owned(), "`gateway.tls.listen` (keyward.toml, line 2) needs a certificate"),
            (
                pair.to_owned(),
                "`gateway.tls.certificate` (keyward.toml, line 2) is of no use without `gateway.tls.listen`",
            ),
            (
                format!("{listen}certificate = \"a.pem\""),
                "`gateway.tls.certificate` (keyward.toml, line 3) needs its key",
            ),
            (format!("{listen}key = \"a.key\""), "`gateway.tls.key` (keyward.toml, line 3) needs its certificate"),
            (format!("{listen}{pair}client_auth = \"required\""), "line 5) needs `gateway.tls.client_ca`"),
            (
                format!("{listen}{pair}client_ca = \"ca.pem\""),
                "line 5) is of no use while `gateway.tls.client_auth` is off",
            ),
            (format!("{listen}{pair}client_auth = \"maybe\""), "use off, optional or required"),
            (format!("{listen}{pair}min_version = \"1.1\""), "use 1.2 or 1.3"),
            (format!("{listen}certificates = [\"a.pem\"]"), "certificate = "),
            (format!("{listen}certificates = [{{ certificate = \"a.pem\" }}]"), "key = "),
        ] {
            let said = error(&format!("[gateway.tls]\n{tls}"), &[], &[]);
            assert!(said.contains(expected), "{said}");
        }
        assert!(error("[gateway]\ntrusted_proxies = [\"10.0.0.1/8\"]", &[], &[]).contains("did you mean 10.0.0.0/8"));
        assert!(error("[gateway]\nforwarded_header = \"via\"", &[], &[]).contains("use x-forwarded-for or forwarded"));
        assert!(error("[gateway]\nproxy_protocol = \"yes\"", &[], &[]).contains("use off or on"));
        for of_nobody in ["", "trusted_proxies = []\n"] {
            let said = error(&format!("[gateway]\nproxy_protocol = \"on\"\n{of_nobody}"), &[], &[]);
            assert!(said.contains("`gateway.proxy_protocol` (keyward.toml, line 2) needs `gateway.trusted_proxies`"));
        }
        assert!(error("[gateway]\nmax_uri_bytes = 40000", &[], &[]).contains("`gateway.max_head_bytes`"));
    }

    #[test]
    fn traces_are_off_unless_a_collector_is_named() {
        let read = |file: &str, variables: &[(&str, &str)]| {
            Configuration::from_layers(&layers(file, variables, &[]).expect("readable")).expect("valid").telemetry
        };
        assert_eq!(read("", &[]).otlp_endpoint, None);
        let file = "[telemetry]\notlp_endpoint = \"https://collector.example/\"\nsample_ratio = 0.25\n";
        let telemetry = read(file, &[("KEYWARD_TELEMETRY_CLIENT_ADDRESS", "on")]);
        assert_eq!(telemetry.otlp_endpoint.as_deref(), Some("https://collector.example"));
        assert_eq!((telemetry.sample_ratio, telemetry.client_address), (0.25, true));
        for ratio in ["-0.1", "1.1", "nan", "inf", "half"] {
            let said = error("", &[("KEYWARD_TELEMETRY_SAMPLE_RATIO", ratio)], &[]);
            assert!(said.contains("use a number from 0 to 1"), "{said}");
        }
        let said = error("[telemetry]\nheaders_file = \"x\"", &[], &[]);
        assert!(said.contains("is of no use without `telemetry.otlp_endpoint`"), "{said}");
    }

    #[test]
    fn a_password_in_the_stores_url_is_not_shown() {
        let url = "postgres://keyward:s3cret@db.example/keyward";
        let layers = layers("", &[("KEYWARD_STORE_URL", url)], &[]).expect("readable");
        let configuration = Configuration::from_layers(&layers).expect("valid");
        assert_eq!(configuration.store.url.as_str(), url);
        assert!(!format!("{configuration:?}{layers:?}").contains("s3cret"));
        assert!(!error("", &[("KEYWARD_STORE_URL", "mysql://root:s3cret@h/d")], &[]).contains("s3cret"));
    }
}
