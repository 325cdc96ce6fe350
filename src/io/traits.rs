//! What can be read from, and written to.

use std::io;
use std::ops::Deref;

/// What bytes can be read from: a socket, a buffered reader's source, a stand-in in a test.
///
/// It takes `&self`, so that one task can read while another one writes.
#[allow(async_fn_in_trait)] // futures of this crate are not `Send` anyway
pub trait AsyncRead {
    /// Reads into `buffer` what is there, and waits if nothing is; 0 is the end.
    ///
    /// # Errors
    ///
    /// Those of the source.
    ///
    /// # Cancel safety
    ///
    /// An implementation promises that dropping the future early loses nothing.
    async fn read(&self, buffer: &mut [u8]) -> io::Result<usize>;
}

/// What bytes can be written to.
#[allow(async_fn_in_trait)]
pub trait AsyncWrite {
    /// Writes as many of these bytes as there is room for, and waits if there is none.
    ///
    /// # Errors
    ///
    /// Those of the destination.
    ///
    /// # Cancel safety
    ///
    /// An implementation promises that dropping the future early means that nothing has
    /// been written.
    async fn write(&self, bytes: &[u8]) -> io::Result<usize>;
}

/// A reference, an `Rc`, a `Box`: whatever leads to it.
impl<P: Deref<Target: AsyncRead>> AsyncRead for P {
    async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        (**self).read(buffer).await
    }
}

impl<P: Deref<Target: AsyncWrite>> AsyncWrite for P {
    async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        (**self).write(bytes).await
    }
}
