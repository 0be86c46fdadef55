//! Pop-ups through `org.freedesktop.Notifications`, on one connection with one listener.
//!
//! notify-rust gives the vocabulary (hints, urgency, their shape on the wire) but not the calls: its `show` opens a
//! connection for each pop-up. Some desktops send clicks to the connection that asked, and some clear all pop-ups of
//! a program when the connection of its first one closes, so everything here goes over one that stays. One listener
//! also needs no thread for each pop-up, and can tell that a server has gone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_lite::{Stream, StreamExt, stream};
use notify_rust::{Hint, Timeout};
use tocsin_model::notification::Choice;
use tocsin_model::time::{Span, Timestamp};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;
use zbus::message::Type;
use zbus::zvariant::Value;
use zbus::{Connection, MatchRule, Message, MessageStream, connection};

use super::board::Board;
use super::{Capabilities, Card, Channel};
use crate::plan::is_within;
use crate::problem::Problem;
use crate::text::{clean, cut};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
const BUS_NAME: &str = "org.freedesktop.DBus";

/// Longest wait for one answer: short enough that a problem is named within two seconds.
const ANSWER_TIME: Duration = Duration::from_millis(1_500);
/// How long a problem is believed before the desktop is asked again.
const ASK_AGAIN: Span = Span::from_millis(5_000);

/// How Tocsin presents itself on the desktop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The program's name as a person knows it.
    pub app_name: String,
    /// An icon's name in the theme, or a `file://` address.
    pub icon: String,
    /// The name of the desktop file without `.desktop`: how a desktop finds the window and its own settings for it.
    pub desktop_entry: String,
    /// Where to find the server.
    pub bus: Bus,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            app_name: "Tocsin".to_owned(),
            icon: "tocsin-desktop".to_owned(),
            desktop_entry: "tocsin-desktop".to_owned(),
            bus: Bus::Session,
        }
    }
}

/// A D-Bus message bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bus {
    /// The one of this login session.
    Session,
    /// The one at this address, such as `unix:path=/run/user/1000/bus`.
    Address(String),
}

/// The notification server of this desktop.
#[derive(Debug)]
pub(crate) struct Desktop {
    settings: Settings,
    choices: UnboundedSender<Choice>,
    link: Option<Link>,
    trouble: Option<(Problem, Timestamp)>,
}

/// A living connection to the bus; dropping it ends the listener.
#[derive(Debug)]
struct Link {
    connection: Connection,
    board: Arc<Mutex<Board>>,
    listener: JoinSet<()>,
    capabilities: Option<Capabilities>,
}

impl Desktop {
    pub(crate) const fn new(choices: UnboundedSender<Choice>, settings: Settings) -> Self {
        Self { settings, choices, link: None, trouble: None }
    }

    /// What keeps pop-ups from being shown, as far as it is known.
    pub(crate) fn problem(&self) -> Option<&Problem> {
        self.trouble.as_ref().map(|(problem, _)| problem).filter(|_| !self.server_appeared())
    }

    fn server_appeared(&self) -> bool {
        self.link.as_ref().is_some_and(|link| lock(&link.board).server_appeared())
    }

    /// The connection, made anew when there is none or the bus has ended it.
    async fn linked(&mut self) -> Result<&mut Link, Problem> {
        if let Some(link) = &mut self.link
            && link.listener.try_join_next().is_some()
        {
            self.link = None;
        }
        match &mut self.link {
            Some(link) => Ok(link),
            empty @ None => {
                let link = Link::open(&self.settings.bus, self.choices.clone()).await.map_err(|error| {
                    tracing::debug!(%error, "no session bus");
                    Problem::NoBus
                })?;
                Ok(empty.insert(link))
            }
        }
    }

    async fn ask(&mut self) -> Result<Capabilities, Problem> {
        let link = self.linked().await?;
        lock(&link.board).server_asked();
        let reply = link.call("GetCapabilities", &()).await?;
        let words: Vec<String> = reply.body().deserialize().map_err(|error| problem_of(&error))?;
        let can = |word: &str| words.iter().any(|known| known == word);
        let capabilities = Capabilities { actions: can("actions"), body_markup: can("body-markup") };
        link.capabilities = Some(capabilities);
        Ok(capabilities)
    }

    async fn notify(&mut self, card: Card) -> Result<(), Problem> {
        let settings = self.settings.clone();
        let choices = self.choices.clone();
        let link = self.linked().await?;
        let replaces = if card.in_place { lock(&link.board).on_screen(card.target) } else { None };
        let hints = [
            Hint::Urgency(card.urgency),
            Hint::Category(card.category.to_owned()),
            Hint::DesktopEntry(settings.desktop_entry),
        ];
        let body = (
            settings.app_name,
            replaces.unwrap_or(0),
            settings.icon,
            card.summary,
            card.body,
            card.actions.iter().flat_map(|(id, label)| [*id, *label]).collect::<Vec<_>>(),
            hints.iter().map(Into::into).collect::<HashMap<&str, Value<'_>>>(),
            i32::from(Timeout::Default),
        );
        lock(&link.board).call_starts();
        let answer = link.call("Notify", &body).await.and_then(|reply| {
            let id: u32 = reply.body().deserialize().map_err(|error| problem_of(&error))?;
            Ok((sender(&reply), id))
        });
        let mut board = lock(&link.board);
        match answer {
            Ok((server, id)) => {
                for choice in board.call_shows(&server, id, card.target) {
                    report(choice, &choices);
                }
                Ok(())
            }
            Err(problem) => {
                board.call_fails();
                Err(problem)
            }
        }
    }

