//! The desktop app: a thin shell that shows the engine in a window.
//!
//! Invariants: a command parses its request, calls one use case and makes a view; no decision is made here. The
//! window may call the commands its capability lists and nothing else. Absent on purpose: SQL, HTTP, the domain.

mod arguments;
mod commands;
mod dialogs;
mod feed;
mod ipc;
mod session;
mod tray;
mod windows;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::{error::Error, path::Path, process::ExitCode};
use tauri::{AppHandle, Manager, RunEvent, Window, WindowEvent};
use tauri_plugin_window_state::StateFlags;
use tocsin_engine::Config;

use {arguments::Arguments, session::Session, tray::Tray};

/// Runs the app until its window is closed.
#[must_use]
pub fn run() -> ExitCode {
    #[cfg(target_os = "linux")]
    windows::draw_without_a_card();
    let arguments = match Arguments::parse(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => return fail(&message),
    };
    if arguments.help {
        println!("{}", arguments::HELP);
        return ExitCode::SUCCESS;
    }
    match start(&arguments) {
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

fn start(arguments: &Arguments) -> Result<tauri::App, Box<dyn Error>> {
    let config = Config::load(arguments.data_dir.clone())?;
    // A second start ends in here, before it has opened anything or has a thread of its own.
    let app = build(&config, arguments)?;
    app.manage(tauri::async_runtime::block_on(Session::start(config, arguments))?);
    Ok(app)
}

fn build(config: &Config, arguments: &Arguments) -> tauri::Result<tauri::App> {
    let (bindings, alert) = (ipc::bindings(), arguments.alert);
    let once = tauri_plugin_single_instance::Builder::new()
        .dbus_id(instance_name(&config.data_dir))
        .callback(|handle, words, _folder| again(handle, &words));
    let start = arguments.data_dir.iter().flat_map(|dir| ["--data-dir".to_owned(), dir.display().to_string()]);
    tauri::Builder::default()
        .plugin(once.build()) // first: see `start`
        // Not whether it was shown: what was quit from the tray would start out of sight.
        .plugin(
            tauri_plugin_window_state::Builder::new().with_state_flags(StateFlags::all() - StateFlags::VISIBLE).build(),
        )
        .plugin(tauri_plugin_autostart::Builder::new().args(start).build())
        .manage(Tray::default())
        .invoke_handler(bindings.invoke_handler())
        .on_window_event(keep_in_tray)
        .setup(move |app| {
            bindings.mount_events(app);
            windows::open(app.handle(), alert)?;
            feed::follow(app.handle().clone(), &app.state::<Session>());
            tray::follow(app.handle());
            Ok(())
        })
        .build(tauri::generate_context!())
}

/// One running app for each data directory, as far as the system can tell them apart.
fn instance_name(dir: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    // Where nothing is yet: as the second start will see it.
    dir.canonicalize().or_else(|_| std::path::absolute(dir)).ok().hash(&mut hasher);
    format!("dev.tocsin.desktop.data{:016x}", hasher.finish())
}

/// It was started once more: the window comes to the front, on the alert of a link.
fn again(handle: &AppHandle, words: &[String]) {
    windows::show(handle);
    if let Some(alert) = arguments::linked(words.iter().map(String::as_str)) {
        feed::open_alert(handle, Some(alert));
    }
}

/// Closing the window leaves the app in the tray, where there is one and the settings say so.
fn keep_in_tray(window: &Window, event: &WindowEvent) {
    if let WindowEvent::CloseRequested { api, .. } = event
        && window.state::<Tray>().is_there()
        && window.state::<Session>().app.settings().is_ok_and(|settings| settings.close_to_tray)
        && window.hide().is_ok()
    {
        api.prevent_close();
    }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("tocsin: {message}");
    ExitCode::FAILURE
}
