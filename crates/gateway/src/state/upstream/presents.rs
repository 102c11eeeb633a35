//! What Keyward presents itself with at a target, in the forms in which somebody might repeat it: for captures alone.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyward_model::connection::Auth;
use keyward_model::secret::Hidden;
use zeroize::Zeroizing;

use super::{Credential, Target};
use crate::query;

impl Target {
    /// The secret, and what is made of it where that is another text.
    pub(crate) fn presents(&self) -> Vec<Hidden> {
        presents(&self.credential, &self.auth)
    }
}

/// Taken out of the credential again, so that no second copy of the secret is kept.
fn presents(credential: &Credential, auth: &Auth) -> Vec<Hidden> {
    let behind = |value: &[u8], length: usize| Hidden::new(value.get(length..).unwrap_or_default());
    match (credential, auth) {
        (Credential::Header(_, value), Auth::Basic { username, .. }) => {
            let encoded = behind(value.as_bytes(), "Basic ".len());
            let pair = Zeroizing::new(STANDARD.decode(encoded.expose()).unwrap_or_default());
            vec![behind(&pair, username.len() + 1), encoded]
        }
        (Credential::Header(_, value), Auth::Header { prefix, .. }) => vec![behind(value.as_bytes(), prefix.len())],
        (Credential::Header(_, value), _) => vec![behind(value.as_bytes(), "Bearer ".len())],
        (Credential::Query { pair, .. }, _) => {
            let value = pair.expose_str().and_then(|pair| pair.split_once('=')).map_or("", |(_, value)| value);
            vec![Hidden::new(query::decode(value))]
        }
        (Credential::None, _) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use keyward_model::Name;

    use super::*;

    #[test]
    fn the_secret_comes_back_out_of_every_credential() {
        let secret: Name = "crm".parse().unwrap();
        for value in ["s3cret", "a b&c=d:e%41+\"f", "Bearer x"] {
            for (auth, forms) in [
                (Auth::Header { name: "X-Crm".to_owned(), prefix: String::new(), secret: secret.clone() }, 1),
                (Auth::Header { name: "X-Crm".to_owned(), prefix: "Key=".to_owned(), secret: secret.clone() }, 1),
                (Auth::Bearer { secret: secret.clone() }, 1),
                (Auth::Basic { username: "us".to_owned(), secret: secret.clone() }, 2),
                (Auth::Query { name: "a=key".to_owned(), secret: secret.clone() }, 1),
            ] {
                let credential = Credential::prepare(&auth, Some(&Hidden::new(value))).unwrap();
                let presented = presents(&credential, &auth);
                assert_eq!(presented.len(), forms);
                assert_eq!(presented[0].expose_str(), Some(value), "{auth:?}");
            }
        }
        assert!(presents(&Credential::None, &Auth::None).is_empty());
    }
}
