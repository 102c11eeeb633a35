//! Which segments there are, by team: where captures go, where they are found, and what has to go for them.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use keyward_model::captured::CapturedCall;
use keyward_model::team::TeamId;
use keyward_model::{Clock, Timestamp};
use uuid::Uuid;

use super::CapturesStatus;
use super::frame::encode;
use super::segment::{Active, Damage, Sealed, read_at};

/// A segment is ended when it is this old, so that what is too old goes soon.
const OLD: Duration = Duration::from_secs(3600);
/// Segments that the captures are divided into at least, once there are as many as may be.
const PARTS: u64 = 16;
/// Bytes of a segment: from then on it is ended.
const FULL: u64 = 32 << 20;

pub(super) struct Shelf {
    folder: PathBuf,
    most: u64,
    clock: Arc<dyn Clock>,
    teams: BTreeMap<TeamId, Rack>,
    /// Tells apart the segments that are begun within a millisecond.
    next: u64,
}

/// The segments of one team.
#[derive(Default)]
struct Rack {
    /// The one that is written, and when it was begun.
    active: Option<(Active, Duration)>,
    sealed: Vec<Arc<Sealed>>,
}

/// Where the capture of a request may be.
pub(super) enum Place {
    Active(PathBuf, u64),
    Sealed(Arc<Sealed>),
}

impl Place {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Active(path, _) => path,
            Self::Sealed(sealed) => &sealed.path,
        }
    }

    pub(super) fn read(&self, request_id: Uuid) -> Result<Option<CapturedCall>, Damage> {
        match self {
            Self::Active(path, at) => read_at(&File::open(path)?, *at).map(Some),
            Self::Sealed(sealed) => sealed.read(request_id),
        }
    }
}

impl Shelf {
    pub(super) fn open(folder: &Path, most: u64, clock: Arc<dyn Clock>) -> Self {
        let mut shelf = Self { folder: folder.to_owned(), most, clock, teams: BTreeMap::new(), next: 0 };
        shelf.adopt();
        shelf.make_room(0);
        shelf
    }

    /// Keeps a capture; the oldest give way to it.
    pub(super) fn put(&mut self, call: &CapturedCall) -> io::Result<()> {
        let frame = encode(call)?;
        let bytes = frame.len() as u64;
        if bytes > self.most / 2 {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a capture needs most of the room for all"));
        }
        self.make_room(bytes);
        let now = self.clock.monotonic();
        let rack = self.teams.entry(call.team).or_default();
        rack.end_old(now);
        let (active, _) = match &mut rack.active {
            Some(active) => active,
            none => {
                let folder = self.folder.join(call.team.to_string());
                let stem = format!("{:013}-{}", self.clock.now().as_millis(), std::process::id());
                // One that runs elsewhere over the same folder may have the same number.
                let begun = loop {
                    let begun = Active::create(&folder, &format!("{stem}-{}", self.next))?;
                    self.next += 1;
                    if let Some(begun) = begun {
                        break begun;
                    }
                };
                none.insert((begun, now))
            }
        };
        active.append(call.request_id, call.at.as_millis(), &frame)?;
        if active.bytes() >= FULL.min(self.most / PARTS) {
            rack.end();
        }
        Ok(())
    }

    /// Where the capture of a request may be, the likeliest first.
    pub(super) fn places(&self, team: TeamId, request_id: Uuid) -> Vec<Place> {
        let Some(rack) = self.teams.get(&team) else { return Vec::new() };
        let active = rack.active.as_ref().and_then(|(active, _)| {
            let at = active.find(request_id)?;
            Some(Place::Active(active.path.clone(), at))
        });
        let sealed = rack.sealed.iter().rev().filter(|sealed| sealed.may_hold(request_id));
        active.into_iter().chain(sealed.map(|sealed| Place::Sealed(Arc::clone(sealed)))).collect()
    }

    /// Takes up segments that are there and were not known. Whether there were any.
    pub(super) fn adopt(&mut self) -> bool {
        self.try_adopt().unwrap_or_else(|error| {
            // Where nothing was ever captured there is no folder.
            if error.kind() == io::ErrorKind::NotFound {
                return false;
            }
            tracing::warn!(folder = %self.folder.display(), %error, "the folder of captures cannot be looked through");
            false
        })
    }

