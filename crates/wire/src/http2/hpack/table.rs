//! The static table (RFC 7541 appendix A).

/// Its entries; the first has the index 1.
#[rustfmt::skip]
pub(super) const STATIC: [(&str, &str); 61] = [
    (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"),
    (":scheme", "http"), (":scheme", "https"), (":status", "200"), (":status", "204"), (":status", "206"),
    (":status", "304"), (":status", "400"), (":status", "404"), (":status", "500"), ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"), ("accept-language", ""), ("accept-ranges", ""), ("accept", ""),
    ("access-control-allow-origin", ""), ("age", ""), ("allow", ""), ("authorization", ""), ("cache-control", ""),
    ("content-disposition", ""), ("content-encoding", ""), ("content-language", ""), ("content-length", ""),
    ("content-location", ""), ("content-range", ""), ("content-type", ""), ("cookie", ""), ("date", ""),
    ("etag", ""), ("expect", ""), ("expires", ""), ("from", ""), ("host", ""), ("if-match", ""),
    ("if-modified-since", ""), ("if-none-match", ""), ("if-range", ""), ("if-unmodified-since", ""),
    ("last-modified", ""), ("link", ""), ("location", ""), ("max-forwards", ""), ("proxy-authenticate", ""),
    ("proxy-authorization", ""), ("range", ""), ("referer", ""), ("refresh", ""), ("retry-after", ""),
    ("server", ""), ("set-cookie", ""), ("strict-transport-security", ""), ("transfer-encoding", ""),
    ("user-agent", ""), ("vary", ""), ("via", ""), ("www-authenticate", ""),
];

/// Index of `:status`, whose values follow one another.
pub(super) const STATUS: usize = 8;

/// Length of the longest name, and one.
const LENGTHS: usize = 28;

/// Entries by the length of their names, each length in a row: names with the index of their first entry.
struct ByLength {
    entries: [u8; STATIC.len()],
    begins: [u8; LENGTHS + 1],
}

static BY_LENGTH: ByLength = ByLength::new();

impl ByLength {
    const fn new() -> Self {
        let (mut entries, mut begins) = ([0; STATIC.len()], [0; LENGTHS + 1]);
        let (mut length, mut place) = (0, 0);
        while length < LENGTHS {
            begins[length] = place as u8;
            let mut entry = 0;
            while entry < STATIC.len() {
                if STATIC[entry].0.len() == length {
                    entries[place] = entry as u8;
                    place += 1;
                }
                entry += 1;
            }
            length += 1;
        }
        begins[LENGTHS] = place as u8;
        Self { entries, begins }
    }
}

/// The first index of a name, in lower case.
pub(super) fn index_of(name: &[u8]) -> Option<usize> {
    let (begin, end) = (BY_LENGTH.begins.get(name.len())?, BY_LENGTH.begins.get(name.len() + 1)?);
    let entries = &BY_LENGTH.entries[usize::from(*begin)..usize::from(*end)];
    let found = entries.iter().find(|entry| STATIC[usize::from(**entry)].0.as_bytes() == name)?;
    Some(usize::from(*found) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_by_its_first_index() {
        for (place, (name, _)) in STATIC.iter().enumerate() {
            let first = STATIC.iter().position(|(other, _)| other == name).unwrap();
            assert_eq!(index_of(name.as_bytes()), Some(first + 1), "{place}");
        }
        for unknown in ["", "x", "accepu", "strict-transport-security-", &"x".repeat(300)] {
            assert_eq!(index_of(unknown.as_bytes()), None, "{unknown}");
        }
    }
}
