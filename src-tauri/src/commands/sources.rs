//! Sources: add, look at, test, give a new secret, remove.

use tocsin_engine::SourceSpec as EngineSpec;

use tocsin_wire::ErrorView;
use tocsin_wire::spec::SourceSpec;
use tocsin_wire::view::{CredentialsView, SourceView, TestView};

commands! {
    /// Every source.
    fn list_sources(session) -> Vec<SourceView> {
        let sources = session.run(|app| app.sources()).await?;
        Ok(sources.iter().map(SourceView::from).collect())
    }

    /// Adds a source.
    fn add_source(session, spec: SourceSpec) -> CredentialsView {
        let sign_in = spec.sign_in.map(|word| word.parse()).transpose();
        let spec = EngineSpec {
            kind: spec.kind.parse().map_err(|error| ErrorView::invalid("kind", error))?,
            name: spec.name.trim().parse().map_err(|error| ErrorView::invalid("name", error))?,
            sign_in: sign_in.map_err(|error| ErrorView::invalid("signIn", error))?,
            username: spec.username.filter(|name| !name.is_empty()),
            secret: spec.secret.filter(|secret| !secret.is_empty()),
            origins: spec.origins,
        };
        Ok(session.run(move |app| app.add_source(spec)).await?.into())
    }

    /// Gives a source a new password or token; none makes one.
    fn set_source_secret(session, name: String, secret: Option<String>) -> CredentialsView {
        let secret = secret.filter(|secret| !secret.is_empty());
        Ok(session.run(move |app| app.set_source_secret(&name, secret)).await?.into())
    }

    /// Removes a source; its alerts stay.
    fn remove_source(session, name: String) -> () {
        session.run(move |app| app.remove_source(&name)).await
    }

    /// Tries whether deliveries of a source can arrive.
    fn test_source(session, name: String) -> TestView {
        let found = session.app.test_source(&name, None).await?;
        Ok(TestView { ok: found.ok, message: found.message })
    }
}
