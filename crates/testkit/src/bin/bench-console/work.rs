//! What a person does at the window, again and again.

use std::time::Instant;

use anyhow::{Result, ensure};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tocsin_model::query::Query;
use tocsin_model::survey::SurveyField;
use tocsin_model::time::Timestamp;
use tocsin_store::{AlertSort, PageRequest, SortDirection, SortKey, Store, SurveyRequest};
use tocsin_testkit::many::{RARE_WORD, WORD_OF_ALL, WORD_OF_SOME};

use crate::Options;
use crate::report::Report;

/// Requests of one kind, and of plain SQL beside them.
const REQUESTS: usize = 200;
const PEER_REQUESTS: usize = 3;
/// Searches of one word: each is written differently, so that nothing is remembered of the one before.
const SEARCHES: usize = 24;
/// In a store with more alerts plain SQL takes minutes for what columns do in a blink: it then counts what the filters
/// and words come to, and lists one page of each kind, no more.
const SQL_ALERTS: u64 = 200_000;
const PAGE: u64 = 50;

/// Limits in milliseconds.
const PAGE_LIMIT: f64 = 10.0;
const SEARCH_LIMIT: f64 = 100.0;
const FACETS_LIMIT: f64 = 10.0;

/// Filters as people use them.
const FILTERS: [&str; 6] = [
    "",
    "-status:closed",
    "severity:>=high -status:closed",
    "category:\"API anomaly\",\"Rate limit\" time:2026-02-01..2026-02-20",
    "user:user0001* severity:high",
    "ip:10.3.0.0/16 source:edge*",
];
const FACETS: [&str; 6] = ["severity", "status", "source", "category", "alertType", "tactic"];

pub struct Bench {
    store: Store,
    now: Timestamp,
    random: StdRng,
    /// Whether SQL does all that the columns do.
    whole: bool,
    /// Only what has this in its name.
    only: Option<String>,
}

impl Bench {
    pub fn new(store: Store, now: Timestamp, seed: u64, options: &Options) -> Self {
        let (random, whole) = (StdRng::seed_from_u64(seed), options.alerts <= SQL_ALERTS);
        Self { store, now, random, whole, only: options.only.clone() }
    }

    fn is_left_out(&self, name: &str) -> bool {
        self.only.as_deref().is_some_and(|part| !name.contains(part))
    }

    const fn peers(&self) -> usize {
        if self.whole { PEER_REQUESTS } else { 1 }
    }

    pub fn run(mut self, report: &mut Report) -> Result<()> {
        if self.only.is_none() {
            self.same_counts()?;
            println!("      columns and SQL count the same\n");
        }
        let sort = |key, direction| AlertSort { key, direction };
        let newest = sort(SortKey::Time, SortDirection::Descending);
        let worst = sort(SortKey::Severity, SortDirection::Descending);
        self.pages(report, "page by time", "", newest, false)?;
        self.pages(report, "page by severity", "", worst, false)?;
        self.pages(report, "page by title", "", sort(SortKey::Title, SortDirection::Ascending), false)?;
        self.pages(
            report,
            "page by category, filter",
            FILTERS[2],
            sort(SortKey::Category, SortDirection::Ascending),
            false,
        )?;
        self.pages(report, "page by time, filter", FILTERS[2], newest, false)?;
        self.pages(report, "page by time, address filter", FILTERS[5], newest, false)?;
        self.pages(report, "page by time, deep in the list", "", newest, true)?;
        self.pages(report, "page by severity, deep in the list", "", worst, true)?;
        self.pages(report, "page by time, filter, deep in the list", FILTERS[1], newest, true)?;
        self.jumps(report, newest)?;
        for (name, word) in [
            ("search: a rare word", RARE_WORD),
            ("search: a word of one alert in twenty", WORD_OF_SOME),
            ("search: a word of every alert", WORD_OF_ALL),
            ("search: the start of a rare word", &RARE_WORD[..4]),
            ("search: a word that nobody says", "xylophone"),
        ] {
            self.search(report, name, word)?;
        }
        for filter in FILTERS {
            self.facets(report, &format!("facets and bars of “{filter}”"), |_| filter.to_owned())?;
        }
        self.facets(report, "facets and bars of a user not asked for before", |turn| {
            format!("user:user{turn:04}* severity:high,critical")
        })?;
        self.facets(report, "facets and bars of a network not asked for before", |turn| {
            format!("ip:10.{}.{}.0/20 -status:closed", turn % 7, turn / 7 % 40 * 4)
        })?;
        self.facets(report, "facets and bars of days not asked for before", |turn| {
            format!("time:2026-01-{:02}..2026-02-{:02} -category:*{turn}*", turn % 28 + 1, turn / 8 + 1)
        })?;
        self.text_facets(report)
    }

