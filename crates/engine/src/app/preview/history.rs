//! Stored events in columns: read when somebody first asks, then as far as the log has grown.

use std::collections::BTreeSet;

use tocsin_model::field::Field;
use tocsin_rules::{Columns, Gaps};
use tocsin_store::{LogPlace, Reader, StoreError};

use super::loading::{Sink, read};
use crate::evaluate::names::Names;

/// Whose events are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Holds {
    #[default]
    Nothing,
    /// Made-up ones, because there is nothing else.
    Demo,
    /// Those of real sources alone.
    Real,
}

/// The columns of what is stored. An error while they are brought up to date leaves them unfit: they are to be dropped.
#[derive(Debug)]
pub(super) struct History {
    pub(super) columns: Columns,
    holds: Holds,
    /// How many events have a field that cannot be read; none: that was not asked from the start.
    marked: Option<u64>,
    place: LogPlace,
    names: Names,
    /// When nobody listened.
    pub(super) gaps: Gaps,
    /// What tells whether anything that was read has been removed since.
    removals: i64,
    first_seq: Option<i64>,
    /// Changes whenever the events do.
    pub(super) changes: u64,
}

impl Default for History {
    fn default() -> Self {
        Self {
            columns: Columns::new([]),
            holds: Holds::default(),
            marked: None,
            place: LogPlace::default(),
            names: Names::default(),
            gaps: Gaps::default(),
            removals: 0,
            first_seq: None,
            changes: 0,
        }
    }
}

impl History {
    /// Whether the events are made up.
    pub(super) fn is_demo(&self) -> bool {
        self.holds == Holds::Demo
    }

    /// When they are read: whether to find out how many events are marked on the way, which spares a look of its own.
    pub(super) fn count_marks(&mut self) {
        if self.place == LogPlace::default() {
            self.marked = Some(0);
        }
    }

    /// Brings them up to what the reader sees, with these fields at least. What was removed makes them be read anew.
    pub(super) fn follow(&mut self, reader: &Reader<'_>, fields: &BTreeSet<Field>) -> Result<(), StoreError> {
        let names = Names::read(reader)?;
        let removals = reader.removals()?;
        let is_cut = self.first_seq.map_or(Ok(false), |seq| reader.has_event_at(seq).map(|is_there| !is_there))?;
        let is_renamed = !self.names.are_kept_by(&names);
        if is_cut || is_renamed || removals != self.removals {
            self.clear();
        }
        let gaps = Gaps::new(reader.gaps()?);
        self.changes += u64::from(gaps != self.gaps);
        (self.names, self.removals, self.gaps) = (names, removals, gaps);
        if self.place == LogPlace::default() {
            self.columns = Columns::new(self.columns.fields().into_iter().chain(fields.iter().cloned()));
        }
        self.extend(reader)?;
        self.widen(reader, fields)
    }

    /// How many events have a field that cannot be read; [`Self::follow`] was asked before.
    pub(super) fn marked(&mut self, reader: &Reader<'_>) -> Result<u64, StoreError> {
        if let Some(marked) = self.marked {
            return Ok(marked);
        }
        let mut nothing = More { columns: Columns::new([]), demo: self.is_demo(), names: &self.names };
        read(reader, LogPlace::default(), self.place, &self.names, true, &mut nothing)
    }

    fn clear(&mut self) {
        self.columns = Columns::new(self.columns.fields());
        self.holds = Holds::Nothing;
        self.marked = self.marked.map(|_| 0);
        self.place = LogPlace::default();
        self.first_seq = None;
        self.changes += 1;
    }

    /// Takes in what came since.
    fn extend(&mut self, reader: &Reader<'_>) -> Result<(), StoreError> {
        let (after, until) = (self.place, reader.log_end()?);
        if after.reaches(until) {
            return Ok(());
        }
        let mut names = std::mem::take(&mut self.names);
        names.look_at(&self.columns.fields());
        let marks = self.marked.is_some();
        let marked = read(reader, after, until, &names, marks, &mut All { history: self, names: &names })?;
        self.marked = self.marked.map(|before| before + marked);
        (self.names, self.place) = (names, until);
        self.columns.settle();
        if after == LogPlace::default() {
            self.columns.shrink();
        }
        Ok(())
    }

