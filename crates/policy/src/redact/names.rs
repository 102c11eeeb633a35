//! Names whose values are secret. Case does not count, nor `-` or `_`: `X-Api-Key`, `x_api_key` and `XApiKey` are one.

/// A set of names.
#[derive(Debug)]
pub(super) struct Names(Vec<Box<[u8]>>);

/// Fields that hold credentials by common usage (RFC 6749, RFC 7523, and what services call their keys).
pub(super) const SECRET_FIELDS: [&str; 18] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "access_token",
    "refresh_token",
    "id_token",
    "auth_token",
    "session_token",
    "client_secret",
    "client_assertion",
    "assertion",
    "api_key",
    "private_key",
    "secret_key",
    "authorization",
];

/// A header whose name has one of these in it holds a credential.
const SECRET_HEADERS: [&str; 9] =
    ["authorization", "cookie", "token", "secret", "password", "passwd", "apikey", "credential", "session"];

impl Names {
    pub(super) fn new<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        Self(names.map(|name| normal(name.bytes()).collect()).collect())
    }

    /// Whether the name that these bytes spell is among them.
    pub(super) fn has(&self, name: impl Iterator<Item = u8> + Clone) -> bool {
        self.0.iter().any(|known| normal(name.clone()).eq(known.iter().copied()))
    }
}

/// Whether a header holds a credential, going by its name.
pub(super) fn is_secret_header(name: &str) -> bool {
    let name: Vec<u8> = normal(name.bytes()).collect();
    SECRET_HEADERS.iter().any(|word| name.windows(word.len()).any(|part| part == word.as_bytes()))
}

fn normal(name: impl Iterator<Item = u8>) -> impl Iterator<Item = u8> {
    name.filter(|byte| !matches!(byte, b'-' | b'_')).map(|byte| byte.to_ascii_lowercase())
}
