//! Users.

use keyward_model::Timestamp;
use keyward_model::integrity::Mac;
use keyward_model::resource::Kind;
use keyward_model::user::{Email, User, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Order, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult};

use crate::db;
use crate::resource::explained;
use crate::row::{Cell, signed};
use crate::tables::USER;
use crate::{Page, PageRequest, Store, StoreError, Tx};

impl Store {
    /// Whether nobody was ever made: the installation waits to be set up.
    pub async fn has_users(&self) -> Result<bool, StoreError> {
        Ok(self.read().row(&USER.select().limit(1).to_owned()).await?.is_some())
    }

    /// The user with this id.
    pub async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        one(&self.read(), &*self.mac()?, by_id(id)).await
    }

    /// The user with this address.
    pub async fn user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        one(&self.read(), &*self.mac()?, by_email(email)).await
    }

    /// A page of all users, by address: for whoever runs the installation.
    pub async fn users_of_installation(&self, page: &PageRequest) -> Result<Page<User>, StoreError> {
        let mut query = USER.select();
        if let Some(cursor) = &page.after {
            let email: Email = cursor.parse().map_err(|_| StoreError::BadCursor)?;
            query.and_where(Expr::col("email").gt(email.as_str()));
        }
        let query = query.order_by("email", Order::Asc).limit(page.asked()).to_owned();
        let mac = self.mac()?;
        let users: Result<Vec<User>, _> = self.read().rows(&query).await?.iter().map(|row| read(row, &*mac)).collect();
        Ok(Page::of(users?, page, |user: &User| user.email.to_string()))
    }
}

impl Tx {
    /// As [`Store::has_users`], inside the transaction.
    pub async fn has_users(&self) -> Result<bool, StoreError> {
        Ok(self.session().row(&USER.select().limit(1).to_owned()).await?.is_some())
    }

    /// As [`Store::user`], inside the transaction.
    pub async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        one(self.session(), &*self.mac()?, by_id(id)).await
    }

    /// As [`Store::user_by_email`], inside the transaction.
    pub async fn user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        one(self.session(), &*self.mac()?, by_email(email)).await
    }

    /// How many users run the installation and can sign in.
    pub async fn operators(&self) -> Result<usize, StoreError> {
        let query = USER
            .select()
            .and_where(Expr::col("operator").eq(1i64))
            .and_where(Expr::col("suspended").eq(0i64))
            .to_owned();
        Ok(self.session().rows(&query).await?.len())
    }

    /// Adds a user, whose address must be free.
    pub async fn insert_user(&mut self, user: &User) -> Result<(), StoreError> {
        let mac = self.mac()?;
        let taken = || format!("there is a user with the address {} already", user.email);
        let insert = USER.insert(cells(user), Some(&*mac));
        self.session().run(&insert).await.map_err(|error| explained(error, taken))?;
        self.changed(None, Kind::User, user.id.to_string()).await
    }

    /// Changes a user. `user.version` is the new version: one more than the one that it replaces.
    pub async fn update_user(&mut self, user: &User) -> Result<(), StoreError> {
        let mac = self.mac()?;
        let taken = || format!("there is a user with the address {} already", user.email);
        let update = USER
            .update(cells(user), Some(&*mac))
            .and_where(Expr::col("version").eq(signed(user.version) - 1))
            .to_owned();
        if self.session().run(&update).await.map_err(|error| explained(error, taken))? == 0 {
            return Err(StoreError::Stale);
        }
        self.changed(None, Kind::User, user.id.to_string()).await
    }
}

fn by_id(id: UserId) -> SelectStatement {
    USER.select().and_where(Expr::col("id").eq(id.to_string())).to_owned()
}

fn by_email(email: &Email) -> SelectStatement {
    USER.select().and_where(Expr::col("email").eq(email.as_str())).to_owned()
}

async fn one<C: ConnectionTrait>(
    session: &db::Session<C>,
    mac: &dyn Mac,
    query: SelectStatement,
) -> Result<Option<User>, StoreError> {
    session.row(&query).await?.map(|row| read(&row, mac)).transpose()
}

fn cells(user: &User) -> Vec<Cell> {
    vec![
        user.id.to_string().into(),
        user.email.as_str().into(),
        user.name.as_str().into(),
        i64::from(user.operator).into(),
        i64::from(user.suspended).into(),
        signed(user.version).into(),
        user.created_at.as_millis().into(),
        user.updated_at.as_millis().into(),
    ]
}

fn read(row: &QueryResult, mac: &dyn Mac) -> Result<User, StoreError> {
    let cells = USER.read(row, Some(mac))?;
    user(cells).ok_or_else(|| USER.corrupt(row))
}

fn user(cells: Vec<Cell>) -> Option<User> {
    let [id, email, name, operator, suspended, version, created_at, updated_at] = <[Cell; 8]>::try_from(cells).ok()?;
    Some(User {
        id: id.text()?.parse().ok()?,
        email: email.text()?.parse().ok()?,
        name: name.text()?,
        operator: operator.int()? != 0,
        suspended: suspended.int()? != 0,
        version: version.int()?.try_into().ok()?,
        created_at: Timestamp::from_millis(created_at.int()?),
        updated_at: Timestamp::from_millis(updated_at.int()?),
    })
}
