//! The book, served by mainspring: HTTP/1.1 by hyper, on this machine alone.
//!
//! | file | what is in it |
//! |---|---|
//! | `resolve` | from the path of a URL to a name |
//! | `links`, `kind` | what the pages link to; content types |
//! | `site` | the files by their names, in memory |
//! | `answer` | from a request to its answer |
//! | `board` | the site of the moment, and who waits for the next one |
//! | `patience`, `server` | connections, and what a client may take |

mod answer;
mod board;
mod kind;
mod links;
mod patience;
mod resolve;
mod server;
mod site;

pub use board::Board;
pub use server::{Limits, connection, listen, serve};
pub use site::Site;
