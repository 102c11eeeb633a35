//! The cookie of a session: for this host alone, over what browsers hold for secure, out of reach of scripts.

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use keyward_identity::{LinkCode, SESSION_LIFETIME};
use zeroize::Zeroizing;

/// Browsers take a name like this only with `Secure`, without `Domain`, for the path `/` (RFC 6265bis section 4.1.3.2).
const NAME: &str = "__Host-keyward";

/// The code of the session that came with a request.
pub fn session(headers: &HeaderMap) -> Option<Zeroizing<String>> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).map(|(_, code)| Zeroizing::new(code.to_owned()))
}

/// Has the browser keep the code of a session.
pub fn keep(code: &LinkCode) -> (HeaderName, HeaderValue) {
    set(code.expose(), SESSION_LIFETIME.as_secs())
}

/// Has the browser forget it.
pub fn forget() -> (HeaderName, HeaderValue) {
    set("", 0)
}

fn set(code: &str, seconds: u64) -> (HeaderName, HeaderValue) {
    let text = Zeroizing::new(format!("{NAME}={code}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax"));
    let mut value = HeaderValue::try_from(text.as_str()).expect("a code is plain ASCII");
    value.set_sensitive(true);
    (SET_COOKIE, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        assert_eq!(session(&headers), None);
        headers.append(COOKIE, "theme=dark; keyward=other".parse().unwrap());
        assert_eq!(session(&headers), None);
        headers.append(COOKIE, "a=b;__Host-keyward=abc-_1; c=d".parse().unwrap());
        assert_eq!(session(&headers).as_deref().map(String::as_str), Some("abc-_1"));
    }

    #[test]
    fn scripts_other_hosts_and_plain_connections_never_get_it() {
        let (name, value) = forget();
        assert_eq!(name, SET_COOKIE);
        assert_eq!(value.to_str().unwrap(), "__Host-keyward=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax");
    }
}
