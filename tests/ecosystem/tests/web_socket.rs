//! WebSockets by async-tungstenite, against itself.

use async_tungstenite::tungstenite::protocol::CloseFrame;
use async_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use async_tungstenite::tungstenite::{Error, Message};
use async_tungstenite::{WebSocketStream, accept_async, client_async};
use futures_util::StreamExt;
use mainspring::net::{TcpListener, TcpStream};
use mainspring::task::JoinHandle;
use mainspring::{join, spawn};
use mainspring_ecosystem::web_socket;

#[path = "../../watchdog/mod.rs"]
mod watchdog;

use watchdog::block_on;

/// A connection: the end that has connected, and the one that was accepted.
async fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (near, listener.accept().await.unwrap().0)
}

/// A client, and the server that echoes what it says.
async fn echo() -> (WebSocketStream<TcpStream>, JoinHandle<Result<(), Error>>) {
    let (near, far) = connection().await;
    let server = spawn(web_socket::echo(far));
    (client_async("ws://localhost/", near).await.unwrap().0, server)
}

#[test]
fn a_question_is_answered() {
    block_on(async {
        let (near, far) = connection().await;
        let server = spawn(web_socket::echo(far));
        let answer = web_socket::ask(near, "灯亮了吗?").await.unwrap();
        assert_eq!(answer, Some(Message::text("灯亮了吗?")));
        server.await.unwrap().unwrap();
    });
}

#[test]
fn a_large_message_comes_back_while_others_are_on_the_way() {
    block_on(async {
        let (client, server) = echo().await;
        let (mut sender, mut receiver) = client.split();
        let large: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
        let messages = [
            Message::text("before"),
            Message::binary(large),
            Message::binary(vec![]),
            Message::text("behind"),
        ];
        let send = async {
            for message in messages.clone() {
                sender.send(message).await.unwrap();
            }
        };
        let receive = async {
            for message in &messages {
                let heard = receiver.next().await.unwrap().unwrap();
                assert!(heard == *message, "{} bytes", heard.len());
            }
        };
        join::join((send, receive)).await;
        drop((sender, receiver));
        assert!(server.await.unwrap().is_err(), "an end without a close is an error");
    });
}

#[test]
fn a_ping_is_answered_and_a_close_is_said_by_both() {
    block_on(async {
        let (mut client, server) = echo().await;
        client.send(Message::Ping("are you there?".into())).await.unwrap();
        let pong = client.next().await.unwrap().unwrap();
        assert_eq!(pong, Message::Pong("are you there?".into()));
        let farewell = CloseFrame { code: CloseCode::Away, reason: "bedtime".into() };
        client.close(Some(farewell.clone())).await.unwrap();
        let answer = client.next().await.unwrap().unwrap();
        assert_eq!(answer, Message::Close(Some(farewell)));
        assert!(client.next().await.is_none());
        server.await.unwrap().unwrap();
    });
}

#[test]
fn what_is_no_websocket_is_refused() {
    block_on(async {
        let (near, far) = connection().await;
        let server = spawn(async move { accept_async(far).await.map(drop) });
        near.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let mut heard = Vec::new();
        near.read_to_end(&mut heard).await.unwrap();
        assert!(server.await.unwrap().is_err());
    });
}