    /// Remembers a problem; what the server can do is asked again when it may be another one next time.
    fn note(&mut self, problem: &Problem, now: Timestamp) {
        tracing::debug!(%problem, "desktop notifications");
        self.trouble = Some((problem.clone(), now));
        if *problem == Problem::NoBus {
            self.link = None;
        }
        if problem.ends_batch()
            && let Some(link) = &mut self.link
        {
            link.capabilities = None;
        }
    }
}

impl Channel for Desktop {
    async fn ready(&mut self, now: Timestamp) -> Result<Capabilities, Problem> {
        if let Some(link) = &mut self.link
            && let Some(capabilities) = link.capabilities
            && !lock(&link.board).server_changed()
        {
            return Ok(capabilities);
        }
        if let Some((problem, since)) = &self.trouble
            && is_within(*since, ASK_AGAIN, now)
            && !self.server_appeared()
        {
            return Err(problem.clone());
        }
        let answer = tokio::time::timeout(ANSWER_TIME, self.ask()).await.unwrap_or(Err(Problem::Slow));
        match &answer {
            Ok(_) => self.trouble = None,
            Err(problem) => self.note(problem, now),
        }
        answer
    }

    async fn show(&mut self, card: Card, now: Timestamp) -> Result<(), Problem> {
        let answer = match tokio::time::timeout(ANSWER_TIME, self.notify(card)).await {
            Ok(answer) => answer,
            Err(_) => {
                self.link.iter().for_each(|link| lock(&link.board).call_fails());
                Err(Problem::Slow)
            }
        };
        match &answer {
            Ok(()) => self.trouble = None,
            Err(problem) => self.note(problem, now),
        }
        answer
    }
}

impl Link {
    async fn open(bus: &Bus, choices: UnboundedSender<Choice>) -> zbus::Result<Self> {
        let builder = match bus {
            Bus::Session => connection::Builder::session()?,
            Bus::Address(address) => connection::Builder::address(address.as_str())?,
        };
        let connection = builder.build().await?;
        let clicks = MatchRule::builder().msg_type(Type::Signal).interface(NAME)?.build();
        let servers = MatchRule::builder()
            .msg_type(Type::Signal)
            .sender(BUS_NAME)?
            .interface(BUS_NAME)?
            .member("NameOwnerChanged")?
            .arg(0, NAME)?
            .build();
        let heard = stream::or(
            MessageStream::for_match_rule(servers, &connection, None).await?,
            MessageStream::for_match_rule(clicks, &connection, None).await?,
        );
        let board = Arc::new(Mutex::new(Board::default()));
        let mut listener = JoinSet::new();
        listener.spawn(listen(heard, Arc::clone(&board), choices));
        Ok(Self { connection, board, listener, capabilities: None })
    }

    async fn call<B>(&self, method: &str, body: &B) -> Result<Message, Problem>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType + Sync,
    {
        let reply = self.connection.call_method(Some(NAME), PATH, Some(NAME), method, body).await;
        reply.map_err(|error| problem_of(&error))
    }
}

/// Ends when the bus ends the connection.
async fn listen(
    heard: impl Stream<Item = zbus::Result<Message>> + Unpin,
    board: Arc<Mutex<Board>>,
    choices: UnboundedSender<Choice>,
) {
    let mut heard = heard;
    while let Some(message) = heard.next().await {
        if let Some(choice) = message.ok().and_then(|message| hear(&message, &mut lock(&board))) {
            report(choice, &choices);
        }
    }
}

fn report(choice: Choice, choices: &UnboundedSender<Choice>) {
    if choices.send(choice).is_err() {
        tracing::debug!(?choice, "clicked while nobody listens any more");
    }
}

/// Applies one signal to the board. A signal that is not of the shape in the specification means nothing.
fn hear(message: &Message, board: &mut Board) -> Option<Choice> {
    let server = sender(message);
    let body = message.body();
    match message.header().member()?.as_str() {
        "ActionInvoked" => {
            let (id, action): (u32, &str) = body.deserialize().ok()?;
            board.clicked(&server, id, action)
        }
        "NotificationClosed" => {
            let (id, reason): (u32, u32) = body.deserialize().ok()?;
            board.closed(&server, id, reason);
            None
        }
        "NameOwnerChanged" => {
            let (_, _, new): (&str, &str, &str) = body.deserialize().ok()?;
            board.server_is(Some(new).filter(|new| !new.is_empty()));
            None
        }
        _ => None,
    }
}

fn sender(message: &Message) -> String {
    message.header().sender().map(ToString::to_string).unwrap_or_default()
}

fn lock(board: &Mutex<Board>) -> MutexGuard<'_, Board> {
    // Every change of the board is complete before anything can panic.
    board.lock().unwrap_or_else(PoisonError::into_inner)
}

fn problem_of(error: &zbus::Error) -> Problem {
    let zbus::Error::MethodError(name, detail, _) = error else {
        return if matches!(error, zbus::Error::InputOutput(_)) {
            Problem::NoBus
        } else {
            Problem::Refused(cut(&clean(&error.to_string()), 120))
        };
    };
    match name.strip_prefix("org.freedesktop.DBus.Error.").unwrap_or_default() {
        // NoReply: it was there when the call went out, and left without an answer.
        "ServiceUnknown" | "NameHasNoOwner" | "NoReply" => Problem::NoServer,
        activation if activation.starts_with("Spawn.") => Problem::NoServer,
        "Disconnected" => Problem::NoBus,
        "Timeout" | "TimedOut" => Problem::Slow,
        _ => Problem::Refused(cut(&clean(detail.as_deref().unwrap_or(name.as_str())), 120)),
    }
}
