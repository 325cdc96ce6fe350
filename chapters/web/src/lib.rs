//! hyper on mainspring.
//!
//! hyper speaks HTTP and knows no runtime. It asks for three things, and here they are:
//!
//! | hyper asks for | here |
//! |---|---|
//! | `rt::Read`, `rt::Write`: a connection | [`Io`], around whatever has the traits of futures-io |
//! | `rt::Timer`: what ends a slow client | [`Timer`], on the clock of the runtime, virtual or not |
//! | `rt::Executor`: the tasks of HTTP/2 | [`Executor`], which spawns here, on this thread |
//!
//! Nothing has to be `Send`: neither a service, nor a body, nor what they hold. An HTTP/1
//! connection is one future. An HTTP/2 connection is several, and hyper's bounds
//! (`Http2ServerConnExec`, `Http2ClientConnExec`) ask only for an executor that takes them,
//! as this one does.
//!
//! There is no `unsafe` here, and the three files are yours to copy.
//!
//! The documentation of `mainspring::io` has a server that uses it; `tests/ecosystem` tests it.

mod executor;
mod io;
mod timer;

pub use executor::Executor;
pub use io::Io;
pub use timer::Timer;
