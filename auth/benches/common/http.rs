//! A minimal HTTP/1.1 client on a kept-alive socket, so that the measured cost is the server's.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::with_capacity(4096) }
    }

    /// Sends the request, reads the whole response and returns its status.
    pub(crate) async fn call(&mut self, request: &str) -> u16 {
        self.try_call(request).await.unwrap()
    }

    /// Does the same where the server may close the connection.
    pub(crate) async fn try_call(&mut self, request: &str) -> io::Result<u16> {
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(status) = finished(&self.buffer) {
                return Ok(status);
            }
        }
    }
}

/// The status, once the whole response has arrived.
fn finished(buffer: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(buffer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |text| text.parse().unwrap());
    (body.len() >= length).then(|| head.split(' ').nth(1).unwrap().parse().unwrap())
}
