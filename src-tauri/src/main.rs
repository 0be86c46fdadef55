//! The desktop app's process.

// No console window behind the app on Windows.
#![cfg_attr(windows, windows_subsystem = "windows")]

use std::process::ExitCode;

/// The system's keeps what previews of rules let go of: tens of megabytes that nobody uses.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tocsin_desktop::run()
}
