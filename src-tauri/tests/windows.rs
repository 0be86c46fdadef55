//! Where the window may go.

use super::*;

#[test]
fn the_window_stays_on_its_own_page() {
    let own = |text: &str| Url::parse(text).is_ok_and(|url| is_own_page(&url));
    assert!(own("tauri://localhost/index.html"));
    for text in ["https://example.net/", "file:///etc/passwd", "data:text/html,x", "javascript:alert(1)"] {
        assert!(!own(text), "{text}");
    }
}
