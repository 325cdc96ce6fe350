//! Three programs that a user of mainspring would begin with. The documentation of
//! `mainspring::io` shows them, to the letter; the tests of this package run them.

pub mod http_server;
pub mod tls_client;
pub mod web_socket;
