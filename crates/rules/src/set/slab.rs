//! Many things by number, that stay where they are: a long vector copies all of them whenever it grows, and has room for
//! twice as many.

/// So many stand side by side.
const CHUNK: usize = 1_024;

/// Things by number, from 0.
#[derive(Debug)]
pub(super) struct Slab<T>(Vec<Vec<T>>);

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Slab<T> {
    pub(super) fn push(&mut self, one: T) {
        match self.0.last_mut() {
            Some(last) if last.len() < CHUNK => last.push(one),
            last => {
                // The first one begins small: most rules that are tried out see few groups.
                let mut next = Vec::with_capacity(if last.is_some() { CHUNK } else { 1 });
                next.push(one);
                self.0.push(next);
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.last().map_or(0, |last| (self.0.len() - 1) * CHUNK + last.len())
    }

    pub(super) fn get(&self, at: usize) -> Option<&T> {
        self.0.get(at / CHUNK)?.get(at % CHUNK)
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.0.get_mut(at / CHUNK)?.get_mut(at % CHUNK)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().flatten()
    }

    /// The bytes that it has allocated.
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|chunk| chunk.capacity() * size_of::<T>()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_found_by_number() {
        let mut slab = Slab::default();
        for at in 0..3 * CHUNK + 1 {
            assert_eq!((slab.len(), slab.get_mut(at)), (at, None));
            slab.push(at);
            assert_eq!((slab.get(at).copied(), slab.get(at + 1)), (Some(at), None));
            assert_eq!(slab.get_mut(at).copied(), Some(at));
        }
        assert!(slab.iter().copied().eq(0..3 * CHUNK + 1) && slab.iter_mut().count() == slab.len());
        assert!(slab.bytes() <= 4 * CHUNK * size_of::<usize>());
    }
}