    fn count(&self, query: &Query) -> Result<u64> {
        Ok(self.store.count(query, u64::MAX)?)
    }

    fn query(&self, text: &str) -> Result<Query> {
        Ok(Query::parse(text, self.now)?)
    }

    /// That columns and rows come to the same.
    fn same_counts(&self) -> Result<()> {
        let fields: Vec<SurveyField> = FACETS.into_iter().filter_map(SurveyField::parse).collect();
        let words = [RARE_WORD, WORD_OF_SOME].map(str::to_owned);
        for text in FILTERS.map(str::to_owned).iter().chain(&words) {
            let query = self.query(text)?;
            if !self.whole {
                let (ours, theirs) =
                    (self.count(&query)?, self.store.read(|reader| reader.count_alerts(&query, u64::MAX))?);
                ensure!(ours == theirs, "“{text}” comes to {ours} by columns and {theirs} by SQL");
                continue;
            }
            let request =
                SurveyRequest { query: &query, from: None, to: None, buckets: 120, fields: &fields, now: self.now };
            let ours = self.store.survey(&request)?;
            let theirs = self.store.read(|reader| reader.survey(&request))?;
            ensure!(ours == theirs, "“{text}” comes to {} by columns and {} by SQL", ours.count, theirs.count);
        }
        Ok(())
    }

    fn pages(&mut self, report: &mut Report, name: &str, text: &str, sort: AlertSort, deep: bool) -> Result<()> {
        if self.is_left_out(name) {
            return Ok(());
        }
        let query = self.query(text)?;
        let count = self.count(&query)?;
        let (mut ours, mut peer) = (Vec::new(), Vec::new());
        for turn in 0..REQUESTS {
            let after = if deep { self.cursor(&query, sort, count)? } else { None };
            let request = PageRequest { query: &query, sort, after: after.as_deref(), skip: 0, limit: PAGE };
            let (found, time) = timed(|| self.store.list(&request))?;
            ours.push(time);
            if turn < self.peers() {
                let (rows, time) = timed(|| self.store.read(|reader| reader.alerts(&request)))?;
                peer.push(time);
                ensure!(rows.alerts == found.alerts && rows.next == found.next, "{name}: the pages differ");
            }
        }
        report.times(name, &mut ours, &mut peer, PAGE_LIMIT);
        Ok(())
    }

    /// A place anywhere in the list.
    fn cursor(&mut self, query: &Query, sort: AlertSort, count: u64) -> Result<Option<String>> {
        let skip = self.random.random_range(0..count.saturating_sub(PAGE).max(1));
        Ok(self.store.list(&PageRequest { query, sort, after: None, skip, limit: 1 })?.next)
    }

    /// The scroll bar is dragged somewhere: a page so many rows from the start.
    fn jumps(&mut self, report: &mut Report, sort: AlertSort) -> Result<()> {
        let name = "page by time, so many rows from the start";
        if self.is_left_out(name) {
            return Ok(());
        }
        let query = self.query("")?;
        let count = self.count(&query)?;
        let (mut ours, mut peer) = (Vec::new(), Vec::new());
        for turn in 0..REQUESTS {
            let skip = self.random.random_range(0..count.saturating_sub(PAGE).max(1));
            let request = PageRequest { query: &query, sort, after: None, skip, limit: PAGE };
            let (found, time) = timed(|| self.store.list(&request))?;
            ours.push(time);
            if turn < self.peers() {
                let (rows, time) = timed(|| self.store.read(|reader| reader.alerts(&request)))?;
                peer.push(time);
                ensure!(rows.alerts == found.alerts, "the pages of a jump differ");
            }
        }
        report.times(name, &mut ours, &mut peer, PAGE_LIMIT);
        Ok(())
    }

