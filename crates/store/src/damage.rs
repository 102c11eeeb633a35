//! Looking for damage: every sealed row of the installation, held against its seal.

use sea_orm::sea_query::{Expr, ExprTrait, Order};

use crate::row::{Cell, Table};
use crate::tables::{BACKED_UP, RING_KEY};
use crate::token::CorruptRow;
use crate::{Store, StoreError, key};

/// Rows read at a time.
const BATCH: u64 = 1000;

impl Store {
    /// Reads every sealed row of the installation and names the damaged ones. The audit trails have
    /// [`Store::verify_audit`].
    pub async fn damaged_rows_of_all_teams(&self) -> Result<Vec<CorruptRow>, StoreError> {
        let mut damaged = Vec::new();
        for table in BACKED_UP.into_iter().filter(|table| table.kind.is_some()) {
            self.damaged_rows_of(table, &mut damaged).await?;
        }
        Ok(damaged)
    }

    async fn damaged_rows_of(&self, table: &Table, damaged: &mut Vec<CorruptRow>) -> Result<(), StoreError> {
        let Some(kind) = table.kind else { return Ok(()) };
        let mac = self.mac()?;
        let snapshot = self.db().snapshot().await?;
        let keys = || table.columns[..table.key].iter().map(|column| Expr::col(column.0));
        let mut last: Option<Vec<Cell>> = None;
        loop {
            let mut query = table.select();
            if let Some(last) = last.take() {
                query.and_where(Expr::tuple(keys()).gt(Expr::tuple(last.into_iter().map(Expr::from))));
            }
            for column in &table.columns[..table.key] {
                query.order_by(column.0, Order::Asc);
            }
            let rows = snapshot.rows(&query.limit(BATCH).to_owned()).await?;
            for row in &rows {
                let sound = if table.name == RING_KEY.name {
                    key::read(row).is_ok()
                } else {
                    table.read(row, Some(&*mac)).is_ok()
                };
                if !sound {
                    damaged.push(CorruptRow { kind, id: table.key_of(row).join(" ") });
                }
            }
            // A key that cannot be read cannot be gone on from.
            let Some(row) = rows.last().filter(|_| rows.len() as u64 == BATCH) else { return Ok(()) };
            let cells = table.read_unchecked(row).map_err(|()| table.corrupt(row))?;
            last = Some(cells[..table.key].to_vec());
        }
    }
}
