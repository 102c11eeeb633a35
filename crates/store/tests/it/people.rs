//! Users, what they sign in with, memberships, invitations, sessions, and what is begun and not ended.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use keyward_model::invitation::Invitation;
use keyward_model::membership::{Membership, Role};
use keyward_model::resource::Kind;
use keyward_model::user::{User, UserId};
use keyward_store::{
    Ceremony, Credential, CredentialKind, INSTALLATION, PageRequest, Session, StoreError, StoredInvitation, Tx,
};

use crate::world::{World, audit, cause, on_both};

on_both![
    users_are_found_and_addresses_taken_once,
    credentials_are_replaced_and_go_with_their_user_alone,
    memberships_are_of_a_user_and_a_team,
    invitations_are_found_by_their_digest,
    sessions_end_one_by_one_together_and_with_time,
    a_ceremony_is_taken_once_and_in_time,
    a_row_edited_past_the_store_is_found,
];

pub(crate) fn user(world: &World, email: &str) -> User {
    User {
        id: world.id(),
        email: email.parse().unwrap(),
        name: "Ada".to_owned(),
        operator: false,
        suspended: false,
        version: 1,
        created_at: world.now(),
        updated_at: world.now(),
    }
}

/// Changes something about a user, with the event that says so.
pub(crate) async fn about_user<T>(
    world: &World,
    id: UserId,
    change: impl AsyncFnOnce(&mut Tx) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut tx = world.store.begin(cause()).await.unwrap();
    let outcome = change(&mut tx).await?;
    audit(&mut tx, INSTALLATION, Kind::User, id.to_string()).await;
    tx.commit().await?;
    Ok(outcome)
}

pub(crate) fn credential(world: &World, user: UserId, id: &str, kind: CredentialKind) -> Credential {
    Credential {
        id: id.to_owned(),
        user,
        kind,
        lookup: (kind == CredentialKind::Passkey).then(|| format!("lookup {id}")),
        created_at: world.now(),
        used_at: None,
        label: id.to_owned(),
        key_version: 1,
        sealed: vec![0, 255, 7],
    }
}

pub(crate) fn membership(world: &World, user: UserId, team: keyward_model::team::TeamId, role: Role) -> Membership {
    let now = world.now();
    Membership { user, team, role, apps: vec![world.id()], version: 1, created_at: now, updated_at: now }
}

async fn users_are_found_and_addresses_taken_once(world: World) {
    assert!(!world.store.has_users().await.unwrap());
    let (ada, bob) = (user(&world, "ada@example.com"), user(&world, "bob@example.com"));
    for user in [&ada, &bob] {
        about_user(&world, user.id, async |tx| tx.insert_user(user).await).await.unwrap();
    }
    assert!(world.store.has_users().await.unwrap());
    assert_eq!(world.store.user(ada.id).await.unwrap().as_ref(), Some(&ada));
    assert_eq!(world.store.user_by_email(&bob.email).await.unwrap().as_ref(), Some(&bob));
    let again = User { id: world.id(), ..ada.clone() };
    let taken = about_user(&world, again.id, async |tx| tx.insert_user(&again).await).await;
    assert!(matches!(taken, Err(StoreError::Conflict { .. })), "{taken:?}");
    let next = User { name: "Countess".to_owned(), suspended: true, version: 2, ..ada.clone() };
    about_user(&world, next.id, async |tx| tx.update_user(&next).await).await.unwrap();
    let stale = about_user(&world, next.id, async |tx| tx.update_user(&next).await).await;
    assert_eq!(stale, Err(StoreError::Stale));
    let page = PageRequest { after: None, limit: 1 };
    let first = world.store.users_of_installation(&page).await.unwrap();
    assert_eq!(first.items, [next]);
    let second = world.store.users_of_installation(&PageRequest { after: first.next, limit: 1 }).await.unwrap();
    assert_eq!((second.items, second.next), (vec![bob], None));
    let unaudited = async {
        let mut tx = world.store.begin(cause()).await.unwrap();
        tx.insert_user(&user(&world, "eve@example.com")).await?;
        tx.commit().await
    };
    assert!(matches!(unaudited.await, Err(StoreError::Unaudited { .. })));
}

