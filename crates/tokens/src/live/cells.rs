//! Resources that many tokens share: each in a cell that is swapped when the resource changes.

use std::collections::HashSet;
use std::sync::Arc;

use arc_swap::ArcSwap;
use keyward_model::id::Id;
use keyward_model::{Record, Resource};

/// Resources by id.
pub(super) struct Cells<T: Resource>(papaya::HashMap<Id<T>, Arc<ArcSwap<Record<T>>>>);

impl<T: Resource> Default for Cells<T> {
    fn default() -> Self {
        Self(papaya::HashMap::new())
    }
}

impl<T: Resource> Cells<T> {
    pub(super) fn get(&self, id: Id<T>) -> Option<Arc<ArcSwap<Record<T>>>> {
        self.0.pin().get(&id).cloned()
    }

    /// Takes over a resource. Tokens that hold the cell see it at once.
    pub(super) fn put(&self, record: Record<T>) -> Arc<ArcSwap<Record<T>>> {
        let cells = self.0.pin();
        match cells.get(&record.id) {
            Some(cell) => {
                cell.store(Arc::new(record));
                cell.clone()
            }
            None => {
                let id = record.id;
                let cell = Arc::new(ArcSwap::from_pointee(record));
                cells.insert(id, cell.clone());
                cell
            }
        }
    }

    /// Lets go of a resource. Tokens that hold the cell keep it.
    pub(super) fn remove(&self, id: Id<T>) -> Option<Arc<ArcSwap<Record<T>>>> {
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
