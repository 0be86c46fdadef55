//! What stands on the screen, and what a signal from a server means for it.
//!
//! Pure: servers are the unique bus names of their connections, so an id of a server that has gone, or a signal that
//! another program sent, never means an alert of ours.

use std::collections::VecDeque;

use tocsin_model::notification::Choice;

use super::Target;

/// Most pop-ups whose clicks are waited for; beyond that the oldest is given up.
const SHOWN_LIMIT: usize = 1_000;
/// Most clicks kept for a pop-up whose id we do not know yet.
const EARLY_LIMIT: usize = 16;
/// The reason in `NotificationClosed` for “its time on the screen is over”.
const EXPIRED: u32 = 1;

#[derive(Debug)]
struct Shown {
    server: String,
    id: u32,
    target: Target,
    on_screen: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Board {
    shown: VecDeque<Shown>,
    calling: bool,
    early: Vec<(String, u32, String)>,
    server_changed: bool,
    server_appeared: bool,
}

impl Board {
    /// The id of what is on the screen for `target`.
    pub(super) fn on_screen(&self, target: Target) -> Option<u32> {
        self.shown.iter().rev().find(|shown| shown.target == target && shown.on_screen).map(|shown| shown.id)
    }

    /// A call that shows something goes out; its answer may be overtaken by a click.
    pub(super) fn call_starts(&mut self) {
        self.calling = true;
        self.early.clear();
    }

    /// That call ended without an answer.
    pub(super) fn call_fails(&mut self) {
        self.calling = false;
        self.early.clear();
    }

    /// That call was answered by `server`; gives what was clicked in the meantime.
    pub(super) fn call_shows(&mut self, server: &str, id: u32, target: Target) -> Vec<Choice> {
        self.shown.retain(|shown| !(shown.server == server && shown.id == id));
        self.shown.push_back(Shown { server: server.to_owned(), id, target, on_screen: true });
        if self.shown.len() > SHOWN_LIMIT {
            self.shown.pop_front();
        }
        self.calling = false;
        let early = std::mem::take(&mut self.early);
        early.iter().filter_map(|(server, id, action)| self.known_click(server, *id, action)).collect()
    }

    /// `server` says that `action` was chosen on `id`.
    pub(super) fn clicked(&mut self, server: &str, id: u32, action: &str) -> Option<Choice> {
        let choice = self.known_click(server, id, action);
        if choice.is_none() && self.calling && self.early.len() < EARLY_LIMIT {
            self.early.push((server.to_owned(), id, action.to_owned()));
        }
        choice
    }

    fn known_click(&self, server: &str, id: u32, action: &str) -> Option<Choice> {
        let shown = self.shown.iter().find(|shown| shown.server == server && shown.id == id)?;
        match (shown.target, action) {
            (Target::Alert(alert), "default") => Some(Choice::Open(alert)),
            (Target::Alert(alert), "acknowledge") => Some(Choice::Acknowledge(alert)),
            (Target::Alert(alert), "snooze") => Some(Choice::SnoozeHour(alert)),
            (Target::History | Target::Storm | Target::Quiet, "default") => Some(Choice::OpenList),
            (Target::Alert(_) | Target::History | Target::Storm | Target::Quiet, _) => None,
        }
    }

    /// `server` says that `id` has left the screen. Some desktops keep what expired in a list where it can still be
    /// clicked, so that one stays known.
    pub(super) fn closed(&mut self, server: &str, id: u32, reason: u32) {
        for shown in self.shown.iter_mut().filter(|shown| shown.server == server && shown.id == id) {
            shown.on_screen = false;
        }
        if reason != EXPIRED {
            self.shown.retain(|shown| !(shown.server == server && shown.id == id));
        }
    }

    /// The bus says that notifications are now shown by `server`, or by nobody.
    pub(super) fn server_is(&mut self, server: Option<&str>) {
        self.shown.retain(|shown| Some(shown.server.as_str()) == server);
        self.server_changed = true;
        self.server_appeared = server.is_some();
    }

    /// Whether the server changed since the last [`Self::server_asked`], so that it must be asked again.
    pub(super) const fn server_changed(&self) -> bool {
        self.server_changed
    }

    /// Whether a server appeared since then.
    pub(super) const fn server_appeared(&self) -> bool {
        self.server_appeared
    }

