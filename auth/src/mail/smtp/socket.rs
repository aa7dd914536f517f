//! A connection whose other end is not trusted yet: it is read line by line, and not without end.
//!
//! lettre reads ahead into a buffer, which it keeps when TLS begins. So somebody on the way could append answers of their
//! own to the one to `STARTTLS`, and they would be taken for answers under TLS. Line by line, nothing is read ahead: what
//! was appended is what TLS begins with, which ends the connection.
//!
//! lettre keeps a line of any length in memory, too.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How much a server may say, all in all. TLS takes about ten kilobytes of it, answers hardly one.
const MOST: usize = 64 * 1024;
const CHUNK: usize = 4 * 1024;

#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    /// What was received and not handed on, in reverse order.
    pending: Vec<u8>,
    received: usize,
}

impl Socket {
    pub(super) const fn new(stream: TcpStream) -> Self {
        Self { stream, pending: Vec::new(), received: 0 }
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut chunk = [0; CHUNK];
        let mut chunk = ReadBuf::new(&mut chunk);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut chunk))?;
        self.received = self.received.saturating_add(chunk.filled().len());
        if self.received > MOST {
            return Poll::Ready(Err(io::Error::other("the server says more than an SMTP server has to say")));
        }
        self.pending.extend(chunk.filled().iter().rev());
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.pending.is_empty() {
            ready!(this.poll_receive(cx))?;
        }
        while buffer.remaining() > 0
            && let Some(byte) = this.pending.pop()
        {
            buffer.put_slice(&[byte]);
            if byte == b'\n' {
                break;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Socket {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::{MOST, Socket};

    /// A socket whose other end has sent this.
    async fn receiving(bytes: &[u8]) -> (Socket, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut peer, _) = listener.accept().await.unwrap();
        peer.write_all(bytes).await.unwrap();
        (Socket::new(socket), peer)
    }

    #[tokio::test]
    async fn nothing_is_read_ahead_of_a_line() {
        let (mut socket, peer) = receiving(b"220 go\r\n250 appended\r\n250").await;
        drop(peer);
        let mut buffer = [0; 1_000];
        for line in [b"220 go\r\n".as_slice(), b"250 appended\r\n", b"250", b""] {
            let read = socket.read(&mut buffer).await.unwrap();
            assert_eq!(&buffer[..read], line);
        }
    }

    #[tokio::test]
    async fn a_server_that_says_too_much_is_left() {
        let (mut socket, peer) = receiving(&vec![b'a'; MOST + 1]).await;
        drop(peer);
        let error = socket.read_to_end(&mut Vec::new()).await.unwrap_err();
        assert!(error.to_string().contains("more than"), "{error}");
        let (mut socket, peer) = receiving(&vec![b'a'; MOST]).await;
        drop(peer);
        assert_eq!(socket.read_to_end(&mut Vec::new()).await.unwrap(), MOST);
    }
}
