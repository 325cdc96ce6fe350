//! Both ends of a WebSocket, by async-tungstenite.

use async_tungstenite::tungstenite::{Error, Message};
use async_tungstenite::{accept_async, client_async};
use futures_util::StreamExt;
use mainspring::net::TcpStream;

pub async fn echo(stream: TcpStream) -> Result<(), Error> {
    let mut socket = accept_async(stream).await?;
    while let Some(message) = socket.next().await {
        let message = message?;
        if message.is_text() || message.is_binary() {
            socket.send(message).await?; // it answers a ping and a close by itself
        }
    }
    Ok(())
}

pub async fn ask(stream: TcpStream, question: &str) -> Result<Option<Message>, Error> {
    let (mut socket, _response) = client_async("ws://localhost/", stream).await?;
    socket.send(Message::text(question)).await?;
    let answer = socket.next().await.transpose()?;
    socket.close(None).await?;
    Ok(answer)
}
