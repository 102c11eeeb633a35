//! Where addresses are, by a database.

use keyward_calls::{Geo, Location};

use crate::mmdb::database;

#[test]
fn a_database_says_where_an_address_is_and_is_read_again_when_it_changes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.mmdb");
    let geo = Geo::open(std::slice::from_ref(&path));
    let address = "10.1.2.3".parse().unwrap();
    assert_eq!(geo.locate(address), Location::default());
    assert!(geo.status().databases[0].problem.is_some(), "a database that is not there says so");

    std::fs::write(&path, database("NO", 64_500)).unwrap();
    assert!(geo.reload());
    assert_eq!(geo.status().databases[0].problem, None);
    assert_eq!(geo.status().databases[0].kind.as_deref(), Some("Test-Country"));
    assert_eq!(geo.locate(address), Location { country: Some("NO".parse().unwrap()), asn: Some(64_500) });
    assert_eq!(geo.locate("::ffff:10.1.2.3".parse().unwrap()).asn, Some(64_500));
    assert_eq!(geo.locate("11.1.2.3".parse().unwrap()), Location::default());
    assert_eq!(geo.locate("2001:db8::1".parse().unwrap()), Location::default());
    assert!(!geo.reload(), "nothing changed");

    std::fs::write(&path, b"not a database").unwrap();
    let later = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1);
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
    assert!(geo.reload());
    assert!(geo.status().databases[0].problem.is_some());
    assert_eq!(geo.locate(address).asn, Some(64_500), "the good one stays");
}
