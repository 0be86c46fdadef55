//! Sign-in of senders: slow hashes at rest, and a memory that makes a flood cheap.
//!
//! What was presented is never kept, only a keyed hash of it, under a key that this process makes up and forgets.
//! The verifier is part of what is hashed, so a new password ends the memory of the old one at once.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use subtle::{Choice, ConstantTimeEq};
use tocsin_model::source::SourceName;
use tocsin_model::time::Timestamp;
use tokio::sync::Semaphore;

use super::auth::{random, verify};
use super::limits::{FAILURE_WINDOW_MS, FAILURES};
use super::route::Route;

/// What a sender presented. Without `Debug`, so that it reaches no log.
pub(super) struct Presented {
    /// Of Basic sign-in.
    pub(super) username: Option<Vec<u8>>,
    pub(super) secret: Vec<u8>,
}

/// What comes of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Passed,
    Wrong,
    /// Wrong, and too often so; the next try is looked at in so many seconds.
    Limited {
        seconds: u64,
    },
}

type Digest = [u8; 32];

/// Right credentials remembered for each source: a new password and the old one beside it, and a spare.
const RIGHT_ONES: usize = 4;
/// Wrong credentials remembered in all.
const WRONG_ONES: usize = 4_096;
/// Addresses and sources whose failures are counted.
const COUNTERS: usize = 10_000;

/// The memory of one listener.
pub(super) struct SignIn {
    key: Digest,
    memory: Mutex<Memory>,
    /// One hash at a time for senders in good standing, and one for those over the limit: guessing takes a core at
    /// most and does not stand in the way of others, and right credentials always pass when their turn comes.
    lane: Semaphore,
    limited_lane: Semaphore,
    #[cfg(test)]
    hashes: std::sync::atomic::AtomicUsize,
}

#[derive(Default)]
struct Memory {
    right: HashMap<SourceName, VecDeque<Digest>>,
    wrong: HashSet<Digest>,
    wrong_order: VecDeque<Digest>,
    failures: HashMap<(IpAddr, SourceName), VecDeque<Timestamp>>,
}

impl SignIn {
    pub(super) fn new() -> Self {
        // Without the system's randomness the hashes stay private to this process all the same.
        let key = random::<32>().unwrap_or_else(|_| blake3::hash(&std::process::id().to_le_bytes()).into());
        Self {
            key,
            memory: Mutex::default(),
            lane: Semaphore::new(1),
            limited_lane: Semaphore::new(1),
            #[cfg(test)]
            hashes: std::sync::atomic::AtomicUsize::new(0),
        }
    }

    /// Whether `presented` may deliver to `route`.
    pub(super) async fn check(&self, route: &Route, peer: IpAddr, presented: &Presented, now: Timestamp) -> Verdict {
        let digest = self.digest(route, presented);
        let counter = (network(peer), route.name.clone());
        let known = self.memory().recall(&route.name, &digest);
        let right = match known {
            Some(right) => right,
            None => {
                let limited = self.memory().limited(&counter, now).is_some();
                let lane = if limited { &self.limited_lane } else { &self.lane };
                let _turn = lane.acquire().await;
                // While this one waited, another may have brought the same.
                let known = self.memory().recall(&route.name, &digest);
                match known {
                    Some(right) => right,
                    None => {
                        let right = self.hash(route, presented).await;
                        self.memory().remember(&route.name, digest, right);
                        right
                    }
                }
            }
        };
        if right { Verdict::Passed } else { self.memory().failed(counter, now) }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // Nothing in it can be left half done by a panic.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn digest(&self, route: &Route, presented: &Presented) -> Digest {
        let mut hash = blake3::Hasher::new_keyed(&self.key);
        let expected = route.username.as_deref().unwrap_or_default().as_bytes();
        let username = presented.username.as_deref().unwrap_or_default();
        for part in [route.name.as_str().as_bytes(), route.verifier.as_bytes(), expected, username, &presented.secret] {
            hash.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
        hash.finalize().into()
    }

    /// The slow way. The user name is wrong only after the password was looked at, so time tells nothing.
    async fn hash(&self, route: &Route, presented: &Presented) -> bool {
        #[cfg(test)]
        self.hashes.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let (verifier, secret) = (route.verifier.clone(), presented.secret.clone());
        let secret_right = tokio::task::spawn_blocking(move || verify(&verifier, &secret)).await.unwrap_or(false);
        let name_right = match (&route.username, &presented.username) {
            (Some(expected), Some(given)) => self.blind(expected.as_bytes()).ct_eq(&self.blind(given)),
            (Some(_), None) => Choice::from(0),
            (None, _) => Choice::from(1),
        };
        (Choice::from(u8::from(secret_right)) & name_right).into()
    }

    /// Equal lengths for a comparison that takes equal time.
    fn blind(&self, text: &[u8]) -> Digest {
        blake3::keyed_hash(&self.key, text).into()
    }
}

impl Memory {
    fn recall(&self, source: &SourceName, digest: &Digest) -> Option<bool> {
        let right = self.right.get(source).into_iter().flatten();
        let found = right.fold(Choice::from(0), |found, known| found | known.ct_eq(digest));
        if bool::from(found) {
            return Some(true);
        }
        // Under a key nobody knows, the time of this search tells nothing.
        self.wrong.contains(digest).then_some(false)
    }

