//! The two programs that are measured: ours and Alertmanager, each started fresh for a round.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use tocsin_testkit::http::{Target, once};
use tocsin_testkit::ledger::Ledger;
use tocsin_testkit::payload::Payloads;
use tocsin_testkit::product::Product;

use tocsin_testkit::load::{Round, Workload, drive, ids, sample};

/// How long Alertmanager may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// Groups and inhibits as Alertmanager's own example does; its receivers tell nobody.
const CONFIG: &str = "\
route:
  receiver: nobody
  group_by: [alertname, cluster, service]
inhibit_rules:
- source_matchers: [severity=critical]
  target_matchers: [severity=warning]
  equal: [alertname, cluster, service]
receivers:
- name: nobody
";

/// A round of ours, with Basic sign-in and everything on; afterwards every promised alert is there, once.
pub(crate) fn ours(workload: &Workload, time: Duration, place: &Path, silent: bool) -> Result<Round> {
    let dir = place.join("tocsin");
    let product = Product::at(crate::beside()?.join("tocsin"));
    product.add_source(&dir, "alertmanager");
    if silent {
        std::fs::write(dir.join("tocsin.toml"), "[notifications]\ndesktop = false\n")?;
    }
    let serve = product.serve(&dir);
    let delivery = sample(workload, Payloads::alertmanager_webhook);
    let before = processor_time(serve.pid())?;
    let mut driven = drive(workload, time, &serve.target(), &delivery)?;
    driven.round.processor = per_alert(processor_time(serve.pid())? - before, driven.alerts);
    serve.kill();
    let mut ledger = Ledger::default();
    let promise = tocsin_testkit::http::Answer { status: 202, retry_after: None, closes: false, body: Vec::new() };
    for code in &driven.promised {
        ledger.note(&ids(&delivery.ids, code), Some(&promise));
    }
    product.check_store(&dir).map_err(|said| anyhow!("{said}"))?;
    ledger.check(&product.external_ids(&dir)).map_err(|fault| anyhow!("promises were broken: {fault}"))?;
    Ok(driven.round)
}

/// A round of Alertmanager, alone in its cluster.
pub(crate) fn alertmanager(workload: &Workload, time: Duration, place: &Path) -> Result<Round> {
    let mut peer = Alertmanager::start(place)?;
    let target = Target { address: peer.address, path: "/api/v2/alerts".to_owned(), authorization: None };
    peer.ready(&target)?;
    let before = processor_time(peer.child.id())?;
    let mut driven = drive(workload, time, &target, &sample(workload, Payloads::alertmanager_api))?;
    driven.round.processor = per_alert(processor_time(peer.child.id())? - before, driven.alerts);
    Ok(driven.round)
}

struct Alertmanager {
    child: Child,
    address: SocketAddr,
}

impl Alertmanager {
    fn start(place: &Path) -> Result<Self> {
        let named = std::env::var_os("TOCSIN_TEST_ALERTMANAGER").map(PathBuf::from);
        let program = named.unwrap_or_else(|| "prometheus-alertmanager".into());
        let config = place.join("alertmanager.yml");
        std::fs::write(&config, CONFIG)?;
        // Free now; nobody else here takes ports in the meantime.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(&program);
        command.arg(format!("--config.file={}", config.display()));
        command.arg(format!("--storage.path={}", place.join("alertmanager").display()));
        command.arg(format!("--web.listen-address={address}"));
        command.args(["--cluster.listen-address=", "--log.level=error"]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.with_context(|| {
            format!("{} does not start: install the package prometheus-alertmanager", program.display())
        })?;
        Ok(Self { child, address })
    }

    fn ready(&mut self, target: &Target) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                bail!("Alertmanager ended at once: {status}");
            }
            let answer = runtime.block_on(once(self.address, &target.get("/-/ready")));
            if answer.is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            runtime.block_on(async { tokio::time::sleep(Duration::from_millis(20)).await });
        }
        bail!("Alertmanager did not become ready within {PATIENCE:?}")
    }
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time that a process has used, in clock ticks of a hundredth of a second.
fn processor_time(process: u32) -> Result<u64> {
    let path = format!("/proc/{process}/stat");
    let text = std::fs::read_to_string(&path).with_context(|| path.clone())?;
    // The name, in parentheses, may hold spaces.
    let (_, rest) = text.rsplit_once(") ").with_context(|| path.clone())?;
    let mut fields = rest.split(' ').skip(11);
    let mut field = || fields.next().and_then(|text| text.parse::<u64>().ok()).with_context(|| path.clone());
    Ok(field()? + field()?)
}

#[allow(clippy::cast_precision_loss, reason = "counts of a run of seconds")]
fn per_alert(ticks: u64, alerts: usize) -> f64 {
    ticks as f64 * 10_000.0 / alerts.max(1) as f64
}
