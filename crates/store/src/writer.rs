//! Writing: one thread, one transaction for all that is queued, answers after the commit.

use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

use crate::checkpoint::Checkpointer;
use crate::columns::notes::{Notes, SharedTouched, Touched, lock};
use crate::connection::{Settings, open_writer};
use crate::error::StoreError;
use crate::reserve::Reserve;
use crate::table::identities::SharedRecent;

/// Operations that may wait; beyond it senders are asked to come back.
const QUEUE: usize = 4_096;
/// Operations of one transaction at the most, so that nobody waits for a very long one.
const GROUP: usize = 1_000;
/// Operations after a failed one that are all kept apart from each other.
const CAREFUL: usize = 1_000;

/// Write access to the tables, inside a transaction.
#[derive(Debug)]
pub struct WriteTx<'a> {
    pub(crate) connection: &'a Connection,
    /// What this transaction wrote, as the database tells it.
    pub(crate) touched: &'a SharedTouched,
    /// The identities of the newest alerts.
    pub(crate) recent: &'a SharedRecent,
}

impl WriteTx<'_> {
    /// Reading inside the transaction, which sees what it has written.
    #[must_use]
    pub fn reader(&self) -> crate::Reader<'_> {
        crate::Reader { connection: self.connection }
    }
}

/// The thread that writes.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: Option<SyncSender<Box<dyn Operation>>>,
    problem: Arc<Mutex<Option<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(path: PathBuf, settings: Settings, notes: Arc<Notes>) -> Result<Self, StoreError> {
        let touched = SharedTouched::default();
        let checkpointer = Checkpointer::start(path.clone(), settings.clone())?;
        let connection = connect(&path, &settings, &touched, &checkpointer)?;
        let (queue, incoming) = sync_channel(QUEUE);
        let problem = Arc::new(Mutex::new(None));
        let loop_ = WriterLoop {
            path,
            settings,
            connection: Some(connection),
            checkpointer,
            problem: Arc::clone(&problem),
            careful: 0,
            touched,
            recent: SharedRecent::default(),
            notes,
        };
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || loop_.run(&incoming))
            .map_err(|error| StoreError::Io(error.to_string()))?;
        Ok(Self { queue: Some(queue), problem, thread: Some(thread) })
    }

    /// Queues `op`; once it is durable, `after` sees its result before anyone is answered, even when whoever asked
    /// has gone.
    pub(crate) fn submit<T, F, A>(
        &self,
        fate: Fate,
        op: F,
        after: A,
    ) -> Result<oneshot::Receiver<Result<T, StoreError>>, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
        A: FnOnce(&T) + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(StoreError::Stopped)?;
        let queued = Queued { fate, op: Some(op), after: Some(after), result: None, reply: Some(reply) };
        match queue.try_send(Box::new(queued)) {
            Ok(()) => Ok(answer),
            Err(TrySendError::Full(_)) => Err(StoreError::Overloaded),
            Err(TrySendError::Disconnected(_)) => Err(StoreError::Stopped),
        }
    }

    pub(crate) fn problem(&self) -> Option<String> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Writer {
    /// Finishes what is queued before the store is gone.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What becomes of an operation when another one of its transaction fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nothing, and the other way round.
    Own,
    /// It fails too, as [`StoreError::Busy`], and is welcome again. For what hardly ever fails: keeping operations
    /// apart costs a copy of every page that each of them touches.
    Shared,
}