    fn remember(&mut self, source: &SourceName, digest: Digest, right: bool) {
        if right {
            let known = self.right.entry(source.clone()).or_default();
            known.push_front(digest);
            known.truncate(RIGHT_ONES);
        } else if self.wrong.insert(digest) {
            self.wrong_order.push_back(digest);
            if self.wrong_order.len() > WRONG_ONES
                && let Some(oldest) = self.wrong_order.pop_front()
            {
                self.wrong.remove(&oldest);
            }
        }
    }

    /// Seconds until the next wrong credentials get 401 again; `None` below the limit.
    fn limited(&mut self, counter: &(IpAddr, SourceName), now: Timestamp) -> Option<u64> {
        let times = self.failures.get_mut(counter)?;
        times.retain(|at| (0..FAILURE_WINDOW_MS).contains(&(now.millis() - at.millis())));
        if times.len() < FAILURES {
            return None;
        }
        let wait = times.front()?.millis() + FAILURE_WINDOW_MS - now.millis();
        Some(u64::try_from(wait).unwrap_or(0).div_ceil(1_000).max(1))
    }

    fn failed(&mut self, counter: (IpAddr, SourceName), now: Timestamp) -> Verdict {
        if let Some(seconds) = self.limited(&counter, now) {
            return Verdict::Limited { seconds };
        }
        if self.failures.len() >= COUNTERS && !self.failures.contains_key(&counter) {
            self.failures.retain(|_, times| {
                times.back().is_some_and(|at| (0..FAILURE_WINDOW_MS).contains(&(now.millis() - at.millis())))
            });
            if self.failures.len() >= COUNTERS
                && let Some(any) = self.failures.keys().next().cloned()
            {
                self.failures.remove(&any);
            }
        }
        self.failures.entry(counter).or_default().push_back(now);
        Verdict::Wrong
    }
}

/// The address, or of IPv6 the network of one subscriber, who has 2^64 addresses to choose from.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(ip) => ip.into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::super::auth::make_verifier;
    use super::*;
    use std::sync::atomic::Ordering;
    use tocsin_model::source::{SignInKind, SourceKind};

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn route(secret: &str) -> Route {
        Route {
            name: "csa".parse().unwrap(),
            kind: SourceKind::SecureAccess,
            sign_in: SignInKind::Basic,
            username: Some("push".into()),
            verifier: make_verifier(secret).unwrap(),
            origins: vec![],
        }
    }

