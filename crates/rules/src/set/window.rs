//! The events that a rolling window of one group holds: small while they are few.

use std::collections::VecDeque;

use super::log::Log;
use super::told::Distinct;

/// As many numbers as fit beside the tag in the room of a vector.
const FEW: usize = 7;
/// Most values of an event in a small window of different values, which are compared each with each.
const FEW_VALUES: usize = 2;

/// Numbers of events, in order.
#[derive(Debug)]
pub(super) enum Window {
    Few {
        count: u8,
        numbers: [u32; FEW],
    },
    #[allow(clippy::box_collection, reason = "unboxed it would make every window larger, and most are small")]
    Many(Box<VecDeque<u32>>),
    Distinct(Box<Distinct>),
}

impl Default for Window {
    fn default() -> Self {
        Self::Few { count: 0, numbers: [0; FEW] }
    }
}

impl Window {
    /// Lets go of the events before `first`.
    pub(super) fn leave(&mut self, first: u32) {
        match self {
            Self::Few { count, numbers } => {
                let held = numbers.iter().take(usize::from(*count));
                let gone = held.take_while(|number| **number < first).count();
                if gone > 0 {
                    numbers.rotate_left(gone);
                    *count = count.saturating_sub(gone as u8);
                }
            }
            Self::Many(numbers) => {
                while numbers.front().is_some_and(|number| *number < first) {
                    numbers.pop_front();
                }
                if numbers.is_empty() {
                    *self = Self::default();
                }
            }
            Self::Distinct(distinct) => {
                distinct.leave(first);
                if distinct.is_empty() {
                    *self = Self::default();
                }
            }
        }
    }

    /// Takes an event in; `counted` is the field whose values are.
    pub(super) fn push(&mut self, number: u32, counted: Option<usize>, log: &Log) {
        let few_values = counted.is_none_or(|counted| log.told(counted, number).len() <= FEW_VALUES);
        match self {
            Self::Few { count, numbers } if few_values && usize::from(*count) < FEW => {
                if let Some(place) = numbers.get_mut(usize::from(*count)) {
                    *place = number;
                    *count += 1;
                }
            }
            Self::Few { count, numbers } => {
                let held = numbers.iter().copied().take(usize::from(*count)).chain([number]);
                *self = match counted {
                    None => Self::Many(Box::new(held.collect())),
                    Some(counted) => {
                        let mut distinct = Box::<Distinct>::default();
                        held.for_each(|number| distinct.push(number, counted, log));
                        Self::Distinct(distinct)
                    }
                };
            }
            Self::Many(numbers) => numbers.push_back(number),
            Self::Distinct(distinct) => {
                if let Some(counted) = counted {
                    distinct.push(number, counted, log);
                }
            }
        }
    }

    /// How many events there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few { count, .. } => usize::from(*count),
            Self::Many(numbers) => numbers.len(),
            Self::Distinct(distinct) => distinct.len(),
        }
    }

    /// How many different values they show, or `None` when those are fewer than `least`.
    pub(super) fn distinct(&self, counted: usize, least: u64, log: &Log) -> Option<u64> {
        let most = log.most(counted).min(FEW_VALUES) as u64;
        let value = match self {
            Self::Few { count, .. } if u64::from(*count) * most < least => return None,
            Self::Few { count, numbers } => {
                let held = numbers.iter().take(usize::from(*count));
                let mut seen: [Option<&super::log::Told>; FEW * FEW_VALUES] = [None; FEW * FEW_VALUES];
                let mut many = 0;
                for told in held.flat_map(|number| log.told(counted, *number)) {
                    if !seen.iter().take(many).any(|known| *known == Some(told)) {
                        seen.get_mut(many).map(|place| place.insert(told));
                        many += 1;
                    }
                }
                many as u64
            }
            Self::Many(_) => 0,
            Self::Distinct(distinct) => distinct.distinct(),
        };
        (value >= least).then_some(value)
    }

    /// The numbers of the events, in order.
    pub(super) fn numbers(&self) -> Box<dyn Iterator<Item = u32> + '_> {
        match self {
            Self::Few { count, numbers } => Box::new(numbers.iter().copied().take(usize::from(*count))),
            Self::Many(numbers) => Box::new(numbers.iter().copied()),
            Self::Distinct(distinct) => Box::new(distinct.numbers()),
        }
    }

    /// Takes as much off every number; events below are gone.
    pub(super) fn renumber(&mut self, off: u32) {
        self.leave(off);
        match self {
            Self::Few { numbers, .. } => numbers.iter_mut().for_each(|number| *number = number.saturating_sub(off)),
            Self::Many(numbers) => numbers.iter_mut().for_each(|number| *number = number.saturating_sub(off)),
            Self::Distinct(distinct) => distinct.renumber(off),
        }
    }

    /// The bytes that it has allocated.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Few { .. } => 0,
            Self::Many(numbers) => size_of::<VecDeque<u32>>() + numbers.capacity() * size_of::<u32>(),
            Self::Distinct(distinct) => distinct.bytes(),
        }
    }
}