    /// Reads the fields that are missing, of the same events.
    fn widen(&mut self, reader: &Reader<'_>, fields: &BTreeSet<Field>) -> Result<(), StoreError> {
        let missing: BTreeSet<Field> = fields.difference(&self.columns.fields()).cloned().collect();
        if missing.is_empty() {
            return Ok(());
        }
        self.names.look_at(&missing);
        let mut more = More { columns: Columns::new(missing), demo: self.is_demo(), names: &self.names };
        read(reader, LogPlace::default(), self.place, &self.names, false, &mut more)?;
        let mut more = more.columns;
        more.settle();
        more.shrink();
        if self.columns.join(more).is_err() {
            // Not the same events after all: read them all at once.
            let all: BTreeSet<Field> = self.columns.fields().union(fields).cloned().collect();
            self.clear();
            self.columns = Columns::new(all);
            self.extend(reader)?;
        }
        Ok(())
    }
}

/// Everything that came since.
struct All<'a> {
    history: &'a mut History,
    names: &'a Names,
}

impl Sink for All<'_> {
    fn wants(&mut self, source: i64, seq: Option<i64>) -> bool {
        let history = &mut *self.history;
        history.first_seq = history.first_seq.or(seq);
        let next = if self.names.is_demo(source) { Holds::Demo } else { Holds::Real };
        match (history.holds, next) {
            (Holds::Real, Holds::Demo) => return false,
            // From the first real one on, made-up ones say nothing any more.
            (Holds::Demo, Holds::Real) => {
                history.columns = Columns::new(history.columns.fields());
                history.marked = None;
            }
            (Holds::Nothing | Holds::Real, _) | (Holds::Demo, Holds::Demo | Holds::Nothing) => {}
        }
        history.holds = next;
        history.changes += 1;
        true
    }

    fn columns(&mut self) -> &mut Columns {
        &mut self.history.columns
    }
}

/// Further fields of the same events.
struct More<'a> {
    columns: Columns,
    demo: bool,
    names: &'a Names,
}

