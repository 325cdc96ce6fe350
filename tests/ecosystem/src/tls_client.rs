//! A client of TLS, by futures-rustls.

use std::{io, sync::Arc};

use futures_rustls::{TlsConnector, client::TlsStream, rustls::ClientConfig};
use mainspring::net::TcpStream;

pub async fn connect(
    host: &str,
    port: u16,
    config: Arc<ClientConfig>,
) -> io::Result<TlsStream<TcpStream>> {
    let name = host.to_owned().try_into().map_err(io::Error::other)?;
    let stream = TcpStream::connect((host, port)).await?;
    TlsConnector::from(config).connect(name, stream).await
}