    fn try_adopt(&mut self) -> io::Result<bool> {
        let mut adopted = false;
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let team = path.file_name().and_then(|name| name.to_str()?.parse::<TeamId>().ok());
            if let Some(team) = team.filter(|_| path.is_dir()) {
                adopted |= self.teams.entry(team).or_default().adopt(&path)?;
            }
        }
        Ok(adopted)
    }

    /// The files that are written, for whoever has them put on the disk.
    pub(super) fn files(&self) -> Vec<Arc<File>> {
        self.teams.values().filter_map(|rack| rack.active.as_ref()).map(|(active, _)| active.file()).collect()
    }

    /// Ends what is old enough, or everything.
    pub(super) fn end(&mut self, all: bool) {
        let now = self.clock.monotonic();
        for rack in self.teams.values_mut() {
            if all { rack.end() } else { rack.end_old(now) }
        }
    }

    /// Deletes segments that are too old for their team. Answers how many captures are gone.
    pub(super) fn retain(&mut self, since: &dyn Fn(TeamId) -> Timestamp) -> u64 {
        let mut gone = 0;
        for (team, rack) in &mut self.teams {
            let since = since(*team).as_millis();
            if let Some((active, _)) = rack.active.take_if(|(active, _)| active.newest < since) {
                gone += active.captures();
                delete(&active.path);
            }
            rack.sealed.retain(|sealed| {
                let stays = sealed.newest >= since;
                if !stays {
                    gone += sealed.captures;
                    delete(&sealed.path);
                }
                stays
            });
        }
        self.forget_empty();
        gone
    }

    /// What there is.
    pub(super) fn kept(&self) -> CapturesStatus {
        let mut status = CapturesStatus::default();
        let segments = self.teams.values().flat_map(|rack| {
            let active = rack.active.iter().map(|(active, _)| (active.captures(), active.bytes()));
            active.chain(rack.sealed.iter().map(|sealed| (sealed.captures, sealed.bytes)))
        });
        for (captures, bytes) in segments {
            status.kept += captures;
            status.file_bytes += bytes;
            status.files += 1;
        }
        status
    }

    /// Deletes the oldest segments, of whichever team, until so many bytes fit.
    pub(super) fn make_room(&mut self, bytes: u64) {
        let mut used = self.kept().file_bytes;
        while used.saturating_add(bytes) > self.most {
            let oldest = |(team, rack): (&TeamId, &Rack)| Some((rack.oldest()?, *team));
            let Some((_, team)) = self.teams.iter().filter_map(oldest).min() else { return };
            let Some(rack) = self.teams.get_mut(&team) else { return };
            used = used.saturating_sub(rack.delete_oldest());
        }
        self.forget_empty();
    }

    fn forget_empty(&mut self) {
        let folder = &self.folder;
        self.teams.retain(|team, rack| {
            let stays = rack.active.is_some() || !rack.sealed.is_empty();
            if !stays {
                // Fails where another process writes there.
                let _ = std::fs::remove_dir(folder.join(team.to_string()));
            }
            stays
        });
    }
}

impl Rack {
    /// Ends the active segment. Where that cannot be, it goes on.
    fn end(&mut self) {
        let Some((active, _)) = &mut self.active else { return };
        match active.end() {
            Ok(sealed) => {
                self.sealed.push(Arc::new(sealed));
                self.active = None;
            }
            Err(error) => {
                tracing::warn!(path = %active.path.display(), %error, "a file of captures cannot be ended; it goes on");
            }
        }
    }

    fn end_old(&mut self, now: Duration) {
        if self.active.as_ref().is_some_and(|(_, since)| now.saturating_sub(*since) >= OLD) {
            self.end();
        }
    }

    fn adopt(&mut self, folder: &Path) -> io::Result<bool> {
        let known: HashSet<&Path> = self.sealed.iter().map(|sealed| sealed.path.as_path()).collect();
        let own = self.active.as_ref().map(|(active, _)| active.path.as_path());
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let is_segment = path.extension().is_some_and(|extension| extension == "captures");
            if !is_segment || known.contains(path.as_path()) || own == Some(&path) {
                continue;
            }
            match Sealed::open(&path) {
                Ok(sealed) => found.extend(sealed.map(Arc::new)),
                // One file is no reason to go without all others.
                Err(error) => tracing::warn!(path = %path.display(), %error, "a file of captures cannot be read"),
            }
        }
        let adopted = !found.is_empty();
        self.sealed.extend(found);
        self.sealed.sort_by_key(|sealed| sealed.newest);
        Ok(adopted)
    }

    /// How old the oldest segment is: the one that is written only where there is no other.
    fn oldest(&self) -> Option<i64> {
        let sealed = self.sealed.iter().map(|sealed| sealed.newest).min();
        sealed.or_else(|| self.active.as_ref().map(|(active, _)| active.newest))
    }

    /// Answers how many bytes are gone.
    fn delete_oldest(&mut self) -> u64 {
        let oldest = self.sealed.iter().enumerate().min_by_key(|(_, sealed)| sealed.newest).map(|(place, _)| place);
        let (path, bytes) = match oldest {
            Some(place) => {
                let sealed = self.sealed.remove(place);
                (sealed.path.clone(), sealed.bytes)
            }
            None => match self.active.take() {
                Some((active, _)) => (active.path.clone(), active.bytes()),
                None => return 0,
            },
        };
        delete(&path);
        bytes
    }
}

fn delete(path: &Path) {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(path = %path.display(), %error, "a file of captures cannot be deleted");
        }
        _ => {}
    }
}
