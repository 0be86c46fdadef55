//! A sender: HTTP/1.1 over one connection that is kept open, with as little work of its own as possible.

use base64::Engine;
use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// Where deliveries go, and how the sender signs in.
#[derive(Debug, Clone)]
pub struct Target {
    /// The listener.
    pub address: SocketAddr,
    /// The path of the source.
    pub path: String,
    /// The value of the `Authorization` header.
    pub authorization: Option<String>,
}

impl Target {
    /// A source's own address, with Basic sign-in.
    #[must_use]
    pub fn hook(address: SocketAddr, source: &str, username: &str, password: &str) -> Self {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{username}:{password}"));
        Self { address, path: format!("/hooks/{source}"), authorization: Some(format!("Basic {pair}")) }
    }

    /// A POST of this JSON document, as it goes over the wire.
    #[must_use]
    pub fn post(&self, body: &[u8]) -> Vec<u8> {
        let sign_in =
            self.authorization.as_ref().map(|value| format!("Authorization: {value}\r\n")).unwrap_or_default();
        let mut request = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\n{sign_in}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.path,
            self.address,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        request
    }

    /// A GET of a path on the same listener.
    #[must_use]
    pub fn get(&self, path: &str) -> Vec<u8> {
        format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address).into_bytes()
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
    /// Whether the listener closes the connection now.
    pub closes: bool,
    /// The document.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether it promises that the delivery is kept.
    #[must_use]
    pub const fn is_promise(&self) -> bool {
        matches!(self.status, 200..300)
    }

    /// A count in the document, such as `stored`; 0 when it has none.
    #[must_use]
    pub fn count(&self, name: &str) -> u64 {
        let document: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        document[name].as_u64().unwrap_or(0)
    }
}

/// One open connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }

    /// This end's port, which tells connections apart in a trace of the other end.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn local_port(&self) -> io::Result<u16> {
        Ok(self.stream.local_addr()?.port())
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// When the connection breaks before the answer is complete: then nothing is known about the request.
    pub async fn send(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(answer) = parse(&self.buffer)? {
                return Ok(answer);
            }
            if self.buffer.len() > LONGEST_ANSWER {
                return Err(io::Error::other("the answer does not end"));
            }
        }
    }
}

/// Reads an answer with a length; none while it is not complete.
fn parse(bytes: &[u8]) -> io::Result<Option<Answer>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let broken = || io::Error::other(format!("no answer with a length: {:?}", String::from_utf8_lossy(bytes)));
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| broken())?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).ok_or_else(broken)?;
    let (mut length, mut retry_after, mut closes) = (None, None, false);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse::<usize>().ok();
        } else if name.eq_ignore_ascii_case("retry-after") {
            retry_after = Some(value.to_owned());
        } else if name.eq_ignore_ascii_case("connection") {
            closes = value.eq_ignore_ascii_case("close");
        }
    }
    let length = length.ok_or_else(broken)?;
    let Some(body) = bytes.get(end + 4..end + 4 + length) else { return Ok(None) };
    Ok(Some(Answer { status, retry_after, closes, body: body.to_vec() }))
}

/// Sends one request on a connection of its own.
///
/// # Errors
/// When there is no whole answer.
pub async fn once(address: SocketAddr, request: &[u8]) -> io::Result<Answer> {
    Connection::open(address).await?.send(request).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[test]
    fn an_answer_is_complete_when_its_length_is_there() {
        let whole = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 13\r\n\r\n{\"stored\": 2}";
        for cut in 0..whole.len() {
            assert_eq!(parse(&whole[..cut]).unwrap(), None, "{cut}");
        }
        let answer = parse(whole).unwrap().unwrap();
        assert_eq!((answer.status, answer.retry_after.as_deref(), answer.closes), (503, Some("5"), true));
        assert_eq!((answer.count("stored"), answer.count("updated"), answer.is_promise()), (2, 0, false));
    }

    #[test]
    fn an_answer_without_a_length_is_an_error() {
        assert!(parse(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
