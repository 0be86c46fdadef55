//! Group commit: what shares a transaction stands or falls alone, and is answered when it is durable.

use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Waker};

use tocsin_model::source::SourceKind;
use tocsin_store::{Store, StoreError, WriteTx};

use crate::support::{Fixture, committed, source};

type Answer<'a> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + 'a>>;

/// Queues a write without waiting for it.
fn queue<'a>(
    store: &'a Store,
    op: impl FnOnce(&WriteTx<'_>) -> Result<(), StoreError> + Send + 'static,
) -> Result<Answer<'a>, StoreError> {
    let mut answer: Answer<'a> = Box::pin(store.write(op));
    match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Pending => Ok(answer),
        Poll::Ready(Err(error)) => Err(error),
        Poll::Ready(Ok(())) => panic!("answered although the writer is held"),
    }
}

fn wait(answer: Answer<'_>) -> Result<(), StoreError> {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(answer)
}

/// Holds the writer inside a transaction until it is let go; what is queued meanwhile shares that transaction.
fn hold(store: &Store) -> (Answer<'_>, Sender<()>) {
    let (go, gate): (Sender<()>, Receiver<()>) = channel();
    let (reached, here) = channel();
    let answer = queue(store, move |_| {
        reached.send(()).unwrap();
        // An error means that the test has failed already.
        let _ = gate.recv();
        Ok(())
    });
    here.recv().unwrap();
    (answer.unwrap(), go)
}

