//! What `alert acknowledge`, `snooze`, `close`, `reopen`, `note` and `undo` do and say.

use serde_json::json;
use std::process::ExitCode;
use tocsin_engine::{ActOutcome, App};
use tocsin_model::alert::Action;
use tocsin_model::id::AlertId;
use tocsin_model::words::{counted, grouped};

use crate::arguments::{OneAnd, Which};
use crate::failure::Failure;
use crate::output::Output;
use crate::view::AlertView;

/// Which alerts an action is for.
pub(super) enum Targets {
    /// These.
    Ids(Vec<AlertId>),
    /// All that match.
    Matching(String),
}

impl From<Which> for Targets {
    fn from(which: Which) -> Self {
        which.query.map_or(Self::Ids(which.ids), Self::Matching)
    }
}

/// An id and a word more, or a query and a word more.
pub(super) fn one_and(given: OneAnd, name: &str) -> Result<(Targets, String), Failure> {
    match (given.query, given.second) {
        (None, Some(word)) => {
            let id =
                given.first.parse().map_err(|error: tocsin_model::id::IdError| Failure::Input(error.to_string()))?;
            Ok((Targets::Ids(vec![id]), word))
        }
        (Some(query), None) => Ok((Targets::Matching(query), given.first)),
        (None, None) => Err(Failure::Input(format!("give the alert's id and then {name}; see --help"))),
        (Some(_), Some(_)) => Err(Failure::Input(format!("with --query give {name} alone, without an id; see --help"))),
    }
}

/// Does it and says what came of it; alerts that it does not fit make the request invalid.
pub(super) fn act(app: &App, targets: &Targets, action: &Action, output: &Output) -> Result<ExitCode, Failure> {
    match targets {
        Targets::Ids(ids) => on_ids(app, ids, action, output),
        Targets::Matching(query) => on_matching(app, query, action, output),
    }
}

