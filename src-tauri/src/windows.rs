//! The window: made here, so that where it may navigate is decided in one place.

use tauri::{AppHandle, Manager, Runtime, Url, WebviewUrl, WebviewWindowBuilder};
use tocsin_model::id::AlertId;

/// The one window's label.
pub(crate) const MAIN: &str = "main";

/// Without a graphics card WebKit opens half a second sooner, and 120 MB smaller, where it does not look for one. Before
/// any thread starts. A window that is driven by a test needs the other way for its pictures.
#[cfg(target_os = "linux")]
pub(crate) fn draw_without_a_card() {
    let said = ["WEBKIT_DISABLE_DMABUF_RENDERER", "TAURI_WEBVIEW_AUTOMATION"];
    if said.iter().all(|name| std::env::var_os(name).is_none()) && !std::path::Path::new("/dev/dri/renderD128").exists()
    {
        let _ = glib::setenv(said[0], "1", false);
    }
}

/// Opens the main window, on an alert if there is one to show.
pub(crate) fn open<R: Runtime>(handle: &AppHandle<R>, alert: Option<AlertId>) -> tauri::Result<()> {
    // In the address, because the page does not listen yet.
    let page = alert.map_or_else(|| "index.html".to_owned(), |id| format!("index.html#alert={id}"));
    WebviewWindowBuilder::new(handle, MAIN, WebviewUrl::App(page.into()))
        // Files that are dropped are the page's: rules to import.
        .disable_drag_drop_handler()
        .title("Tocsin")
        .inner_size(1280.0, 800.0)
        .min_inner_size(720.0, 480.0)
        .on_navigation(is_own_page)
        .build()?;
    Ok(())
}

/// Brings the main window to the front.
pub(crate) fn show<R: Runtime>(handle: &AppHandle<R>) {
    let Some(window) = handle.get_webview_window(MAIN) else { return };
    // A window manager may refuse any of these; the window is then where it was.
    let _ = window.unminimize();
    let _ = window.show();
    let _ = window.set_focus();
}

/// The app's own page, or the dev server's while developing. Nothing an alert says can lead the window elsewhere.
fn is_own_page(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => true,
        "http" | "https" if url.host_str() == Some("tauri.localhost") => true,
        "http" => cfg!(dev) && url.host_str() == Some("127.0.0.1"),
        _ => false,
    }
}

#[cfg(test)]
#[path = "../tests/windows.rs"]
mod tests;