impl Sink for More<'_> {
    fn wants(&mut self, source: i64, _: Option<i64>) -> bool {
        self.names.is_demo(source) == self.demo
    }

    fn columns(&mut self) -> &mut Columns {
        &mut self.columns
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::net::SocketAddr;

    use tocsin_model::field::FIELDS;
    use tocsin_model::source::SourceKind;

    use super::*;
    use crate::app::ingest::IngestFile;
    use crate::app::{App, SourceSpec};
    use crate::config::Config;
    use crate::evaluate::log::each;

    /// Events of a feed, some of them unusual.
    const LINES: &str = r#"
        {"id":"1","time":"2026-03-01T10:00:00Z","kind":"generic","fields":{"username":"Ana","latency_ms":1.50,"apps":["a","B","a"]}}
        {"id":"2","time":"2026-03-01T10:00:01Z","kind":"generic","fields":{"username":"ana","latency_ms":"2","apps":"a"}}
        {"id":"3","time":"2026-03-01T10:00:02Z","kind":"generic","fields":{"user\u006eame":"bo","latency_ms":true,"apps":[]}}
        {"id":"4","time":"2026-03-01T10:00:03Z","kind":"generic","fields":{"username":"bo","username":"twice","source":"said"}}
        {"id":"5","time":"2026-03-01T10:00:04Z","kind":"alert","fields":{"username":["x","y"],"client_ip":"10.0.0.1","severity":null}}
        {"id":"6","time":"2026-03-01T10:00:05Z","kind":"dlp.transaction","fields":{"username":{"a":1},"severity":"high","attr:x.y":5}}
        {"id":"8","time":"2026-03-01T10:00:07Z","kind":"generic","fields":{"apps":["a",1],"hostname":"ok.example"}}
        {"id":"9","time":"2026-03-01T10:00:08Z","kind":"generic","fields":{"apps":["a",null,"b","A","a"],"client_ip":"no address"}}
        {"id":"10","time":"2026-03-01T10:00:09Z","kind":"alert","fields":{"client_ip":["no","10.0.0.1","10.0.0.2"],"hostname":[]}}
        {"id":"11","time":"2026-03-01T10:00:10Z","kind":"generic","fields":{"attr:x.y":["a","b"],"attr:z":{}}}
        {"id":"12","time":"2026-03-01T10:00:11Z","kind":"generic","fields":{"attr:z":1e400,"apps":[["b"],"a"]}}
        {"id":"7","time":"2026-03-01T10:00:06Z","kind":"api.request"}"#;

    fn app(dir: &tempfile::TempDir) -> App {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        App::open(Config { data_dir: dir.path().to_owned(), listen, desktop_notifications: false }).unwrap()
    }

    fn fields(with_paths: bool) -> BTreeSet<Field> {
        let path = with_paths.then(|| Field::named("attr:x.y").unwrap());
        FIELDS.iter().map(Field::Known).chain(path).collect()
    }

    /// What events say of these fields, read one by one as the evaluator does.
    fn plainly(reader: &Reader<'_>, fields: &BTreeSet<Field>, demo: bool) -> (Columns, u64) {
        let (mut names, mut columns) = (Names::read(reader).unwrap(), Columns::new(fields.iter().cloned()));
        let mut marked = 0;
        names.look_at(fields);
        each(reader, LogPlace::default(), reader.log_end().unwrap(), &names, |entry| {
            if names.is_demo(entry.source) == demo {
                columns.append(&entry.event);
                marked += u64::from(!entry.event.unreadable.is_empty());
            }
        })
        .unwrap();
        (columns, marked)
    }

    fn same(app: &App, with_paths: bool) -> usize {
        let fields = fields(with_paths);
        let mut history = History::default();
        let found = app.store.read(|reader| {
            // In two passes, the second for all but one field.
            history.follow(reader, &fields.iter().take(1).cloned().collect())?;
            history.follow(reader, &fields)?;
            Ok(plainly(reader, &fields, history.is_demo()))
        });
        let (expected, marked) = found.unwrap();
        assert_eq!(app.store.read(|reader| history.marked(reader)).unwrap(), marked);
        let mut counting = History::default();
        counting.count_marks();
        let counted = app.store.read(|reader| {
            counting.follow(reader, &fields.iter().skip(2).take(3).cloned().collect())?;
            counting.marked(reader)
        });
        assert_eq!(counted.unwrap(), marked);
        let mut filled = 0;
        for field in &fields {
            let values = expected.values_of(field, "", usize::MAX);
            assert_eq!(history.columns.values_of(field, "", usize::MAX), values, "{field}");
            filled += usize::from(values.is_some_and(|values| !values.is_empty()));
        }
        // The same ids at the same times, too.
        let (count, mut other) = (history.columns.len(), Columns::new([]));
        std::mem::swap(&mut other, &mut history.columns);
        assert_eq!(other.join(expected), Ok(()));
        assert!(count > 0);
        filled
    }

    #[test]
    fn columns_are_filled_with_what_events_say() {
        let dir = tempfile::tempdir().unwrap();
        let app = app(&dir);
        app.load_demo().unwrap();
        assert!(same(&app, false) >= 9, "alerts say little");
        same(&app, true);
        let (kind, name) = (SourceKind::CloudEvents, "edge".parse().unwrap());
        let spec = SourceSpec { kind, name, sign_in: None, username: None, secret: None, origins: Vec::new() };
        app.add_source(spec).unwrap();
        app.ingest("edge", IngestFile { name: "events".to_owned(), bytes: LINES.trim().into() }).unwrap();
        let long = "long ".repeat(100);
        let line = format!(
            r#"{{"id":"13","time":"2026-03-01T10:00:12Z","kind":"generic","fields":{{"username":"{long}","apps":["{long}","b"]}}}}"#
        );
        app.ingest("edge", IngestFile { name: "events".to_owned(), bytes: line.into() }).unwrap();
        assert!(same(&app, false) >= 5, "events say little");
        same(&app, true);
    }
}
