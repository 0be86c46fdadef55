//! One start of a program, watched until nothing changes on the screen any more.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::screen::{Part, Picture, Screen, WHOLE};
use crate::tree::{descendants, memory};

/// Between two looks at the screen.
const LOOK: Duration = Duration::from_millis(2);
/// What has not changed for so long is done.
const CALM: Duration = Duration::from_secs(4);
/// Pictures that are kept, of a megabyte each: what moves without end must not fill the memory.
const MANY: usize = 600;
/// What has not come by then never will.
const PATIENCE: Duration = Duration::from_secs(60);
/// The app goes on after its rows: it reads all alerts into memory. Its memory is that at rest.
const REST: Duration = Duration::from_secs(6);
/// So much of what is drawn in the end makes a picture the one that was waited for; clocks and counts may go on.
const MOST: f64 = 0.8;

/// A program that opens a window.
#[derive(Debug)]
pub struct Program {
    path: PathBuf,
    arguments: Vec<String>,
    home: PathBuf,
}

/// What was seen of one start, in milliseconds from then.
#[derive(Debug)]
pub struct Seen {
    /// Something of the page stands there.
    pub painted_ms: f64,
    /// What was waited for stands there.
    pub shown_ms: f64,
    /// Memory of all its processes at rest, in MB.
    pub megabytes: f64,
    pub processes: usize,
}

impl Program {
    pub fn new(path: &Path, arguments: &[&str], home: &Path) -> Self {
        let arguments = arguments.iter().map(|word| (*word).to_owned()).collect();
        Self { path: path.to_owned(), arguments, home: home.to_owned() }
    }

    /// Starts it, watches a part of its window and ends it.
    ///
    /// # Errors
    /// When it does not start, shows nothing there, or does not end.
    pub fn run(&self, screen: &Screen, part: Part) -> Result<Seen> {
        let before = screen.picture()?;
        let start = Instant::now();
        let mut started = self.start()?;
        let pictures = watch(screen, part, before, start);
        let rested = pictures.and_then(|pictures| {
            park_until(start.elapsed() + REST, start);
            Ok((pictures, memory(started.id())?))
        });
        stop(&mut started)?;
        let (pictures, (bytes, processes)) = rested?;
        let last = pictures.last().map(|(_, last)| last).context("nothing was seen")?;
        let first = |part: Part, share: f64| {
            let mut seen = pictures.iter().filter(|(_, picture)| last.share_in(picture, part) >= share);
            seen.next().map(|(time, _)| time.as_secs_f64() * 1_000.0)
        };
        Ok(Seen {
            painted_ms: first(WHOLE, 0.1).with_context(|| format!("{} paints nothing", self.path.display()))?,
            shown_ms: first(part, MOST).with_context(|| format!("{} shows nothing there", self.path.display()))?,
            megabytes: f64::from(u32::try_from(bytes / 1_024)?) / 1_024.0,
            processes,
        })
    }

    fn start(&self) -> Result<Child> {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).env("HOME", &self.home).process_group(0);
        for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"] {
            command.env_remove(name);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().with_context(|| format!("cannot start {}", self.path.display()))
    }
}

/// Every other picture than the one before it, with its time, until something is drawn in a part and nothing changes
/// any more.
fn watch(screen: &Screen, part: Part, before: Picture, start: Instant) -> Result<Vec<(Duration, Picture)>> {
    let (mut pictures, mut last) = (Vec::new(), before);
    let (mut changed, mut drawn) = (Duration::ZERO, false);
    while start.elapsed() < PATIENCE && pictures.len() < MANY && (!drawn || start.elapsed() < changed + CALM) {
        // The time before the look: what is seen stood there then, or came right after.
        let now = start.elapsed();
        let picture = screen.picture()?;
        if picture != last {
            last = picture.clone();
            drawn = picture.is_drawn(part);
            pictures.push((now, picture));
            changed = now;
        }
        park_timeout(LOOK);
    }
    ensure!(drawn, "nothing was drawn within {PATIENCE:?}");
    Ok(pictures)
}

fn park_until(end: Duration, start: Instant) {
    while let Some(left) = end.checked_sub(start.elapsed()) {
        park_timeout(left);
    }
}

/// Asks it to end, and sees to it that nothing is left of it.
fn stop(started: &mut Child) -> Result<()> {
    let all = descendants(started.id())?;
    let end = Instant::now() + PATIENCE;
    Command::new("kill").arg(started.id().to_string()).status().context("cannot ask a program to end")?;
    started.wait()?;
    while all.iter().any(|process| Path::new(&format!("/proc/{process}")).exists()) {
        ensure!(Instant::now() < end, "some of the program's processes do not end");
        park_timeout(LOOK);
    }
    Ok(())
}
