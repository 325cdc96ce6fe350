//! Input and output that waits in a task and not in the thread.
//!
//! The kernel tells the [reactor](crate::reactor) that a descriptor is ready; a task wants
//! to read a line. What lies between is an [`Async`]: it tries an operation, and if the kernel
//! says that it would block, leaves word of the task, and lets the loop wake it. Everything
//! else here is written with that alone.
//!
//! | file | what is in it |
//! |---|---|
//! | `source` | what is known of a descriptor, and who waits for it |
//! | `short_read` | a system call that is saved |
//! | `asynchronous` | `Async`: operations that wait |
//! | `traits` | what can be read from and written to |
//! | `buf_reader`, `buf_writer`, `copy` | lines, pieces, and all of it |

mod asynchronous;
mod buf_reader;
mod buf_writer;
mod copy;
mod short_read;
pub(crate) mod source;
mod traits;

pub use asynchronous::Async;
pub use buf_reader::BufReader;
pub use buf_writer::BufWriter;
pub use copy::copy;
pub use traits::{AsyncRead, AsyncWrite};