fn add(name: &str) -> impl FnOnce(&WriteTx<'_>) -> Result<(), StoreError> + Send + 'static {
    let new = source(name, SourceKind::CloudEvents);
    move |tx| tx.add_source(&new).map(|_| ())
}

fn names(fixture: &Fixture) -> Vec<String> {
    let sources = fixture.store.read(|reader| reader.sources()).unwrap();
    sources.into_iter().map(|record| record.source.name.to_string()).collect()
}

#[test]
fn a_failure_takes_only_its_own_changes() {
    let fixture = Fixture::new();
    let (held, go) = hold(&fixture.store);
    let before = queue(&fixture.store, add("before")).unwrap();
    let failing = queue(&fixture.store, |tx| {
        add("half-done")(tx)?;
        Err(StoreError::Conflict("the other half".to_owned()))
    });
    let between = queue(&fixture.store, add("between")).unwrap();
    let panicking = queue(&fixture.store, |tx| {
        add("half-panicked")(tx)?;
        panic!("a mistake in an operation")
    });
    let taken = queue(&fixture.store, add("BEFORE")).unwrap();
    let after = queue(&fixture.store, add("after")).unwrap();
    go.send(()).unwrap();
    assert!(wait(held).is_ok());
    assert!(wait(before).is_ok());
    assert!(matches!(wait(failing.unwrap()), Err(StoreError::Conflict(what)) if what == "the other half"));
    assert!(wait(between).is_ok());
    assert!(matches!(wait(panicking.unwrap()), Err(StoreError::Statement(why)) if why.contains("unexpectedly")));
    assert!(matches!(wait(taken), Err(StoreError::Conflict(_))), "it sees what its transaction did before");
    assert!(wait(after).is_ok());
    assert_eq!(names(&fixture), ["after", "before", "between"]);
    assert_eq!(fixture.store.problem(), None, "a mistake of one operation is no problem of the store");
}

/// [`queue`] for what shares its fate.
fn queue_shared<'a>(
    store: &'a Store,
    op: impl FnOnce(&WriteTx<'_>) -> Result<(), StoreError> + Send + 'static,
) -> Answer<'a> {
    let mut answer: Answer<'a> = Box::pin(store.write_then(op, |()| ()));
    assert!(answer.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    answer
}

#[test]
fn what_shares_its_fate_takes_others_with_it_once() {
    let fixture = Fixture::new();
    let mut outcomes = Vec::new();
    for round in ["first", "second"] {
        let (held, go) = hold(&fixture.store);
        let good = queue_shared(&fixture.store, add(round));
        let bad = queue_shared(&fixture.store, |tx| {
            add("half-done")(tx)?;
            Err(StoreError::Conflict("the other half".to_owned()))
        });
        go.send(()).unwrap();
        assert!(matches!(wait(bad), Err(StoreError::Conflict(_))), "it has its own reason");
        outcomes.push((wait(held), wait(good)));
    }
    let [first, second] = outcomes.try_into().unwrap();
    assert!(matches!(first, (Ok(()), Err(StoreError::Busy))), "the one before had a transaction of its own: {first:?}");
    assert!(matches!(second, (Ok(()), Ok(()))), "after a failure each stands alone: {second:?}");
    assert_eq!(names(&fixture), ["second"]);
    assert_eq!(fixture.store.problem(), None, "a mistake of one operation is no problem of the store");
}

#[test]
fn what_is_queued_meanwhile_shares_one_transaction() {
    let fixture = Fixture::new();
    let dir = fixture.dir.path().to_owned();
    let (held, go) = hold(&fixture.store);
    let first = queue(&fixture.store, add("first")).unwrap();
    let second = queue(&fixture.store, move |tx| {
        assert!(tx.reader().source("first")?.is_some(), "the transaction sees its own writes");
        assert_eq!(committed(&dir, "sources"), 0, "nobody else sees them before the commit");
        Ok(())
    });
    go.send(()).unwrap();
    for answer in [held, first, second.unwrap()] {
        wait(answer).unwrap();
    }
    assert_eq!(names(&fixture), ["first"]);
}

#[test]
fn answers_come_after_the_commit() {
    let fixture = Fixture::new();
    let dir = fixture.dir.path().to_owned();
    let (seen, told) = channel();
    let write = fixture.store.write_then(add("one"), move |()| seen.send(committed(&dir, "sources")).unwrap());
    wait(Box::pin(write)).unwrap();
    assert_eq!(told.recv().unwrap(), 1, "what is done after a write runs when others see it");
    assert_eq!(committed(fixture.dir.path(), "sources"), 1);
}

#[test]
fn what_is_done_after_a_write_is_not_done_when_it_failed() {
    let fixture = Fixture::new();
    let (seen, told) = channel::<()>();
    let write = fixture
        .store
        .write_then(|_| Err(StoreError::Conflict("nothing".to_owned())), move |(): &()| seen.send(()).unwrap());
    assert!(wait(Box::pin(write)).is_err());
    assert!(told.recv().is_err(), "dropped without having been called");
}

#[test]
fn a_full_queue_says_so_and_loses_nothing_it_took() {
    let fixture = Fixture::new();
    let (held, go) = hold(&fixture.store);
    let mut waiting = Vec::new();
    let refused = loop {
        assert!(waiting.len() < 1_000_000, "the queue has no end");
        match queue(&fixture.store, add(&format!("s{}", waiting.len()))) {
            Ok(answer) => waiting.push(answer),
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, StoreError::Overloaded), "{refused}");
    assert!(refused.to_string().contains("try again"), "{refused}");
    go.send(()).unwrap();
    wait(held).unwrap();
    let taken = waiting.len();
    for answer in waiting {
        wait(answer).unwrap();
    }
    assert_eq!(names(&fixture).len(), taken);
    wait(Box::pin(fixture.store.write(add("later")))).unwrap();
}

#[test]
fn closing_the_store_finishes_what_is_queued_even_when_nobody_waits() {
    let Fixture { store, dir } = Fixture::new();
    let (held, go) = hold(&store);
    for n in 0..50 {
        // The answer is dropped: whoever asked has gone.
        drop(queue(&store, add(&format!("s{n}"))).unwrap());
    }
    drop(held);
    assert_eq!(committed(dir.path(), "sources"), 0);
    go.send(()).unwrap();
    drop(store);
    assert_eq!(committed(dir.path(), "sources"), 50);
}
