//! What the machine can do at all: how fast its disk makes things durable, and a handler that stores nothing.

use std::convert::Infallible;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tocsin_testkit::http::Target;
use tocsin_testkit::payload::Payloads;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use tocsin_testkit::load::{Round, Workload, drive, sample};

/// How long each way of syncing is tried.
const TIME: Duration = Duration::from_secs(1);
const BLOCK: usize = 4096;
/// Blocks of the file that is there before.
const BLOCKS: u64 = 1024;

/// `fdatasync` of 4 KiB, times a second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Disk {
    /// Into a file that is there already.
    pub overwrite: f64,
    /// At the end of a file that grows.
    pub append: f64,
}

pub(crate) fn disk(folder: &Path) -> Result<Disk> {
    let block = vec![0x5A; BLOCK];
    let mut there = File::create(folder.join("there"))?;
    (0..BLOCKS).try_for_each(|_| there.write_all(&block))?;
    there.sync_all()?;
    let overwrite = rate(|number| {
        there.seek(SeekFrom::Start(number % BLOCKS * BLOCK as u64))?;
        there.write_all(&block)?;
        there.sync_data()
    })?;
    let mut growing = File::create(folder.join("growing"))?;
    let append = rate(|_| {
        growing.write_all(&block)?;
        growing.sync_data()
    })?;
    Ok(Disk { overwrite, append })
}

#[allow(clippy::cast_precision_loss, reason = "counts of a run of seconds")]
fn rate(mut step: impl FnMut(u64) -> std::io::Result<()>) -> Result<f64> {
    let start = Instant::now();
    let mut done = 0;
    while start.elapsed() < TIME {
        step(done)?;
        done += 1;
    }
    Ok(done as f64 / start.elapsed().as_secs_f64())
}

/// The same load on a handler that reads the body and answers.
pub(crate) fn handler(workload: &Workload, time: Duration) -> Result<Round> {
    let (tell, told) = channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = std::thread::Builder::new().name("handler".to_owned()).spawn(move || serve(&tell, stopped))?;
    let address = told.recv().context("the handler did not start")?;
    let target = Target::hook(address, "nothing", "sender", "password");
    let driven = drive(workload, time, &target, &sample(workload, Payloads::alertmanager_webhook));
    let _ = stop.send(());
    server.join().map_err(|_| anyhow::anyhow!("the handler panicked"))??;
    Ok(driven?.round)
}

fn serve(tell: &std::sync::mpsc::Sender<SocketAddr>, mut stopped: oneshot::Receiver<()>) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        tell.send(listener.local_addr()?)?;
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = tokio::select! {
                _ = &mut stopped => return Ok(()),
                accepted = listener.accept() => accepted?,
            };
            stream.set_nodelay(true)?;
            connections.spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)));
        }
    })
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let status =
        if request.into_body().collect().await.is_ok() { StatusCode::ACCEPTED } else { StatusCode::BAD_REQUEST };
    let mut answer = Response::new(Full::new(Bytes::from_static(b"{\"stored\":0}")));
    *answer.status_mut() = status;
    Ok(answer)
}
