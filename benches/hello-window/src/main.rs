//! A window with one word in it, and nothing else: what any Tauri app costs.

fn main() -> tauri::Result<()> {
    tauri::Builder::default().run(tauri::generate_context!())
}
