//! The sealed values of secrets. The store keeps them and cannot open them.

use std::fmt;

use keyward_model::integrity::Mac;
use keyward_model::resource::Kind;
use keyward_model::secret::SecretId;
use keyward_model::team::TeamId;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Order};
use sea_orm::{ConnectionTrait, QueryResult};

use crate::db::Session;
use crate::resource::explained;
use crate::row::Cell;
use crate::tables::SECRET_VALUE;
use crate::{Store, StoreError, Tx};

/// The sealed value of a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue {
    /// Whose value it is.
    pub secret: SecretId,
    /// The team of the secret.
    pub team: TeamId,
    /// The version of the key it is sealed under.
    pub key_version: u32,
    /// Nonce, ciphertext and tag.
    pub sealed: Vec<u8>,
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretValue({} of {}, key {})", self.secret, self.team, self.key_version)
    }
}

impl Store {
    /// The sealed value of a secret.
    pub async fn secret_value(&self, secret: SecretId) -> Result<Option<SecretValue>, StoreError> {
        let mac = self.mac()?;
        let query = SECRET_VALUE.select().and_where(Expr::col("secret_id").eq(secret.to_string())).to_owned();
        self.read().row(&query).await?.map(|row| read(&row, &*mac)).transpose()
    }

    /// Every sealed value of the installation, for loading. A damaged one is left out and logged: calls that need
    /// it fail, the others go on.
    pub async fn secret_values_of_all_teams(&self) -> Result<Vec<SecretValue>, StoreError> {
        let mac = self.mac()?;
        let mut values = Vec::new();
        for value in all(&self.read(), &*mac).await? {
            match value {
                Ok(value) => values.push(value),
                Err(damaged) => tracing::error!(%damaged, "a row is left out"),
            }
        }
        Ok(values)
    }
}

impl Tx {
    /// Every sealed value of the installation, for sealing them anew. A damaged one is an error.
    pub async fn secret_values_of_all_teams(&self) -> Result<Vec<SecretValue>, StoreError> {
        all(self.session(), &*self.mac()?).await?.into_iter().collect()
    }

    /// Sets the sealed value of a secret, which must exist.
    pub async fn put_secret_value(&mut self, value: &SecretValue) -> Result<(), StoreError> {
        let mac = self.mac()?;
        let cells: Vec<Cell> = vec![
            value.secret.to_string().into(),
            value.team.to_string().into(),
            i64::from(value.key_version).into(),
            value.sealed.clone().into(),
        ];
        let put = SECRET_VALUE
            .insert(cells, Some(&*mac))
            .on_conflict(
                OnConflict::column("secret_id").update_columns(["team_id", "key_version", "sealed", "seal"]).to_owned(),
            )
            .to_owned();
        let absent = || format!("there is no secret {}", value.secret);
        self.session().run(&put).await.map_err(|error| explained(error, absent))?;
        self.changed(Some(value.team), Kind::Secret, value.secret.to_string()).await
    }
}

async fn all<C: ConnectionTrait>(
    session: &Session<C>,
    mac: &dyn Mac,
) -> Result<Vec<Result<SecretValue, StoreError>>, StoreError> {
    let query = SECRET_VALUE.select().order_by("secret_id", Order::Asc).to_owned();
    Ok(session.rows(&query).await?.iter().map(|row| read(row, mac)).collect())
}

fn read(row: &QueryResult, mac: &dyn Mac) -> Result<SecretValue, StoreError> {
    value(SECRET_VALUE.read(row, Some(mac))?).ok_or_else(|| SECRET_VALUE.corrupt(row))
}

fn value(cells: Vec<Cell>) -> Option<SecretValue> {
    let [secret, team, key_version, sealed] = <[Cell; 4]>::try_from(cells).ok()?;
    Some(SecretValue {
        secret: secret.text()?.parse().ok()?,
        team: team.text()?.parse().ok()?,
        key_version: key_version.int()?.try_into().ok()?,
        sealed: sealed.bytes()?,
    })
}
