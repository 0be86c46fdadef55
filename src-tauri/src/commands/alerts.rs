//! Alerts: list, show, handle, take back.

use tocsin_engine::AlertListRequest;
use tocsin_model::alert::Action;
use tocsin_model::id::{AlertId, ChangeId};
use tocsin_model::status::CloseReason;
use tocsin_model::time::Span;

use crate::session::Session;
use tocsin_wire::spec::{ActionSpec, AlertListSpec};
use tocsin_wire::survey::{EntityView, SimilarView};
use tocsin_wire::view::{AlertCount, AlertDetails, AlertPage, AlertRow, ChangeView};
use tocsin_wire::{Answer, ErrorView};

/// Rows of one page at the most.
const PAGE_MAX: u32 = 500;

commands! {
    /// A page of the alert table.
    fn list_alerts(session, spec: AlertListSpec) -> AlertPage {
        let request = AlertListRequest {
            query: spec.query,
            sort: spec.sort,
            after: spec.after,
            skip: u64::from(spec.skip),
            limit: u64::from(spec.limit.clamp(1, PAGE_MAX)),
        };
        let page = session.run(move |app| app.list_alerts(&request)).await?;
        Ok(AlertPage::new(&page.alerts, page.next))
    }

    /// How many alerts a query matches, counted up to `limit`.
    fn count_alerts(session, query: String, limit: u32) -> AlertCount {
        let count = session.run(move |app| app.count_alerts(&query, u64::from(limit) + 1)).await?;
        Ok(AlertCount::new(count, u64::from(limit)))
    }

    /// Those of the ids that match the query, as they are now.
    fn match_alerts(session, query: String, ids: Vec<String>) -> Vec<AlertRow> {
        let ids = parse_ids(&ids)?;
        let alerts = session.run(move |app| app.match_alerts(&query, &ids)).await?;
        Ok(alerts.iter().map(AlertRow::from).collect())
    }

    /// Everything about one alert.
    fn get_alert(session, id: String) -> AlertDetails {
        let id = parse_id(&id)?;
        Ok(session.run(move |app| app.show_alert(id)).await?.into())
    }

    /// Alerts like one, and what was done the last time.
    fn similar_alerts(session, id: String) -> SimilarView {
        let id = parse_id(&id)?;
        Ok(session.run(move |app| app.similar(id)).await?.into())
    }

    /// What is known of an address, user, key, endpoint or host.
    fn get_entity(session, kind: String, value: String) -> EntityView {
        let kind = kind.parse().map_err(|error| ErrorView::invalid("kind", error))?;
        Ok(session.run(move |app| app.entity(kind, &value)).await?.into())
    }

    /// Does something to some alerts, as one change that can be taken back.
    fn act_on_alerts(session, ids: Vec<String>, action: ActionSpec) -> ChangeView {
        let action = parse_action(&session, action)?;
        let ids = parse_ids(&ids)?;
        Ok(session.run(move |app| app.act_on_alerts(&ids, &action)).await?.into())
    }

    /// Does it to every alert that the query matches, as one change.
    fn act_on_matching(session, query: String, action: ActionSpec) -> ChangeView {
        let action = parse_action(&session, action)?;
        Ok(session.run(move |app| app.act_on_matching(&query, &action)).await?.into())
    }

    /// A person has looked at these.
    fn mark_seen(session, ids: Vec<String>) -> () {
        let ids = parse_ids(&ids)?;
        session.run(move |app| app.mark_seen(&ids)).await
    }

    /// Takes a change back.
    fn undo_change(session, change_id: String) -> ChangeView {
        let id: ChangeId = change_id.parse().map_err(|error| ErrorView::invalid("changeId", error))?;
        Ok(session.run(move |app| app.undo(Some(id))).await?.1.into())
    }
}

pub(super) fn parse_id(text: &str) -> Answer<AlertId> {
    text.parse().map_err(|error| ErrorView::invalid("id", error))
}

fn parse_ids(texts: &[String]) -> Answer<Vec<AlertId>> {
    texts.iter().map(|text| parse_id(text)).collect()
}

fn parse_action(session: &Session, spec: ActionSpec) -> Answer<Action> {
    Ok(match spec {
        ActionSpec::Acknowledge => Action::Acknowledge,
        ActionSpec::Reopen => Action::Reopen,
        ActionSpec::Note { text } => Action::Note { text },
        ActionSpec::Snooze { duration } => {
            session.app.snooze(Span::parse(&duration).map_err(|error| ErrorView::invalid("duration", error))?)
        }
        ActionSpec::Close { reason, note } => Action::Close {
            reason: CloseReason::from_person(&reason).map_err(|error| ErrorView::invalid("reason", error))?,
            note: note.filter(|note| !note.trim().is_empty()),
        },
    })
}