async fn credentials_are_replaced_and_go_with_their_user_alone(world: World) {
    let (ada, bob) = (user(&world, "ada@example.com"), user(&world, "bob@example.com"));
    for user in [&ada, &bob] {
        about_user(&world, user.id, async |tx| tx.insert_user(user).await).await.unwrap();
    }
    let password = credential(&world, ada.id, "one", CredentialKind::Password);
    world.clock.advance(Duration::from_millis(1));
    let passkey = credential(&world, ada.id, "two", CredentialKind::Passkey);
    for credential in [&password, &passkey] {
        about_user(&world, ada.id, async |tx| tx.put_credential(credential).await).await.unwrap();
    }
    let used = Credential { used_at: Some(world.now()), sealed: vec![1], ..password };
    about_user(&world, ada.id, async |tx| tx.put_credential(&used).await).await.unwrap();
    assert_eq!(world.store.credentials(ada.id).await.unwrap(), [used, passkey.clone()]);
    assert_eq!(world.store.credential_by_lookup("lookup two").await.unwrap().as_ref(), Some(&passkey));
    assert_eq!(world.store.credential_by_lookup("lookup one").await.unwrap(), None);
    let stolen = Credential { user: bob.id, id: "three".to_owned(), ..passkey };
    let taken = about_user(&world, bob.id, async |tx| tx.put_credential(&stolen).await).await;
    assert!(matches!(taken, Err(StoreError::Conflict { .. })), "{taken:?}");
    assert_eq!(about_user(&world, bob.id, async |tx| tx.delete_credential(bob.id, "two").await).await, Ok(false));
    assert_eq!(about_user(&world, ada.id, async |tx| tx.delete_credential(ada.id, "two").await).await, Ok(true));
    assert_eq!(world.store.credentials(ada.id).await.unwrap().len(), 1);
}

async fn memberships_are_of_a_user_and_a_team(world: World) {
    let (red, blue) = (world.team("red").await, world.team("blue").await);
    let ada = user(&world, "ada@example.com");
    about_user(&world, ada.id, async |tx| tx.insert_user(&ada).await).await.unwrap();
    let joined =
        [membership(&world, ada.id, red.id, Role::Developer), membership(&world, ada.id, blue.id, Role::Auditor)];
    for membership in &joined {
        let mut tx = world.store.begin(cause()).await.unwrap();
        tx.insert_membership(membership).await.unwrap();
        audit(&mut tx, membership.team, Kind::Membership, ada.id.to_string()).await;
        tx.commit().await.unwrap();
    }
    assert_eq!(world.store.memberships_of_user(ada.id).await.unwrap().len(), 2);
    assert_eq!(world.store.members(red.id).await.unwrap(), [joined[0].clone()]);
    let custom: Role = "on-call".parse().unwrap();
    let after = Membership { role: custom, apps: Vec::new(), version: 2, ..joined[0].clone() };
    let mut tx = world.store.begin(cause()).await.unwrap();
    tx.update_membership(&after).await.unwrap();
    tx.delete_membership(blue.id, ada.id).await.unwrap();
    assert_eq!(tx.delete_membership(blue.id, ada.id).await, Err(StoreError::Stale));
    audit(&mut tx, red.id, Kind::Membership, ada.id.to_string()).await;
    tx.commit().await.unwrap();
    assert_eq!(world.store.memberships_of_user(ada.id).await.unwrap(), [after]);
}

async fn invitations_are_found_by_their_digest(world: World) {
    let (red, blue) = (world.team("red").await, world.team("blue").await);
    let invitation = Invitation {
        id: world.id(),
        team: red.id,
        email: "ada@example.com".parse().unwrap(),
        role: Role::Viewer,
        invited_by: None,
        created_at: world.now(),
        expires_at: world.now().plus(Duration::from_secs(60)),
    };
    let stored = StoredInvitation { invitation: invitation.clone(), digest: "abc".to_owned() };
    let mut tx = world.store.begin(cause()).await.unwrap();
    tx.insert_invitation(&stored).await.unwrap();
    audit(&mut tx, red.id, Kind::Invitation, invitation.id.to_string()).await;
    tx.commit().await.unwrap();
    assert_eq!(world.store.invitation_by_digest("abc").await.unwrap(), Some(invitation.clone()));
    assert_eq!(world.store.invitation_by_digest("abd").await.unwrap(), None);
    assert_eq!(world.store.invitations(red.id).await.unwrap(), std::slice::from_ref(&invitation));
    assert_eq!(world.store.invitations(blue.id).await.unwrap(), []);
    let mut tx = world.store.begin(cause()).await.unwrap();
    assert_eq!(tx.invitation(blue.id, invitation.id).await.unwrap(), None);
    tx.delete_invitation(&invitation).await.unwrap();
    assert_eq!(tx.delete_invitation(&invitation).await, Err(StoreError::Stale));
    audit(&mut tx, red.id, Kind::Invitation, invitation.id.to_string()).await;
    tx.commit().await.unwrap();
    assert_eq!(world.store.invitations(red.id).await.unwrap(), []);
}

