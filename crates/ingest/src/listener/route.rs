//! What the listener needs to know about a source, and where it hands deliveries on.

use std::future::Future;
use std::sync::Arc;

use tocsin_model::delivery::{Accepted, Delivery, Normalised, NormalisedEvents};
use tocsin_model::source::{RefusalReason, SignInKind, SourceKind, SourceName};
use tocsin_model::time::Timestamp;

/// A source as the listener sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct Route {
    /// Its name, as it was given.
    pub name: SourceName,
    /// How its deliveries are read.
    pub kind: SourceKind,
    /// How its sender signs in.
    pub sign_in: SignInKind,
    /// The user name that [`SignInKind::Basic`] asks for; `None` takes any.
    pub username: Option<String>,
    /// What [`crate::listener::auth::make_verifier`] made of the secret. A new one ends the old secret at once.
    pub verifier: String,
    /// Origins that an OPTIONS handshake may claim; `*` allows any. Empty: no handshake.
    pub origins: Vec<String>,
}

impl std::fmt::Debug for Route {
    /// Leaves the verifier out: it is no secret, but a log is no place to guess from.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Route")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("sign_in", &self.sign_in)
            .field("username", &self.username)
            .field("origins", &self.origins)
            .finish_non_exhaustive()
    }
}

/// Why a delivery could not be taken in. The sender is asked to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unavailable {
    /// Too much is waiting already.
    Busy,
    /// It could not be made durable: the disk is full, or fails.
    Failed,
}

/// What stands behind the listener.
pub trait Intake: Send + Sync + 'static {
    /// The source of that name, in any case of letters. Asked for every request, so it must answer from memory.
    fn route(&self, name: &str) -> Option<Arc<Route>>;

    /// Takes a delivery in; returns only when it is durable, since the answer to the sender depends on it.
    fn accept(
        &self,
        source: &SourceName,
        delivery: Delivery,
        normalised: Normalised,
    ) -> impl Future<Output = Result<Accepted, Unavailable>> + Send;

    /// Takes a delivery of the source's event feed in, as [`Self::accept`] does of alerts.
    fn accept_events(
        &self,
        source: &SourceName,
        delivery: Delivery,
        normalised: NormalisedEvents,
    ) -> impl Future<Output = Result<Accepted, Unavailable>> + Send;

    /// Counts a delivery that was turned away. Must not wait.
    fn refused(&self, source: &SourceName, reason: RefusalReason);

    /// The time of day.
    fn now(&self) -> Timestamp;

    /// What `/readyz` answers: an object whose `ready` is true or false, without secrets.
    fn readiness(&self) -> serde_json::Value;
}
