//! Resources that many tokens share: each in a cell that is swapped when the resource changes.

use std::collections::HashSet;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use keyward_model::app::AppSpec;
use keyward_model::id::Id;
use keyward_model::team::TeamSpec;
use keyward_model::{Record, Resource};

/// A resource as it is at this moment.
pub(super) struct Cell<T: Resource> {
    /// Its id, which never changes.
    pub(super) id: Id<T>,
    current: ArcSwap<Record<T>>,
}

pub(super) type AppCell = Cell<AppSpec>;
pub(super) type TeamCell = Cell<TeamSpec>;

impl<T: Resource> Cell<T> {
    pub(super) fn new(record: Record<T>) -> Self {
        Self { id: record.id, current: ArcSwap::from_pointee(record) }
    }

    pub(super) fn load(&self) -> Guard<Arc<Record<T>>> {
        self.current.load()
    }

    /// Has another record in its place from now on, made of the one that is there.
    pub(super) fn change(&self, change: impl Fn(&mut Record<T>)) {
        self.current.rcu(|record| {
            let mut record = Record::clone(record);
            change(&mut record);
            record
        });
    }
}

/// Resources by id.
pub(super) struct Cells<T: Resource>(papaya::HashMap<Id<T>, Arc<Cell<T>>>);

impl<T: Resource> Default for Cells<T> {
    fn default() -> Self {
        Self(papaya::HashMap::new())
    }
}

impl<T: Resource> Cells<T> {
    pub(super) fn get(&self, id: Id<T>) -> Option<Arc<Cell<T>>> {
        self.0.pin().get(&id).cloned()
    }

    /// Takes over a resource. Tokens that hold the cell see it at once.
    pub(super) fn put(&self, record: Record<T>) -> Arc<Cell<T>> {
        let cells = self.0.pin();
        match cells.get(&record.id) {
            Some(cell) => {
                cell.current.store(Arc::new(record));
                cell.clone()
            }
            None => {
                let id = record.id;
                let cell = Arc::new(Cell::new(record));
                cells.insert(id, cell.clone());
                cell
            }
        }
    }

    /// Lets go of a resource. Tokens that hold the cell keep it.
    pub(super) fn remove(&self, id: Id<T>) -> Option<Arc<Cell<T>>> {
        self.0.pin().remove(&id).cloned()
    }

    /// Takes over all resources there are.
    pub(super) fn replace_all(&self, records: Vec<Record<T>>) {
        let ids: HashSet<Id<T>> = records.iter().map(|record| record.id).collect();
        for record in records {
            self.put(record);
        }
        self.0.pin().retain(|id, _| ids.contains(id));
    }
}
