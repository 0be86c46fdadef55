//! What tests ask the window again and again: its list, its filter, its numbers, and whether it is done.

use serde_json::{Value, json};

use crate::webdriver::Window;

/// Waits until what is shown answers what was asked: rows, counts and bars, and nothing moves any more.
const SETTLE: &str = "
    const find = (id) => document.querySelector(`[data-testid='${id}']`);
    const calm = () => {
        const view = find('alerts-view');
        if (view !== null && view.dataset.asked !== view.dataset.shown) return false;
        if (document.querySelector('[aria-busy=true], .count.stale') !== null) return false;
        // A toast's bar runs as long as the toast is there: only what moves for a moment is waited for.
        return document.getAnimations().every((one) =>
            one.playState !== 'running' || one.effect.getComputedTiming().endTime > 1000);
    };
    const end = performance.now() + 20000;
    for (let calms = 0; calms < 2; calms = calm() ? calms + 1 : 0) {
        if (performance.now() > end) return false;
        await new Promise((next) => requestAnimationFrame(next));
    }
    return true;";

impl Window {
    /// Waits until the window shows the answer to all it was asked.
    ///
    /// # Panics
    /// When it does not in time.
    pub fn settle(&self) {
        assert_eq!(self.run_async(SETTLE), true, "the window does not settle");
    }

    /// The value of a JavaScript expression in which `find(id)` is the first element of a test id.
    #[must_use]
    pub fn read(&self, expression: &str) -> Value {
        self.run(&format!(
            "const find = (id) => document.querySelector(`[data-testid='${{id}}']`); return ({expression}) ?? null"
        ))
    }

    /// Waits until a JavaScript expression, as in [`Self::read`], is true.
    pub fn wait_until(&self, expression: &str) {
        crate::wait::until(expression, || (self.read(expression) == true).then_some(()));
    }

    /// The id of the alert in the row of that number, 0 being the first.
    ///
    /// # Panics
    /// When there is no such row.
    #[must_use]
    pub fn row(&self, number: usize) -> String {
        let id = self.read(&format!("document.querySelector('[data-index=\"{number}\"]')?.dataset.alertId"));
        id.as_str().unwrap_or_else(|| panic!("no row {number}")).to_owned()
    }

    /// The query of what is shown.
    #[must_use]
    pub fn query(&self) -> String {
        let shown = self.read("find('alerts-view').dataset.shown");
        let shown = shown.as_str().unwrap_or_default();
        shown.split_once(' ').map_or("", |(_, query)| query).to_owned()
    }

    /// How many alerts the window says there are.
    ///
    /// # Panics
    /// When it gives no number.
    #[must_use]
    pub fn number(&self) -> u64 {
        let said = self.read("find('match-count').textContent");
        let digits: String = said.as_str().unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
        digits.parse().unwrap_or_else(|_| panic!("the window gives no number: {said}"))
    }

    /// Gives the page a text to keep under a name, for scripts that follow.
    pub fn keep(&self, name: &str, value: &Value) {
        let _ = self.run(&format!("window[{}] = {value}; return 0", json!(name)));
    }
}
