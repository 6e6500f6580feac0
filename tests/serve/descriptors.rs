//! More connections than the operating system lets the server have.

use tokio::net::TcpStream;

use crate::caller::is_served;
use crate::serving::Serving;

#[tokio::test]
async fn two_hundred_connections_under_a_limit_of_64_descriptors_are_survived() {
    let mut server = Serving::start_with_few_descriptors(64, &[]);
    server.logged("the limit of open files (ulimit -n) is below what the connections may need");
    let mut peers = Vec::new();
    for _ in 0..200 {
        peers.push(TcpStream::connect(server.address).await.expect("the backlog takes it"));
    }
    server.logged("cannot accept connections");
    server.is_idle().await;
    drop(peers);
    is_served(&server).await;
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
}