    fn basic(username: &str, secret: &str) -> Presented {
        Presented { username: Some(username.into()), secret: secret.into() }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_772_611_960_000 + seconds * 1_000)
    }

    impl SignIn {
        fn hashes(&self) -> usize {
            self.hashes.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn a_flood_costs_no_hash_each() {
        let (sign_in, route) = (SignIn::new(), route("right"));
        for _ in 0..500 {
            assert_eq!(sign_in.check(&route, HERE, &basic("push", "right"), at(0)).await, Verdict::Passed);
        }
        assert_eq!(sign_in.hashes(), 1);
        for _ in 0..500 {
            assert_ne!(sign_in.check(&route, HERE, &basic("push", "wrong"), at(0)).await, Verdict::Passed);
        }
        assert_eq!(sign_in.hashes(), 2);
    }

    #[tokio::test]
    async fn many_at_once_share_one_hash() {
        let sign_in = std::sync::Arc::new(SignIn::new());
        let route = std::sync::Arc::new(route("right"));
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..64 {
            let (sign_in, route) = (sign_in.clone(), route.clone());
            all.spawn(async move { sign_in.check(&route, HERE, &basic("push", "right"), at(0)).await });
        }
        assert!(all.join_all().await.into_iter().all(|verdict| verdict == Verdict::Passed));
        assert_eq!(sign_in.hashes(), 1);
    }

    #[tokio::test]
    async fn ten_failures_a_minute_and_right_ones_always_pass() {
        let (sign_in, route) = (SignIn::new(), route("right"));
        for failure in 0..10 {
            assert_eq!(sign_in.check(&route, HERE, &basic("push", "wrong"), at(failure)).await, Verdict::Wrong);
        }
        let wrong = basic("push", "wrong");
        assert_eq!(sign_in.check(&route, HERE, &wrong, at(10)).await, Verdict::Limited { seconds: 50 });
        assert_eq!(
            sign_in.check(&route, HERE, &basic("push", "other"), at(10)).await,
            Verdict::Limited { seconds: 50 }
        );
        assert_eq!(sign_in.check(&route, HERE, &basic("push", "right"), at(10)).await, Verdict::Passed);
        assert_eq!(sign_in.check(&route, "192.0.2.1".parse().unwrap(), &wrong, at(10)).await, Verdict::Wrong);
        let elsewhere = Route { name: "csa2".parse().unwrap(), ..route.clone() };
        assert_eq!(sign_in.check(&elsewhere, HERE, &wrong, at(10)).await, Verdict::Wrong);
        assert_eq!(sign_in.check(&route, HERE, &wrong, at(60)).await, Verdict::Wrong);
        assert_eq!(sign_in.check(&route, HERE, &wrong, at(60)).await, Verdict::Limited { seconds: 1 });
    }

    #[tokio::test]
    async fn a_new_password_ends_the_old_one_at_once() {
        let (sign_in, before) = (SignIn::new(), route("old"));
        assert_eq!(sign_in.check(&before, HERE, &basic("push", "old"), at(0)).await, Verdict::Passed);
        assert_eq!(sign_in.check(&before, HERE, &basic("push", "new"), at(0)).await, Verdict::Wrong);
        let after = Route { verifier: make_verifier("new").unwrap(), ..before };
        assert_eq!(sign_in.check(&after, HERE, &basic("push", "old"), at(0)).await, Verdict::Wrong);
        assert_eq!(sign_in.check(&after, HERE, &basic("push", "new"), at(0)).await, Verdict::Passed);
    }

    #[tokio::test]
    async fn both_user_name_and_password_count() {
        let (sign_in, route) = (SignIn::new(), route("right"));
        for (username, secret) in
            [("push", "wrong"), ("other", "right"), ("", "right"), ("pushright", ""), ("push", "")]
        {
            assert_eq!(sign_in.check(&route, HERE, &basic(username, secret), at(0)).await, Verdict::Wrong);
        }
        let nameless = Presented { username: None, secret: "right".into() };
        assert_eq!(sign_in.check(&route, HERE, &nameless, at(0)).await, Verdict::Wrong);
        let broken = Route { verifier: String::new(), ..route };
        assert_eq!(sign_in.check(&broken, HERE, &basic("push", ""), at(0)).await, Verdict::Wrong);
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut memory = Memory::default();
        let source: SourceName = "csa".parse().unwrap();
        for number in 0..20_000_u32 {
            memory.remember(&source, blake3::hash(&number.to_le_bytes()).into(), number % 2 == 0);
            memory.failed((IpAddr::V4(number.into()), source.clone()), at(0));
        }
        assert_eq!(memory.right[&source].len(), RIGHT_ONES);
        assert_eq!((memory.wrong.len(), memory.wrong_order.len()), (WRONG_ONES, WRONG_ONES));
        assert_eq!(memory.failures.len(), COUNTERS);
    }

    #[test]
    fn one_subscriber_is_one_address() {
        assert_eq!(network("2001:db8::1".parse().unwrap()), network("2001:db8::ffff:1".parse().unwrap()));
        assert_ne!(network("2001:db8::1".parse().unwrap()), network("2001:db8:0:1::1".parse().unwrap()));
        assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()), network("192.0.2.1".parse().unwrap()));
    }
}
