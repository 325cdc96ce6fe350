//! The short read: a system call that is saved.
//!
//! Whoever hears an edge reads until `WouldBlock`, and mostly the last of these reads says
//! nothing else. A read that fills only a part of its buffer has said as much already: at
//! that moment there was nothing more. So the next one need not try, and waits.
//!
//! That is right for a TCP stream only. On others a short read proves nothing: a Unix stream
//! stops where descriptors are passed, a terminal at the end of a line, a packet pipe and a
//! datagram socket at the end of a message. And on a TCP stream it is right only as long as
//! an edge is still to come. If the other end has closed, the kernel may have told of the
//! last data and of the end by one edge, and there is no second; likewise with an error, and
//! with urgent data, at whose mark a read stops. So what came once is never forgotten:
//! after it, every read tries.
//!
//! One hole is left. Whoever takes the urgent byte by a system call of their own (`MSG_OOB`),
//! before the loop has heard of it, takes the word of the mark along; then a read stops there,
//! and the next waits until more comes.

use super::source::{Kind, Source};

impl Source {
    /// A read has brought `count` bytes where there was room for `room`.
    #[inline]
    pub(super) fn has_read(&self, count: usize, room: usize) {
        let is_short = 0 < count && count < room;
        if is_short && self.kind == Kind::TcpStream && !self.heard_final.get() {
            self.read.drained.set(true);
        }
    }
}