/// One queued operation, whatever it returns.
trait Operation: Send {
    /// Does it inside the open transaction. An error is returned that loses the whole transaction: the disk's, or,
    /// unless it is to be `careful`, the operation's own when it shares its fate.
    fn run(&mut self, tx: &WriteTx<'_>, careful: bool) -> Option<StoreError>;
    /// Answers, after the commit or instead of it.
    fn answer(&mut self, failed: Option<&StoreError>);
}

struct Queued<T, F, A> {
    fate: Fate,
    op: Option<F>,
    after: Option<A>,
    result: Option<Result<T, StoreError>>,
    reply: Option<oneshot::Sender<Result<T, StoreError>>>,
}

impl<T, F, A> Operation for Queued<T, F, A>
where
    T: Send,
    F: FnOnce(&WriteTx<'_>) -> Result<T, StoreError> + Send,
    A: FnOnce(&T) + Send,
{
    fn run(&mut self, tx: &WriteTx<'_>, careful: bool) -> Option<StoreError> {
        let op = self.op.take()?;
        let apart = careful || self.fate == Fate::Own;
        let result = if apart { in_savepoint(tx, op) } else { caught(tx, op) };
        let lost = match &result {
            Err(error) if error.is_disk() => Some(error.repeat()),
            Err(_) if !apart => Some(StoreError::Busy),
            Ok(_) | Err(_) => None,
        };
        self.result = Some(result);
        lost
    }

    fn answer(&mut self, failed: Option<&StoreError>) {
        let Some(reply) = self.reply.take() else { return };
        let result = match (failed, self.result.take()) {
            (None, Some(result)) => result,
            (None, None) => Err(StoreError::Stopped),
            // An operation that had failed by itself keeps its own reason.
            (Some(_), Some(Err(own))) if !own.is_disk() => Err(own),
            (Some(error), _) => Err(error.repeat()),
        };
        if let (Ok(done), Some(after)) = (&result, self.after.take()) {
            after(done);
        }
        // Whoever asked may have gone; what is stored stays stored.
        let _ = reply.send(result);
    }
}

/// An operation that fails or panics takes only its own changes with it.
fn in_savepoint<T>(tx: &WriteTx<'_>, op: impl FnOnce(&WriteTx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
    crate::sql::savepoint(tx.connection)?;
    let result = caught(tx, op);
    match &result {
        Ok(_) => crate::sql::release(tx.connection)?,
        // SQLite has rolled back everything already, savepoint included.
        Err(error) if error.is_disk() => {}
        Err(_) => {
            tx.recent.borrow_mut().forget();
            crate::sql::roll_back_to_savepoint(tx.connection)?;
        }
    }
    result
}

fn caught<T>(tx: &WriteTx<'_>, op: impl FnOnce(&WriteTx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(|| op(tx)))
        .unwrap_or_else(|_| Err(StoreError::Statement("an operation stopped unexpectedly".to_owned())))
}

struct WriterLoop {
    path: PathBuf,
    settings: Settings,
    connection: Option<Connection>,
    checkpointer: Checkpointer,
    problem: Arc<Mutex<Option<String>>>,
    /// Operations still to be kept apart, since one that shared its fate failed a short while ago.
    careful: usize,
    touched: SharedTouched,
    recent: SharedRecent,
    notes: Arc<Notes>,
}

impl WriterLoop {
    fn run(mut self, incoming: &Receiver<Box<dyn Operation>>) {
        while let Ok(first) = incoming.recv() {
            let mut group = vec![first];
            let careful = self.careful;
            let outcome = self.transaction(&mut group, incoming);
            // A mistake of one operation is no problem of the store.
            let spoiled = self.careful > careful;
            if let Err(error) = &outcome {
                tracing::error!(%error, operations = group.len(), spoiled, "a transaction was not stored");
                // After a failed write the state of the log is unknown to this connection: start from the file.
                self.connection = None;
                self.recent.borrow_mut().forget();
            }
            if !spoiled {
                self.careful = careful.saturating_sub(group.len());
                self.note(outcome.as_ref().err());
            }
            for operation in &mut group {
                operation.answer(outcome.as_ref().err());
            }
            if let Some(connection) = &self.connection {
                self.checkpointer.committed(connection);
            }
        }
    }

    fn transaction(
        &mut self,
        group: &mut Vec<Box<dyn Operation>>,
        incoming: &Receiver<Box<dyn Operation>>,
    ) -> Result<(), StoreError> {
        let connection = match self.connection.take() {
            Some(connection) => self.connection.insert(connection),
            None => self.connection.insert(connect(&self.path, &self.settings, &self.touched, &self.checkpointer)?),
        };
        crate::sql::begin(connection)?;
        *lock(&self.touched) = Touched::default();
        self.recent.borrow_mut().begin();
        let tx = WriteTx { connection, touched: &self.touched, recent: &self.recent };
        // What is waiting now and no more: whoever comes while this runs shares the next transaction. Taking them in
        // too would end with every sender waiting for one commit, and then the writer for every sender.
        group.extend(incoming.try_iter().take(GROUP - 1));
        for operation in group.iter_mut() {
            if let Some(error) = operation.run(&tx, self.careful > 0) {
                crate::sql::roll_back(connection);
                if !error.is_disk() {
                    self.careful = CAREFUL;
                }
                return Err(error);
            }
        }
        let committed = tx.forget_removed().and_then(|()| {
            self.notes.announce(&lock(&self.touched));
            crate::sql::commit(connection)
        });
        // Before anyone is answered: whoever wrote finds it when it asks.
        self.notes.settle(&lock(&self.touched));
        committed.inspect_err(|_| crate::sql::roll_back(connection))
    }

    fn note(&self, error: Option<&StoreError>) {
        let mut problem = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        if problem.is_some() && error.is_none() {
            Reserve::of(&self.path).set_aside();
        }
        *problem = error.map(ToString::to_string);
    }
}

fn connect(
    path: &std::path::Path,
    settings: &Settings,
    touched: &SharedTouched,
    checkpointer: &Checkpointer,
) -> Result<Connection, StoreError> {
    let mut connection = open_writer(path, settings)?;
    crate::sql::register(&connection)?;
    crate::sql::tell_changes(&mut connection, touched)?;
    checkpointer.watch(&mut connection)?;
    Ok(connection)
}
