//! The desktop app: a thin shell that shows the engine in a window.
//!
//! Invariants: a command parses its request, calls one use case and makes a view; no decision is made here. The
//! window may call the commands its capability lists and nothing else. Absent on purpose: SQL, HTTP, the domain.

mod arguments;
mod commands;
mod error;
mod feed;
pub mod ipc;
mod session;
mod windows;

use std::process::ExitCode;
use tauri::{Manager, RunEvent};

use arguments::Arguments;
use session::Session;

/// Runs the app until its window is closed.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => return fail(&message),
    };
    if arguments.help {
        println!("{}", arguments::HELP);
        return ExitCode::SUCCESS;
    }
    let session = match tauri::async_runtime::block_on(Session::start(&arguments)) {
        Ok(session) => session,
        Err(error) => return fail(&error.to_string()),
    };
    match build(session) {
        Ok(app) => {
            app.run(|handle, event| {
                if matches!(event, RunEvent::Exit)
                    && let Some(session) = handle.try_state::<Session>()
                {
                    tauri::async_runtime::block_on(session.stop());
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error.to_string()),
    }
}

fn build(session: Session) -> tauri::Result<tauri::App> {
    let bindings = ipc::bindings();
    tauri::Builder::default()
        // First, so that a second start ends before it does anything.
        .plugin(tauri_plugin_single_instance::init(|handle, _arguments, _folder| windows::show(handle)))
        .plugin(tauri_plugin_window_state::Builder::new().build())
        .manage(session)
        .invoke_handler(bindings.invoke_handler())
        .setup(move |app| {
            bindings.mount_events(app);
            windows::open(app.handle())?;
            feed::follow(app.handle().clone(), &app.state::<Session>());
            Ok(())
        })
        .build(tauri::generate_context!())
}

fn fail(message: &str) -> ExitCode {
    eprintln!("tocsin: {message}");
    ExitCode::FAILURE
}
