//! The system's own file dialogs. They are opened here, so the page needs no permission for any file.

use rfd::{AsyncFileDialog, FileHandle};
use std::path::{Path, PathBuf};
use tauri::{AppHandle, Runtime};
use tokio::sync::oneshot;

/// A kind of file: what people call it, and how its names end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileKind(pub &'static str, pub &'static str);

/// Asks where to write a file of that kind; none when it was cancelled.
pub(crate) async fn save<R: Runtime>(handle: &AppHandle<R>, name: &str, kind: FileKind) -> Option<PathBuf> {
    let dialog = dialog(kind).set_file_name(format!("{name}.{}", kind.1));
    let file = ask(handle, move || dialog.save_file()).await?;
    Some(with_ending(file.path(), kind.1))
}

/// Asks for one file of that kind.
pub(crate) async fn open<R: Runtime>(handle: &AppHandle<R>, kind: FileKind) -> Option<PathBuf> {
    let dialog = dialog(kind);
    Some(ask(handle, move || dialog.pick_file()).await?.path().to_owned())
}

/// Asks for any number of files of that kind.
pub(crate) async fn open_many<R: Runtime>(handle: &AppHandle<R>, kind: FileKind) -> Option<Vec<PathBuf>> {
    let dialog = dialog(kind);
    let files = ask(handle, move || dialog.pick_files()).await?;
    Some(files.iter().map(|file: &FileHandle| file.path().to_owned()).collect())
}

fn dialog(kind: FileKind) -> AsyncFileDialog {
    AsyncFileDialog::new().set_title(kind.0).add_filter(kind.0, &[kind.1]).add_filter("All files", &["*"])
}

/// Opens a dialog on the main thread, as every system wants it, and waits elsewhere.
async fn ask<R, F, T>(handle: &AppHandle<R>, open: impl FnOnce() -> F + Send + 'static) -> Option<T>
where
    R: Runtime,
    F: Future<Output = Option<T>> + Send + 'static,
    T: Send + 'static,
{
    let (tell, told) = oneshot::channel();
    let opened = handle.run_on_main_thread(move || {
        let answer = open();
        // Whoever asked may be gone, and with it the question.
        tauri::async_runtime::spawn(async move { drop(tell.send(answer.await)) });
    });
    opened.ok()?;
    told.await.ok().flatten()
}

/// A name without an ending gets this kind's, unless there is such a file: nobody was asked about that one.
fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let full = path.with_extension(ending);
    if path.extension().is_some() || full.exists() { path.to_owned() } else { full }
}

#[cfg(test)]
#[path = "../tests/dialogs.rs"]
mod tests;
