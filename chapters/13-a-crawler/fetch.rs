//! Fetches a page, by the least HTTP that there is.

// Each program has use for some of it.
#![allow(dead_code)]

use std::io::{self, Error};
use std::net::SocketAddr;

use mainspring::net::TcpStream;

/// What is to be sent to have a page.
pub fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.0\r\n\r\n")
}

/// The page in a response, if it is one.
pub fn page(response: Vec<u8>) -> io::Result<String> {
    let text = String::from_utf8(response).map_err(Error::other)?;
    match text.split_once("\r\n\r\n") {
        Some((head, page)) if head.contains(" 200 ") => Ok(page.to_owned()),
        Some((head, _)) => Err(Error::other(head.to_owned())),
        None => Err(Error::other("not a whole response")),
    }
}

/// Asks the site for a page, and waits until all of it is there.
pub async fn fetch(site: SocketAddr, path: &str) -> io::Result<String> {
    let stream = TcpStream::connect(site).await?;
    stream.write_all(request(path).as_bytes()).await?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await?;
    page(response)
}

/// Where a page leads.
pub fn links(page: &str) -> impl Iterator<Item = &str> {
    page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next())
}
