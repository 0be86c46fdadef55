//! Rules: the list, the studio, the catalogue.

use tauri::AppHandle;
use tocsin_engine::{EngineError, IfThere, KeptRule, PreviewAsk, RuleState, templates};
use tocsin_model::rule::document::Format;
use tocsin_model::time::Timestamp;

use crate::dialogs::{self, FileKind};
use tocsin_wire::rules::{
    DraftView, EditView, EventView, ExplainedView, PreviewSpec, PreviewView, RuleCheckView, RuleDetailsView,
    RuleFieldView, RuleRow, SaveRuleSpec, SavedRuleView, SuggestionsView, TemplateView, WhyView,
};
use tocsin_wire::settings::FileView;
use tocsin_wire::survey::ValueCount;
use tocsin_wire::{Answer, ErrorView};

use super::alerts::parse_id;
use crate::session::Session;

const JSON: FileKind = FileKind("Rules as JSON", "json");
const YAML: FileKind = FileKind("Rules as YAML", "yaml");

commands! {
    /// Every rule by name, with what it did of late.
    fn list_rules(session) -> Vec<RuleRow> {
        Ok(session.run(|app| app.rule_overviews()).await?.iter().map(RuleRow::from).collect())
    }

    /// Everything about one rule.
    fn get_rule(session, name: String) -> RuleDetailsView {
        Ok(session.run(move |app| app.rule_details(&name)).await?.into())
    }

    /// What is wrong with a document, or may not be meant.
    fn check_rule(session, document: String) -> RuleCheckView {
        Ok(session.run(move |app| app.look_at_document(&document, None)).await?.into())
    }

    /// What a document would do on what is stored.
    fn preview_rule(session, spec: PreviewSpec) -> PreviewView {
        let ask = PreviewAsk {
            document: spec.document,
            rule: spec.rule,
            from: Timestamp::from_millis(spec.from),
            to: Timestamp::from_millis(spec.to),
            buckets: spec.buckets,
        };
        session.run(move |app| Ok(PreviewView::new(app, app.preview(&ask)?, &ask.document))).await
    }

    /// Thresholds that history speaks for; `budget` is in firings a week.
    fn suggest_rule(session, document: String, budget: u32) -> SuggestionsView {
        session.run(move |app| SuggestionsView::new(app.suggestions_for(&document, budget.into()))).await
    }

    /// Every field that rules know.
    fn rule_fields(_session) -> Vec<RuleFieldView> {
        Ok(RuleFieldView::all())
    }

    /// Values of a field in stored events that contain `part`, most frequent first.
    fn rule_values(session, field: String, part: String, limit: u32) -> Vec<ValueCount> {
        let found = session.run(move |app| app.field_values(&field, &part, limit)).await?;
        Ok(found.into_iter().map(|(value, count)| ValueCount { value, count }).collect())
    }

    /// The lists that values can name, each with how many values it has.
    fn value_lists(session) -> Vec<ValueCount> {
        let found = session.run(move |app| Ok(app.value_lists())).await?;
        Ok(found.into_iter().map(|(value, count)| ValueCount { value, count }).collect())
    }

    /// Keeps a document, as a new rule or as a version of one.
    fn save_rule(session, spec: SaveRuleSpec) -> SavedRuleView {
        session.run(move |app| {
            let added = app.save_rule(&spec.document, spec.rule.as_deref())?;
            Ok(SavedRuleView::new(&added, &app.rule_overview(added.rule.clone())?))
        }).await
    }

    /// Turns a rule off, into shadow or live; a version that waits is promoted by the latter two.
    fn set_rule_state(session, name: String, state: String) -> RuleRow {
        let state: RuleState = state.parse().map_err(|error| ErrorView::invalid("state", error))?;
        row(&session, move |app| app.set_rule_state(&name, state)).await
    }

    /// Removes a rule; its alerts stay.
    fn remove_rule(session, name: String) -> () {
        session.run(move |app| app.remove_rule(&name)).await.map(|_| ())
    }

    /// Brings back the rule of that name that was removed last.
    fn unremove_rule(session, name: String) -> RuleRow {
        row(&session, move |app| app.unremove_rule(&name)).await
    }

    /// Keeps what a rule said in an earlier version anew.
    fn restore_version(session, name: String, number: u32) -> SavedRuleView {
        session.run(move |app| {
            let added = app.restore_rule_version(&name, number.into())?;
            Ok(SavedRuleView::new(&added, &app.rule_overview(added.rule.clone())?))
        }).await
    }

    /// Drops the version of a rule that waits to be promoted.
    fn discard_candidate(session, name: String) -> RuleRow {
        row(&session, move |app| app.discard_candidate(&name)).await
    }

    /// Why a stored event makes a document fire, or not.
    fn explain_rule(session, document: String, event: String) -> ExplainedView {
        Ok(ExplainedView::from(&session.run(move |app| app.explain_document(&document, &event)).await?))
    }

    /// The newest stored events of the kinds that a document looks at, matching or not.
    fn recent_events(session, document: String, limit: u32) -> Vec<EventView> {
        let found = session.run(move |app| app.recent_events(&document, limit)).await?;
        Ok(found.iter().map(EventView::from).collect())
    }

    /// Edits that would have kept an alert of a rule away, the best one first.
    fn what_if(session, name: String, alert: String) -> Vec<EditView> {
        let id = parse_id(&alert)?;
        Ok(EditView::all(session.run(move |app| app.what_if(&name, id)).await?))
    }

    /// The firings that raised or updated an alert, the newest first; none for one of a vendor.
    fn why_alert(session, id: String) -> Vec<WhyView> {
        let id = parse_id(&id)?;
        Ok(session.run(move |app| app.why_alert(id)).await?.into_iter().map(WhyView::from).collect())
    }

    /// Rules that somebody thought of before.
    fn list_templates(_session) -> Vec<TemplateView> {
        Ok(templates().iter().map(TemplateView::from).collect())
    }

    /// What is being written and not kept yet, the newest first.
    fn list_drafts(session) -> Vec<DraftView> {
        Ok(session.run(|app| app.drafts()).await?.into_iter().map(DraftView::from).collect())
    }

    /// Keeps what is being written; once this has answered it outlives a crash.
    fn save_draft(session, key: String, text: String) -> () {
        session.run(move |app| app.save_draft(&key, text)).await
    }

    /// Discards what was being written.
    fn remove_draft(session, key: String) -> () {
        session.run(move |app| app.remove_draft(&key)).await
    }

    /// Writes rules into a file, as `json` or `yaml`: the document of one, a list of several; no names means all.
    fn export_rules(session, handle: AppHandle, names: Vec<String>, format: String) -> FileView {
        let (format, kind) = rule_format(&format)?;
        let Some(path) = dialogs::save(&handle, "rules", kind).await else { return Ok(FileView::new(None, 0)) };
        let to = path.clone();
        let rules = session.run(move |app| app.export_rules_to(&to, &names, format, IfThere::Replace)).await?;
        Ok(FileView::new(Some(&path), rules))
    }
}

fn rule_format(name: &str) -> Answer<(Format, FileKind)> {
    match name {
        "json" => Ok((Format::Json, JSON)),
        "yaml" => Ok((Format::Yaml, YAML)),
        other => Err(ErrorView::invalid("format", format!("rules are written as json or yaml, not as “{other}”"))),
    }
}

/// Does something to a rule and shows it as the list does.
async fn row(
    session: &Session,
    change: impl FnOnce(&tocsin_engine::App) -> Result<KeptRule, EngineError> + Send + 'static,
) -> Answer<RuleRow> {
    let overview = session.run(move |app| app.rule_overview(change(app)?)).await?;
    Ok(RuleRow::from(&overview))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_written_in_one_of_two_forms() {
        for (name, ending) in [("json", "json"), ("yaml", "yaml")] {
            assert_eq!(rule_format(name).ok().map(|(_, FileKind(_, found))| found), Some(ending));
        }
        let error = rule_format("xml").err().map(|error| error.message);
        assert!(error.is_some_and(|message| message.contains("as json or yaml, not as “xml”")));
    }
}
