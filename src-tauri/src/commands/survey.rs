//! Finding: the counts of a filter, the values it can be narrowed by, saved views.

use tocsin_engine::SurveyRequest;
use tocsin_model::time::Timestamp;

use tocsin_wire::survey::{SavedViewSpec, SavedViewView, SurveySpec, SurveyView, ValueCount, ViewCount};

commands! {
    /// Count, facets and histogram of a filter.
    fn survey(session, spec: SurveySpec) -> SurveyView {
        let request = SurveyRequest {
            query: spec.query,
            from: spec.from.map(Timestamp::from_millis),
            to: spec.to.map(Timestamp::from_millis),
            buckets: spec.buckets,
            facets: spec.facets,
        };
        Ok(session.run(move |app| app.survey(&request)).await?.into())
    }

    /// Values of a field that hold `prefix`, among what the query matches, most frequent first.
    fn suggest_values(session, field: String, prefix: String, query: String, limit: u32) -> Vec<ValueCount> {
        let found = session.run(move |app| app.suggest(&field, &prefix, &query, limit)).await?;
        Ok(found.into_iter().map(ValueCount::from).collect())
    }

    /// Every saved view, the built-in ones first.
    fn list_views(session) -> Vec<SavedViewView> {
        Ok(session.run(|app| app.saved_views()).await?.into_iter().map(SavedViewView::from).collect())
    }

    /// How many alerts each view holds.
    fn view_counts(session) -> Vec<ViewCount> {
        let counted = |app: &tocsin_engine::App| {
            // Once in memory they are counted at once; by the database each view takes as long as reading them all.
            app.warm()?;
            app.view_counts()
        };
        let counts = session.run(counted).await?;
        Ok(counts.into_iter().map(|(id, count, unseen)| ViewCount { id, count, unseen }).collect())
    }

    /// Keeps a view, a new one or a changed one.
    fn save_view(session, spec: SavedViewSpec) -> SavedViewView {
        Ok(session.run(move |app| app.save_view(spec.into())).await?.into())
    }

    /// Removes a saved view.
    fn remove_view(session, id: String) -> () {
        session.run(move |app| app.remove_view(&id)).await
    }
}