    fn search(&self, report: &mut Report, name: &str, word: &str) -> Result<()> {
        if self.is_left_out(name) {
            return Ok(());
        }
        let sort = AlertSort { key: SortKey::Time, direction: SortDirection::Descending };
        let (mut ours, mut peer) = (Vec::new(), Vec::new());
        for turn in 0..SEARCHES {
            let query = self.query(&spelt(word, turn))?;
            let request = PageRequest { query: &query, sort, after: None, skip: 0, limit: PAGE };
            let (found, time) = timed(|| self.store.list(&request))?;
            ours.push(time);
            if turn == 0 {
                let (rows, time) = timed(|| self.store.read(|reader| reader.alerts(&request)))?;
                peer.push(time);
                ensure!(rows.alerts == found.alerts, "{name}: the results differ");
            }
        }
        report.times(name, &mut ours, &mut peer, SEARCH_LIMIT);
        Ok(())
    }

    /// Facets of a filter, or of filters that are each written for one request, so that nothing of them is known.
    fn facets(&self, report: &mut Report, name: &str, text: impl Fn(usize) -> String) -> Result<()> {
        if self.is_left_out(name) {
            return Ok(());
        }
        let fields: Vec<SurveyField> = FACETS.into_iter().filter_map(SurveyField::parse).collect();
        let (mut ours, mut peer) = (Vec::new(), Vec::new());
        // Once to load the lists of values that it asks for, which is done once.
        self.count(&self.query(&text(REQUESTS))?)?;
        for turn in 0..REQUESTS {
            let query = self.query(&text(turn))?;
            let request =
                SurveyRequest { query: &query, from: None, to: None, buckets: 120, fields: &fields, now: self.now };
            ours.push(timed(|| self.store.survey(&request))?.1);
            if turn == 0 && self.whole {
                peer.push(timed(|| self.store.read(|reader| reader.survey(&request)))?.1);
            }
        }
        report.times(name, &mut ours, &mut peer, FACETS_LIMIT);
        Ok(())
    }

    /// Counting what a text search finds looks at every alert that may say it: told, not owed.
    fn text_facets(&self, report: &mut Report) -> Result<()> {
        let fields: Vec<SurveyField> = FACETS.into_iter().filter_map(SurveyField::parse).collect();
        for word in [RARE_WORD, WORD_OF_SOME, WORD_OF_ALL] {
            if self.is_left_out("facets of a word") {
                return Ok(());
            }
            // Spelt as no search before.
            let query = self.query(&spelt(word, SEARCHES + 5))?;
            let request =
                SurveyRequest { query: &query, from: None, to: None, buckets: 120, fields: &fields, now: self.now };
            let (_, first) = timed(|| self.store.survey(&request))?;
            let (_, again) = timed(|| self.store.survey(&request))?;
            report.fact(&format!("facets of “{word}”, first time"), first);
            report.fact(&format!("facets of “{word}”, again"), again);
        }
        Ok(())
    }
}

/// The word with other letters in capitals each time.
fn spelt(word: &str, turn: usize) -> String {
    let letter = |(place, letter): (usize, char)| {
        if turn >> place & 1 == 1 { letter.to_ascii_uppercase() } else { letter }
    };
    word.chars().enumerate().map(letter).collect()
}

fn timed<T, E>(op: impl FnOnce() -> Result<T, E>) -> Result<(T, f64), E> {
    let start = Instant::now();
    let done = op()?;
    Ok((done, start.elapsed().as_secs_f64() * 1_000.0))
}
