//! A server of HTTP/1.1, by hyper.

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, body::Incoming};
use mainspring::net::TcpListener;
use mainspring_web::{Io, Timer};

async fn hello(request: Request<Incoming>) -> Result<Response<String>, hyper::Error> {
    Ok(Response::new(format!("This is {}.\n", request.uri().path())))
}

pub async fn serve(listener: TcpListener) -> std::io::Result<()> {
    let mut server = http1::Builder::new();
    server.timer(Timer::new()); // whoever sends no request within 30 s is hung up on
    loop {
        let (stream, _) = listener.accept().await?;
        let connection = server.serve_connection(Io::new(stream), service_fn(hello));
        drop(mainspring::spawn(connection)); // an error of one client is no one else's
    }
}
