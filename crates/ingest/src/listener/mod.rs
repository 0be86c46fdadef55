//! The listener: takes deliveries over HTTP/1.1, checks them in a fixed order and answers.

mod answer;
pub mod auth;
mod connection;
mod gate;
mod host;
mod limits;
mod route;
mod server;
mod sign_in;

use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use gate::Gate;
use host::Hosts;
pub use limits::Limits;
pub use route::{Intake, Route, Unavailable};

/// Why a listener could not start.
#[derive(Debug, thiserror::Error)]
pub enum ListenerError {
    /// Another program listens there.
    #[error(
        "{addr} is taken by another program: stop that program, or choose another port, for example with --listen {instead}"
    )]
    PortTaken {
        /// The address that was asked for.
        addr: SocketAddr,
        /// One to try instead.
        instead: SocketAddr,
    },
    /// The system does not let this program listen there.
    #[error("this program may not listen on {addr}: ports below 1024 need rights of their own, so choose a higher one")]
    NotAllowed {
        /// The address that was asked for.
        addr: SocketAddr,
    },
    /// The machine has no such address.
    #[error("this machine has no address {addr}: use 127.0.0.1, or an address of one of its networks")]
    NoSuchAddress {
        /// The address that was asked for.
        addr: SocketAddr,
    },
    /// Anything else the system says.
    #[error("cannot listen on {addr}: {source}")]
    Io {
        /// The address that was asked for.
        addr: SocketAddr,
        /// The system's own word.
        source: std::io::Error,
    },
}

impl ListenerError {
    fn from_io(addr: SocketAddr, source: std::io::Error) -> Self {
        let kind = source.kind();
        if kind == ErrorKind::AddrInUse {
            let instead = SocketAddr::new(addr.ip(), addr.port().checked_add(1).unwrap_or(8787));
            Self::PortTaken { addr, instead }
        } else if kind == ErrorKind::PermissionDenied {
            Self::NotAllowed { addr }
        } else if kind == ErrorKind::AddrNotAvailable {
            Self::NoSuchAddress { addr }
        } else {
            Self::Io { addr, source }
        }
    }
}

/// A bound address, ready to take deliveries.
pub struct Listener {
    socket: std::net::TcpListener,
    addr: SocketAddr,
    limits: Limits,
}

impl Listener {
    /// Binds `addr`; port 0 takes a free one. Nothing is answered before [`Listener::run`].
    ///
    /// # Errors
    /// When the port is taken, or the system refuses.
    pub fn bind(addr: SocketAddr, limits: Limits) -> Result<Self, ListenerError> {
        let bind = || {
            let socket = std::net::TcpListener::bind(addr)?;
            socket.set_nonblocking(true)?;
            let bound = socket.local_addr()?;
            Ok((socket, bound))
        };
        let (socket, bound) = bind().map_err(|error| ListenerError::from_io(addr, error))?;
        Ok(Self { socket, addr: bound, limits })
    }

    /// The address that is bound, with the real port.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// Serves until `stop` is done, then finishes the requests in flight (at most `limits.stop`) and returns.
    ///
    /// # Errors
    /// When the socket cannot be handed to the runtime.
    pub async fn run<I: Intake>(
        self,
        intake: Arc<I>,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<(), ListenerError> {
        let socket = tokio::net::TcpListener::from_std(self.socket)
            .map_err(|source| ListenerError::Io { addr: self.addr, source })?;
        let hosts = Hosts::new(self.addr, &self.limits.public_hosts);
        server::run(socket, Arc::new(Gate::new(self.limits, hosts, intake)), stop).await;
        Ok(())
    }
}