    /// The server is being asked what it can do.
    pub(super) const fn server_asked(&mut self) {
        self.server_changed = false;
        self.server_appeared = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tocsin_model::id::AlertId;

    const SERVER: &str = ":1.7";

    fn alert(number: u8) -> AlertId {
        AlertId::from_bytes([number; 16])
    }

    fn board_with(id: u32, target: Target) -> Board {
        let mut board = Board::default();
        board.call_starts();
        assert_eq!(board.call_shows(SERVER, id, target), []);
        board
    }

    #[test]
    fn a_click_means_what_its_button_says() {
        for (target, action, choice) in [
            (Target::Alert(alert(1)), "default", Some(Choice::Open(alert(1)))),
            (Target::Alert(alert(1)), "acknowledge", Some(Choice::Acknowledge(alert(1)))),
            (Target::Alert(alert(1)), "snooze", Some(Choice::SnoozeHour(alert(1)))),
            (Target::Alert(alert(1)), "delete", None),
            (Target::Storm, "default", Some(Choice::OpenList)),
            (Target::History, "default", Some(Choice::OpenList)),
            (Target::Storm, "acknowledge", None),
        ] {
            assert_eq!(board_with(4, target).clicked(SERVER, 4, action), choice, "{target:?} {action}");
        }
    }

    #[test]
    fn a_click_of_another_program_or_another_pop_up_means_nothing() {
        let mut board = board_with(4, Target::Alert(alert(1)));
        assert_eq!(board.clicked(":1.9", 4, "acknowledge"), None);
        assert_eq!(board.clicked(SERVER, 5, "acknowledge"), None);
    }

    #[test]
    fn a_click_that_overtakes_the_answer_counts_once() {
        let mut board = Board::default();
        board.call_starts();
        assert_eq!(board.clicked(SERVER, 4, "snooze"), None);
        assert_eq!(board.call_shows(SERVER, 4, Target::Alert(alert(1))), [Choice::SnoozeHour(alert(1))]);
        board.call_starts();
        assert_eq!(board.call_shows(SERVER, 5, Target::Alert(alert(2))), []);
    }

    #[test]
    fn clicks_nobody_waits_for_are_not_kept() {
        let mut board = Board::default();
        assert_eq!(board.clicked(SERVER, 4, "snooze"), None);
        board.call_starts();
        assert_eq!(board.clicked(SERVER, 4, "snooze"), None);
        board.call_fails();
        assert_eq!(board.call_shows(SERVER, 4, Target::Alert(alert(1))), []);
        board.call_starts();
        for id in 0..1_000 {
            assert_eq!(board.clicked(SERVER, id + 100, "default"), None);
        }
        assert_eq!(board.early.len(), EARLY_LIMIT);
    }

    #[test]
    fn what_was_closed_is_forgotten_and_what_expired_can_still_be_clicked() {
        let mut board = board_with(4, Target::Alert(alert(1)));
        assert_eq!(board.on_screen(Target::Alert(alert(1))), Some(4));
        board.closed(SERVER, 4, EXPIRED);
        assert_eq!(board.on_screen(Target::Alert(alert(1))), None);
        assert_eq!(board.clicked(SERVER, 4, "default"), Some(Choice::Open(alert(1))));
        board.closed(SERVER, 4, 2);
        assert_eq!(board.clicked(SERVER, 4, "default"), None);
    }

    #[test]
    fn ids_of_a_server_that_has_gone_mean_nothing() {
        let mut board = board_with(4, Target::Alert(alert(1)));
        board.server_is(None);
        assert!(board.server_changed() && !board.server_appeared());
        assert_eq!(board.clicked(SERVER, 4, "acknowledge"), None);
        board.server_is(Some(":1.8"));
        assert!(board.server_appeared());
        assert_eq!(board.clicked(":1.8", 4, "acknowledge"), None);
        board.server_asked();
        assert!(!board.server_changed() && !board.server_appeared());
    }

    #[test]
    fn a_late_word_about_the_server_keeps_what_the_new_one_shows() {
        let mut board = board_with(4, Target::Storm);
        board.server_is(Some(SERVER));
        assert_eq!(board.clicked(SERVER, 4, "default"), Some(Choice::OpenList));
    }

    #[test]
    fn the_oldest_waits_are_given_up() {
        let mut board = Board::default();
        for id in 1..=1_001 {
            board.call_starts();
            board.call_shows(SERVER, id, Target::Storm);
        }
        assert_eq!(board.clicked(SERVER, 1, "default"), None);
        assert_eq!(board.clicked(SERVER, 2, "default"), Some(Choice::OpenList));
        assert_eq!(board.shown.len(), SHOWN_LIMIT);
    }
}
