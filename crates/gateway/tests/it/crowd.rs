//! More callers than one worker takes at a time.

use crate::upstream::Upstream;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_too_many_waits_until_another_leaves() {
    let world = World::with(|config| config.max_connections = 2).await;
    let upstream = Upstream::start().await;
    world.orders(&[upstream.address()]).await;
    let token = world.token().await;
    let (mut first, mut second) = (world.connect().await, world.connect().await);
    for client in [&mut first, &mut second] {
        assert_eq!(client.get("/orders/v1/any/x", token.secret.expose()).await.status, 200);
    }
    let (address, secret) = (world.address(), token.secret.clone());
    let third = tokio::spawn(async move {
        let mut client = crate::client::Client::connect(address).await;
        client.get("/orders/v1/any/third", secret.expose()).await.status
    });
    // The others are served as before, and the third is not.
    for _ in 0..10 {
        for client in [&mut first, &mut second] {
            assert_eq!(client.get("/orders/v1/any/x", token.secret.expose()).await.status, 200);
        }
    }
    assert!(upstream.seen().iter().all(|seen| seen.target == "/any/x") && !third.is_finished());
    drop(first);
    assert_eq!(third.await.unwrap(), 200);
}
