//! What is asked of the columns at one moment.

use std::sync::{Arc, Mutex};
use tocsin_model::query::{Query, Term, Test};
use tocsin_model::survey::{FacetValue, Survey, SurveyField};

use super::State;
use super::bitmap::Bitmap;
use super::count;
use super::memo::Memo;
use super::notes::lock;
use super::page::{Order, Place};
use crate::survey::{SurveyRequest, facet};
use crate::table::alert_order::Cursor;
use crate::{ListPage, PageRequest, Reader, StoreError};

/// Alerts that are looked at in the database before others get their turn.
pub(super) const LOOKS: usize = 1_000;
/// Alerts looked at at a time while a page is filled.
const FIRST_LOOK: usize = 128;
const LONGEST_LOOK: usize = 2_048;
/// Beyond so many rows from the start, a page is found by finding out about all alerts first.
const FAR: u64 = 2_000;

/// A moment of the store: the columns and the database say the same.
pub(super) struct Moment<'a> {
    pub reader: &'a Reader<'a>,
    pub state: &'a State,
}

/// Whether a page lies so far from the start that whatever stands before it has to be known.
pub(super) const fn is_far(request: &PageRequest<'_>) -> bool {
    request.skip > FAR
}

impl Moment<'_> {
    /// Exactly the alerts that match.
    pub(super) fn matching(&self, query: &Query) -> Result<Bitmap, StoreError> {
        let (mut bits, open) = self.restricted(query);
        for term in open {
            let memo = self.memo(&term.test);
            let mut memo = lock(&memo);
            while memo.learn(self.reader, &self.state.table, &self.state.tried, &bits)? {}
            leave(&mut bits, memo.holds(), !term.negated);
        }
        Ok(bits)
    }

    /// Finds out a little more of what is needed for [`Self::matching`]; says whether more may be needed.
    pub(super) fn learn(&self, query: &Query) -> Result<bool, StoreError> {
        let (mut bits, open) = self.restricted(query);
        for term in open {
            let memo = self.memo(&term.test);
            let mut memo = lock(&memo);
            if memo.learn(self.reader, &self.state.table, &self.state.tried, &bits)? {
                return Ok(true);
            }
            leave(&mut bits, memo.holds(), !term.negated);
        }
        Ok(false)
    }

    /// The values of a field with how often they occur, in any order.
    pub(super) fn values(&self, query: &Query, field: SurveyField) -> Result<Vec<FacetValue>, StoreError> {
        Ok(count::values(&self.state.table, field, &self.matching(query)?))
    }

    /// The alerts that the columns do not rule out, and the terms that only the database can answer.
    fn restricted<'q>(&self, query: &'q Query) -> (Bitmap, Vec<&'q Term>) {
        let State { table, tried, terms, .. } = self.state;
        let mut bits = table.alive.clone();
        let open = query.terms.iter().filter(|term| !terms.restrict(table, tried, term, &mut bits)).collect();
        (bits, open)
    }

    fn memo(&self, test: &Test) -> Arc<Mutex<Memo>> {
        self.state.memos.of(test, &self.state.table, &self.state.tried)
    }

    /// A page; none when more than `looks` alerts would have to be looked at in the database. What was found out is
    /// remembered, so that asking again goes on from there.
    pub(super) fn page(&self, request: &PageRequest<'_>, looks: usize) -> Result<Option<ListPage>, StoreError> {
        let order = Order::of(&self.state.table, request.sort);
        let cursor = request.after.map(|after| Cursor::read(request.sort.key, after)).transpose()?;
        let after = cursor.map(|cursor| order.place_of(&cursor));
        let (skip, limit) = (size(request.skip), size(request.limit.max(1)));
        let (bits, open) = self.restricted(request.query);
        let shown = if open.is_empty() {
            order.stretch(&bits, after, skip, limit.saturating_add(1))
        } else if is_far(request) {
            order.stretch(&self.matching(request.query)?, after, skip, limit.saturating_add(1))
        } else {
            let wanted = skip.saturating_add(limit).saturating_add(1);
            let Some(mut found) = self.looked_up(&order, bits, &open, after, wanted, looks)? else { return Ok(None) };
            found.drain(..skip.min(found.len()));
            found
        };
        let more = shown.len() > limit;
        let shown = &shown[..shown.len().min(limit)];
        let next = shown.last().filter(|_| more).map(|slot| order.cursor(*slot).write(request.sort.key));
        let mut alerts = Vec::with_capacity(shown.len());
        for slot in shown {
            alerts.extend(self.reader.alert_of_row(self.state.table.row(*slot))?);
        }
        Ok(Some(ListPage { alerts, next }))
    }

    /// The first slots in order that the database says match: looked at one after the other, for a common word fills
    /// a page at once; when that would go on for long, what the index leaves.
    fn looked_up(
        &self,
        order: &Order<'_>,
        mut bits: Bitmap,
        open: &[&Term],
        mut after: Option<Place>,
        wanted: usize,
        looks: usize,
    ) -> Result<Option<Vec<usize>>, StoreError> {
        let State { table, tried, .. } = self.state;
        let memos: Vec<_> = open.iter().map(|term| (self.memo(&term.test), !term.negated)).collect();
        let (mut found, mut seen, mut look, mut looked) = (Vec::new(), 0usize, FIRST_LOOK, 0);
        while found.len() < wanted {
            let more = wanted - found.len();
            if looked > looks {
                return Ok(None);
            }
            for (memo, holds) in &memos {
                let mut memo = lock(memo);
                if memo.wants_index(more) {
                    memo.narrow(self.reader, table, tried)?;
                }
                if *holds {
                    bits.and_not(&memo.ruled_out());
                }
            }
            let mut batch = order.first(&bits, after, look);
            let Some(last) = batch.last().copied() else { break };
            after = Some(order.place(last));
            seen += batch.len();
            for (memo, holds) in &memos {
                looked += lock(memo).retain(self.reader, table, &mut batch, *holds)?;
            }
            found.extend(batch);
            // A quarter more than it takes at the rate so far.
            let enough = more.saturating_mul(seen * 5).checked_div(found.len() * 4).unwrap_or(usize::MAX);
            look = enough.clamp(FIRST_LOOK, (look * 2).min(LONGEST_LOOK));
        }
        found.truncate(wanted);
        Ok(Some(found))
    }

    pub(super) fn survey(&self, request: &SurveyRequest<'_>) -> Result<Survey, StoreError> {
        let table = &self.state.table;
        let bits = self.matching(request.query)?;
        let facets = request.fields.iter().map(|&field| {
            let without = field.left_out_of(request.query);
            let same = without.terms.len() == request.query.terms.len();
            let counts = if same {
                count::values(table, field, &bits)
            } else {
                count::values(table, field, &self.matching(&without)?)
            };
            Ok(facet(field, request.query, counts))
        });
        let facets = facets.collect::<Result<Vec<_>, StoreError>>()?;
        let bars = request.bars(|| Ok::<_, StoreError>(count::first_and_last(table, &bits)))?;
        Ok(Survey {
            count: number(bits.count()),
            unseen: number(bits.common(&table.unseen)),
            facets,
            histogram: count::histogram(table, bars, &bits),
        })
    }
}

/// Keeps what is in `holds`, or what is not.
fn leave(bits: &mut Bitmap, holds: &Bitmap, wanted: bool) {
    if wanted {
        bits.and(holds);
    } else {
        bits.and_not(holds);
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

pub(super) fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
