//! What people sign in with. The store keeps it sealed and cannot open it.

use std::fmt;

use keyward_model::Timestamp;
use keyward_model::integrity::Mac;
use keyward_model::resource::Kind;
use keyward_model::user::UserId;
use sea_orm::sea_query::{Expr, ExprTrait, Order, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult};

use crate::db::Session;
use crate::resource::explained;
use crate::row::Cell;
use crate::tables::CREDENTIAL;
use crate::{Store, StoreError, Tx};

/// Something to sign in with.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its own id.
    pub id: String,
    /// Whose it is.
    pub user: UserId,
    /// What it is.
    pub kind: CredentialKind,
    /// What a passkey is found by.
    pub lookup: Option<String>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
    /// What its owner calls it.
    pub label: String,
    /// The version of the key it is sealed under.
    pub key_version: u32,
    /// Nonce, ciphertext and tag.
    pub sealed: Vec<u8>,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({} {} of {})", self.kind.as_str(), self.id, self.user)
    }
}

/// The kinds of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// A password's hash.
    Password,
    /// The secret of an authenticator app (RFC 6238), and the last code used.
    Totp,
    /// A WebAuthn credential.
    Passkey,
    /// The hashes of all recovery codes that are left.
    RecoveryCodes,
}

impl CredentialKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Password, Self::Totp, Self::Passkey, Self::RecoveryCodes];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::Passkey => "passkey",
            Self::RecoveryCodes => "recovery_codes",
        }
    }
}

impl Store {
    /// Everything a user signs in with, the oldest first.
    pub async fn credentials(&self, user: UserId) -> Result<Vec<Credential>, StoreError> {
        many(&self.read(), &*self.mac()?, of_user(user)).await
    }

    /// The passkey that is found by `lookup`.
    pub async fn credential_by_lookup(&self, lookup: &str) -> Result<Option<Credential>, StoreError> {
        let query = CREDENTIAL.select().and_where(Expr::col("lookup").eq(lookup)).to_owned();
        Ok(many(&self.read(), &*self.mac()?, query).await?.pop())
    }

    /// Everybody's credentials that are sealed with another key than this version. Rows that are damaged are left out.
    pub async fn credentials_sealed_otherwise(&self, key_version: u32) -> Result<Vec<Credential>, StoreError> {
        otherwise(&self.read(), &*self.mac()?, key_version).await
    }
}

impl Tx {
    /// As [`Store::credentials_sealed_otherwise`], inside the transaction.
    pub async fn credentials_sealed_otherwise(&self, key_version: u32) -> Result<Vec<Credential>, StoreError> {
        otherwise(self.session(), &*self.mac()?, key_version).await
    }

    /// As [`Store::credentials`], inside the transaction.
    pub async fn credentials(&self, user: UserId) -> Result<Vec<Credential>, StoreError> {
        many(self.session(), &*self.mac()?, of_user(user)).await
    }

    /// Adds a credential, or writes one anew.
    pub async fn put_credential(&mut self, credential: &Credential) -> Result<(), StoreError> {
        let mac = self.mac()?;
        let cells = || cells(credential);
        if self.session().run(&CREDENTIAL.update(cells(), Some(&*mac))).await? == 0 {
            let taken = || "this passkey is in use already".to_owned();
            let insert = CREDENTIAL.insert(cells(), Some(&*mac));
            self.session().run(&insert).await.map_err(|error| explained(error, taken))?;
        }
        self.changed(None, Kind::User, credential.user.to_string()).await
    }

    /// Deletes a credential of `user`. Answers whether there was one.
    pub async fn delete_credential(&mut self, user: UserId, id: &str) -> Result<bool, StoreError> {
        let delete = CREDENTIAL
            .delete()
            .and_where(Expr::col("id").eq(id))
            .and_where(Expr::col("user_id").eq(user.to_string()))
            .to_owned();
        let deleted = self.session().run(&delete).await? > 0;
        if deleted {
            self.changed(None, Kind::User, user.to_string()).await?;
        }
        Ok(deleted)
    }
}

fn of_user(user: UserId) -> SelectStatement {
    CREDENTIAL
        .select()
        .and_where(Expr::col("user_id").eq(user.to_string()))
        .order_by("created_at", Order::Asc)
        .order_by("id", Order::Asc)
        .to_owned()
}

async fn otherwise<C: ConnectionTrait>(
    session: &Session<C>,
    mac: &dyn Mac,
    key_version: u32,
) -> Result<Vec<Credential>, StoreError> {
    let query = CREDENTIAL.select().and_where(Expr::col("key_version").ne(i64::from(key_version))).to_owned();
    let mut credentials = Vec::new();
    for row in session.rows(&query).await? {
        match read(&row, mac) {
            Ok(credential) => credentials.push(credential),
            Err(damaged) => tracing::error!(%damaged, "a row is left out"),
        }
    }
    Ok(credentials)
}

async fn many<C: ConnectionTrait>(
    session: &Session<C>,
    mac: &dyn Mac,
    query: SelectStatement,
) -> Result<Vec<Credential>, StoreError> {
    session.rows(&query).await?.iter().map(|row| read(row, mac)).collect()
}

fn cells(credential: &Credential) -> Vec<Cell> {
    vec![
        credential.id.as_str().into(),
        credential.user.to_string().into(),
        credential.kind.as_str().into(),
        credential.lookup.clone().into(),
        credential.created_at.as_millis().into(),
        credential.used_at.map(|at| at.as_millis()).into(),
        credential.label.as_str().into(),
        i64::from(credential.key_version).into(),
        credential.sealed.clone().into(),
    ]
}

fn read(row: &QueryResult, mac: &dyn Mac) -> Result<Credential, StoreError> {
    let cells = CREDENTIAL.read(row, Some(mac))?;
    credential(cells).ok_or_else(|| CREDENTIAL.corrupt(row))
}

fn credential(cells: Vec<Cell>) -> Option<Credential> {
    let [id, user, kind, lookup, created_at, used_at, label, key_version, sealed] =
        <[Cell; 9]>::try_from(cells).ok()?;
    let kind = kind.text()?;
    Some(Credential {
        id: id.text()?,
        user: user.text()?.parse().ok()?,
        kind: CredentialKind::ALL.into_iter().find(|known| known.as_str() == kind)?,
        lookup: lookup.optional_text()?,
        created_at: Timestamp::from_millis(created_at.int()?),
        used_at: used_at.optional_int()?.map(Timestamp::from_millis),
        label: label.text()?,
        key_version: key_version.int()?.try_into().ok()?,
        sealed: sealed.bytes()?,
    })
}