fn on_ids(app: &App, ids: &[AlertId], action: &Action, output: &Output) -> Result<ExitCode, Failure> {
    let outcome = app.act_on_alerts(ids, action)?;
    // One alert: its own error. Several: an honest list.
    if let ([_], [(_, reason)]) = (ids, outcome.refused.as_slice()) {
        return Err(Failure::Input(reason.to_string()));
    }
    if let ([id], [_]) = (ids, outcome.missing.as_slice()) {
        app.show_alert(*id)?;
    }
    let mut lines: Vec<String> =
        outcome.changed.iter().map(|alert| format!("{}  {}", action.word(), alert.content.title)).collect();
    lines.extend(more(outcome.changed_count, outcome.changed.len()).map(|more| format!("{} {more}", action.word())));
    lines.extend((outcome.unchanged > 0).then(|| format!("{} as they were", outcome.unchanged)));
    lines.extend(outcome.refused.iter().map(|(id, reason)| format!("{id}: {reason}")));
    lines.extend(outcome.missing.iter().map(|id| format!("{id}: there is no such alert")));
    output.one(&outcome_json(&outcome), &lines)?;
    let all_fit = outcome.refused.is_empty() && outcome.missing.is_empty();
    Ok(if all_fit { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

/// Of all that match some may not fit; that is an answer, unless it fits none.
fn on_matching(app: &App, query: &str, action: &Action, output: &Output) -> Result<ExitCode, Failure> {
    let outcome = app.act_on_matching(query, action)?;
    output.one(&outcome_json(&outcome), &bulk_lines(&outcome, action))?;
    let fits_none = outcome.changed_count == 0 && outcome.unchanged == 0 && outcome.refused_count > 0;
    Ok(if fits_none { ExitCode::from(3) } else { ExitCode::SUCCESS })
}

fn bulk_lines(outcome: &ActOutcome, action: &Action) -> Vec<String> {
    let mut lines = Vec::new();
    if outcome.changed_count > 0 {
        lines.push(format!("{} {}.", capitalised(action.word()), alerts(outcome.changed_count)));
    }
    if outcome.unchanged > 0 {
        lines.push(format!("{} {} already.", grouped(outcome.unchanged), already(outcome.unchanged, action)));
    }
    if let Some((_, reason)) = outcome.refused.first() {
        lines.push(format!("Left {} alone: {reason}.", alerts(outcome.refused_count)));
    }
    if lines.is_empty() {
        lines.push("No alert matches.".to_owned());
    }
    if outcome.changed_count > 0 {
        lines.push("“tocsin alert undo” takes it back.".to_owned());
    }
    lines
}

fn already(count: u64, action: &Action) -> &'static str {
    match (action, count) {
        (Action::Acknowledge, 1) => "was acknowledged",
        (Action::Acknowledge, _) => "were acknowledged",
        (Action::Snooze { .. }, 1) => "was snoozed until then",
        (Action::Snooze { .. }, _) => "were snoozed until then",
        (Action::Close { .. }, 1) => "was closed",
        (Action::Close { .. }, _) => "were closed",
        (Action::Reopen, 1) => "was open",
        (Action::Reopen, _) => "were open",
        (Action::Note { .. }, 1) => "had that note",
        (Action::Note { .. }, _) => "had that note",
    }
}

/// Takes the last change back.
pub(super) fn undo(app: &App, output: &Output) -> Result<(), Failure> {
    let (record, outcome) = app.undo(None)?;
    let mut lines = vec![format!("Took back “{}” on {}", record.what, alerts(outcome.changed_count))];
    lines.extend(outcome.changed_since.iter().map(|id| format!("{id}: has changed since and was left alone")));
    lines.extend(
        more(outcome.changed_since_count, outcome.changed_since.len())
            .map(|more| format!("{more} have changed since and were left alone")),
    );
    Ok(output.one(&outcome_json(&outcome), &lines)?)
}

/// Those that a list of the outcome does not name.
fn more(count: u64, listed: usize) -> Option<String> {
    let rest = count.saturating_sub(u64::try_from(listed).unwrap_or(u64::MAX));
    (rest > 0).then(|| format!("{} more", grouped(rest)))
}

fn alerts(count: u64) -> String {
    counted(count, "alert")
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn outcome_json(outcome: &ActOutcome) -> serde_json::Value {
    let refused: Vec<_> =
        outcome.refused.iter().map(|(id, reason)| json!({ "id": id, "reason": reason.to_string() })).collect();
    json!({
        "change": outcome.change,
        "changedCount": outcome.changed_count,
        "changed": outcome.changed.iter().map(AlertView::from).collect::<Vec<_>>(),
        "unchanged": outcome.unchanged,
        "refusedCount": outcome.refused_count,
        "refused": refused,
        "missing": outcome.missing,
        "changedSinceCount": outcome.changed_since_count,
        "changedSince": outcome.changed_since,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tocsin_model::alert::ActionError;
    use tocsin_model::time::Timestamp;

    #[test]
    fn a_bulk_action_says_what_came_of_each() {
        let id = AlertId::new(Timestamp::from_millis(0), [0; 10]);
        let outcome = ActOutcome {
            changed_count: 9_998,
            unchanged: 2,
            refused_count: 1_001,
            refused: vec![(id, ActionError::Closed)],
            ..ActOutcome::default()
        };
        let said = bulk_lines(&outcome, &Action::Acknowledge);
        assert_eq!(
            said,
            [
                "Acknowledged 9,998 alerts.",
                "2 were acknowledged already.",
                "Left 1,001 alerts alone: this alert is closed: reopen it first.",
                "“tocsin alert undo” takes it back.",
            ]
        );
        assert_eq!(bulk_lines(&ActOutcome::default(), &Action::Reopen), ["No alert matches."]);
        let one = ActOutcome { unchanged: 1, ..ActOutcome::default() };
        assert_eq!(bulk_lines(&one, &Action::Reopen), ["1 was open already."]);
    }
}