fn session(world: &World, user: UserId, number: u128) -> Session {
    Session {
        id: uuid::Uuid::from_u128(number),
        user,
        created_at: world.now(),
        seen_at: world.now(),
        expires_at: world.now().plus(Duration::from_secs(100)),
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        agent: Some("a browser".to_owned()),
        awaits_second_factor: false,
        second_factor_at: None,
        proved_at: world.now(),
    }
}

async fn sessions_end_one_by_one_together_and_with_time(world: World) {
    let (ada, bob) = (user(&world, "ada@example.com"), user(&world, "bob@example.com"));
    for user in [&ada, &bob] {
        about_user(&world, user.id, async |tx| tx.insert_user(user).await).await.unwrap();
    }
    for (number, owner) in [(1, &ada), (2, &ada), (3, &ada), (4, &bob)] {
        let session = session(&world, owner.id, number);
        about_user(&world, owner.id, async |tx| tx.insert_session(&format!("digest {number}"), &session).await)
            .await
            .unwrap();
    }
    world.clock.advance(Duration::from_secs(10));
    let mut first = world.store.session("digest 1").await.unwrap().unwrap();
    first.seen_at = world.now();
    world.store.touch_session("digest 1", &first).await.unwrap();
    assert_eq!(world.store.sessions(ada.id).await.unwrap()[0], first);
    let end = |user: UserId, only: Option<u128>, kept: Option<&'static str>| {
        let world = &world;
        about_user(world, user, async move |tx| tx.end_sessions(user, only.map(uuid::Uuid::from_u128), kept).await)
    };
    assert_eq!(end(bob.id, Some(2), None).await, Ok(0), "it is somebody else's");
    assert_eq!(end(ada.id, Some(2), None).await, Ok(1));
    assert_eq!(end(ada.id, None, Some("digest 1")).await, Ok(1));
    assert_eq!(world.store.sessions(ada.id).await.unwrap(), [first.clone()]);
    world.store.touch_session("digest 2", &first).await.unwrap();
    assert_eq!(world.store.session("digest 2").await.unwrap(), None, "what has ended stays so");
    let idle_since = first.seen_at.minus(Duration::from_secs(1));
    assert_eq!(world.store.prune_sessions(world.now(), idle_since).await.unwrap(), 1, "bob's lay unused");
    world.clock.advance(Duration::from_secs(90));
    assert_eq!(world.store.prune_sessions(world.now(), idle_since).await.unwrap(), 1);
}

async fn a_ceremony_is_taken_once_and_in_time(world: World) {
    let ceremony = |digest: &str, seconds| Ceremony {
        digest: digest.to_owned(),
        kind: "setup".to_owned(),
        user: None,
        expires_at: world.now().plus(Duration::from_secs(seconds)),
        key_version: 1,
        sealed: vec![1, 2],
    };
    let (one, short) = (ceremony("one", 60), ceremony("short", 1));
    for ceremony in [&one, &short] {
        world.store.begin_ceremony(ceremony).await.unwrap();
    }
    assert_eq!(world.store.take_ceremony("passkey", "one").await.unwrap(), None);
    assert_eq!(world.store.take_ceremony("setup", "one").await.unwrap(), Some(one));
    assert_eq!(world.store.take_ceremony("setup", "one").await.unwrap(), None);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.store.take_ceremony("setup", "short").await.unwrap(), None);
    world.store.begin_ceremony(&ceremony("late", 1)).await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    world.store.begin_ceremony(&ceremony("late", 60)).await.expect("the one that is over is forgotten");
    let again = world.store.begin_ceremony(&ceremony("late", 60)).await;
    assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");
    world.store.drop_ceremonies("setup").await.unwrap();
    assert_eq!(world.store.take_ceremony("setup", "late").await.unwrap(), None);
}

async fn a_row_edited_past_the_store_is_found(world: World) {
    let ada = user(&world, "ada@example.com");
    about_user(&world, ada.id, async |tx| tx.insert_user(&ada).await).await.unwrap();
    let session = session(&world, ada.id, 1);
    about_user(&world, ada.id, async |tx| tx.insert_session("digest", &session).await).await.unwrap();
    world.place.sql("UPDATE \"user\" SET operator = 1").await;
    assert!(matches!(world.store.user(ada.id).await, Err(StoreError::Corrupt { .. })));
    world.place.sql("UPDATE session SET digest = 'another'").await;
    assert!(matches!(world.store.session("another").await, Err(StoreError::Corrupt { .. })));
    let damaged = world.store.damaged_rows_of_all_teams().await.unwrap();
    assert!(damaged.iter().any(|row| row.kind == Kind::User && row.id == ada.id.to_string()), "{damaged:?}");
}
