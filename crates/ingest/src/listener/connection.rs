//! One connection: waits only so long for its sender, and ends so that the sender still reads the answer.

use std::future::{Future, poll_fn};
use std::io;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::StatusCode;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::answer;
use super::gate::Gate;
use super::limits::Limits;
use super::route::Intake;

/// What a connection is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// For its first byte.
    Fresh,
    /// For the rest of a request's headers.
    Headers,
    /// For us.
    Working,
    /// For the next request.
    Idle,
    /// For the sender to read the last answer.
    Ending,
}

/// A connection's place among the others.
pub(super) struct Seat {
    pub(super) peer: IpAddr,
    phase: Mutex<(Phase, Instant)>,
    /// Told to make room for another.
    pub(super) give_way: Notify,
}

impl Seat {
    pub(super) fn new(peer: IpAddr) -> Self {
        Self { peer, phase: Mutex::new((Phase::Fresh, Instant::now())), give_way: Notify::new() }
    }

    fn read(&self) -> (Phase, Instant) {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn enter(&self, phase: Phase) {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) = (phase, Instant::now());
    }

    /// Since when it waits for its sender; `None` while we work for it.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        match self.read() {
            (Phase::Working, _) => None,
            (Phase::Fresh | Phase::Headers | Phase::Idle | Phase::Ending, since) => Some(since),
        }
    }

    fn deadline(&self, limits: &Limits) -> Option<Instant> {
        let (phase, since) = self.read();
        Some(
            since
                + match phase {
                    Phase::Fresh => limits.first_byte,
                    Phase::Headers => limits.headers,
                    Phase::Idle => limits.idle,
                    Phase::Working | Phase::Ending => return None,
                },
        )
    }

    fn bytes_came(&self) {
        let mut phase = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(phase.0, Phase::Fresh | Phase::Idle) {
            *phase = (Phase::Headers, Instant::now());
        }
    }
}

/// Serves one connection to its end.
pub(super) async fn serve<I: Intake>(
    stream: TcpStream,
    seat: Arc<Seat>,
    gate: Arc<Gate<I>>,
    stop: watch::Receiver<bool>,
) {
    let (end, mut stream) = speak(stream, &seat, &gate, stop.clone()).await;
    let limits = &gate.limits;
    let words = match end {
        End::Done | End::Quiet => Vec::new(),
        End::Slow => answer::raw(
            StatusCode::REQUEST_TIMEOUT,
            "slow",
            "The request came too slowly; send it whole within a few seconds.",
        ),
        End::GaveWay => answer::raw(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "Too many connections are open; send the request again in a second.",
        ),
    };
    if end == End::Quiet {
        return;
    }
    seat.enter(Phase::Ending);
    if !words.is_empty() && !matches!(timeout(Duration::from_secs(1), stream.write_all(&words)).await, Ok(Ok(()))) {
        return;
    }
    linger(stream, &seat, limits, stop).await;
}

/// How the talk on a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// By the rules of HTTP.
    Done,
    /// With nothing to say: it was idle.
    Quiet,
    /// The sender was too slow.
    Slow,
    /// Another needed the place.
    GaveWay,
}

async fn speak<I: Intake>(
    stream: TcpStream,
    seat: &Arc<Seat>,
    gate: &Arc<Gate<I>>,
    mut stop: watch::Receiver<bool>,
) -> (End, TcpStream) {
    let service = service_fn(|request| {
        seat.enter(Phase::Working);
        let (gate, seat) = (Arc::clone(gate), Arc::clone(seat));
        Box::pin(async move {
            let answer = gate.answer(seat.peer, request).await;
            seat.enter(Phase::Idle);
            Ok::<_, std::convert::Infallible>(answer)
        })
    });
    let watched = Watched { stream, seat: Arc::clone(seat) };
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // Ours covers idle connections too, and answers.
        .header_read_timeout(None)
        .max_header_size(gate.limits.header_bytes)
        .max_buf_size((2 * gate.limits.header_bytes).max(16 * 1024))
        .serve_connection(TokioIo::new(watched), service);
    let mut stopping = pin!(async { stop.wait_for(|stop| *stop).await.is_ok() });
    let mut give_way = pin!(seat.give_way.notified());
    let mut timer = pin!(sleep_until(Instant::now()));
    let mut stopped = false;
    let end = poll_fn(|cx| {
        if connection.poll_without_shutdown(cx).is_ready() {
            return Poll::Ready(End::Done);
        }
        if give_way.as_mut().poll(cx).is_ready() {
            return Poll::Ready(if seat.read().0 == Phase::Headers { End::GaveWay } else { End::Quiet });
        }
        if !stopped && stopping.as_mut().poll(cx).is_ready() {
            stopped = true;
            Pin::new(&mut connection).graceful_shutdown();
            if seat.read().0 == Phase::Fresh {
                return Poll::Ready(End::Quiet);
            }
            // The order to shut down is carried out by the next poll.
            cx.waker().wake_by_ref();
        }
        let Some(deadline) = seat.deadline(&gate.limits) else { return Poll::Pending };
        if timer.deadline() != deadline {
            timer.as_mut().reset(deadline);
        }
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(if seat.read().0 == Phase::Idle { End::Quiet } else { End::Slow })
    })
    .await;
    (end, connection.into_parts().io.into_inner().stream)
}

/// Ends our side, then reads and drops what still comes: closing at once would take the answer back from a sender
/// who is still sending.
async fn linger(mut stream: TcpStream, seat: &Seat, limits: &Limits, mut stop: watch::Receiver<bool>) {
    if stream.shutdown().await.is_err() {
        return;
    }
    let deadline = Instant::now() + limits.body;
    // What an honest sender may have sent, and as much more as is promised.
    let most = limits.body_bytes + limits.drain_bytes;
    let drain = async {
        let mut dropped = 0;
        let mut bytes = vec![0_u8; 16 * 1024];
        while dropped < most {
            match stream.read(&mut bytes).await {
                Ok(0) | Err(_) => return,
                Ok(count) => dropped += count,
            }
        }
    };
    tokio::select! {
        _ = timeout_at(deadline, drain) => {}
        () = seat.give_way.notified() => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

/// Tells the seat when bytes come.
struct Watched {
    stream: TcpStream,
    seat: Arc<Seat>,
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let result = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        if buf.filled().len() > before {
            self.seat.bytes_came();
        }
        Poll::Ready(result)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
