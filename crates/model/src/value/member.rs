//! One value of a field: what is compared, how it is spelt, and a hash of what is compared.
//!
//! An event is read once and then looked up by many rules: in what their conditions name, in their groups, in what they
//! count. Each look-up needs the hash of the value, so it is made once, while the value is still in the processor's
//! cache. Short texts stand in the value itself, and a text that is its own canonical form, which most are, is kept
//! once: reading an ordinary event allocates next to nothing.

use std::hash::BuildHasher as _;
use std::sync::LazyLock;

use foldhash::quality::RandomState;
use smol_str::SmolStr;

use super::Canonical;
use crate::tree::Tree;

/// The key of all hashes of values. Senders must not be able to make values that fall on one another, so no two
/// processes have the same; nothing that is ever said depends on it.
static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::default);

/// A scalar as a document says it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scalar<'a> {
    /// true or false.
    Bool(bool),
    /// A number as it is written.
    Number(&'a str),
    /// A text.
    Text(&'a str),
}

impl<'a> Scalar<'a> {
    /// `None` for null, lists and objects.
    pub(crate) const fn of(tree: &'a Tree) -> Option<Self> {
        match tree {
            Tree::Bool(yes) => Some(Self::Bool(*yes)),
            Tree::Number(digits) => Some(Self::Number(digits.as_str())),
            Tree::Text(text) => Some(Self::Text(text.as_str())),
            Tree::Null | Tree::List(_) | Tree::Map(_) => None,
        }
    }
}

/// What an event says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Spelling {
    /// The text that is compared.
    Same,
    /// Another text.
    Text(SmolStr),
    Number(SmolStr),
    Bool(bool),
}

/// One value with its spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    canonical: Canonical,
    hash: u64,
    spelling: Spelling,
}

impl Member {
    pub(crate) fn new(canonical: Canonical, said: Scalar<'_>) -> Self {
        let spelling = match said {
            Scalar::Bool(yes) => Spelling::Bool(yes),
            Scalar::Number(digits) => Spelling::Number(SmolStr::new(digits)),
            Scalar::Text(text) => Spelling::Text(SmolStr::new(text)),
        };
        Self { hash: canonical.hash_once(), canonical, spelling }
    }

    /// A text, in its canonical form and as it was said.
    pub(crate) fn text(canonical: &str, said: &str) -> Self {
        let spelling = if canonical == said { Spelling::Same } else { Spelling::Text(SmolStr::new(said)) };
        let canonical = Canonical::Text(SmolStr::new(canonical));
        Self { hash: canonical.hash_once(), canonical, spelling }
    }

    /// What is compared.
    #[must_use]
    pub const fn canonical(&self) -> &Canonical {
        &self.canonical
    }

    /// The hash of what is compared, as [`Canonical::hash_once`] makes it.
    #[must_use]
    pub const fn hash(&self) -> u64 {
        self.hash
    }

    /// Whether both are compared as equal, however they are spelt.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.hash == other.hash && self.canonical == other.canonical
    }

    /// Whether two that are compared as equal are spelt alike too.
    #[must_use]
    pub fn is_spelt_like(&self, other: &Self) -> bool {
        self.spelling == other.spelling
    }

    /// Whether it is a text that is its own canonical form.
    #[must_use]
    pub const fn is_spelt_as_compared(&self) -> bool {
        matches!(self.spelling, Spelling::Same)
    }

    /// What the event says: a text, a number or a bool.
    #[must_use]
    pub fn spelling(&self) -> Tree {
        match &self.spelling {
            Spelling::Same | Spelling::Text(_) => Tree::Text(self.written().to_owned()),
            Spelling::Number(digits) => Tree::Number(digits.as_str().to_owned()),
            Spelling::Bool(yes) => Tree::Bool(*yes),
        }
    }

    /// What the event says, as letters.
    #[must_use]
    pub fn written(&self) -> &str {
        match (&self.spelling, &self.canonical) {
            (Spelling::Text(text) | Spelling::Number(text), _) => text,
            (Spelling::Bool(yes), _) => {
                if *yes {
                    "true"
                } else {
                    "false"
                }
            }
            (Spelling::Same, Canonical::Text(text)) => text,
            // Only texts are kept once.
            (Spelling::Same, Canonical::Bool(_) | Canonical::Number(_) | Canonical::Ip(_)) => "",
        }
    }
}

impl Canonical {
    /// A hash that is the same for equal values as long as the process runs, and another in every process.
    #[must_use]
    pub fn hash_once(&self) -> u64 {
        match self {
            Self::Text(text) => KEY.hash_one(text.as_str()),
            Self::Bool(_) | Self::Number(_) | Self::Ip(_) => KEY.hash_one(self),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::value::{FieldKind, coerce};

    fn one(kind: FieldKind, json: &str) -> Member {
        coerce(kind, &Tree::parse(json).unwrap()).unwrap().unwrap().members()[0].clone()
    }

    #[test]
    fn a_member_fits_into_what_the_processor_fetches_at_once() {
        assert!(size_of::<Option<Member>>() <= 64, "{}", size_of::<Option<Member>>());
        assert_eq!(size_of::<Canonical>(), size_of::<SmolStr>());
    }

    #[test]
    fn spellings_are_kept_and_equal_values_have_equal_hashes() {
        let long = format!("\"{}\"", "Long ".repeat(20));
        for (kind, json) in [
            (FieldKind::Text, "\"ana\""),
            (FieldKind::Text, "\"Ana\""),
            (FieldKind::Text, "\"CAFE\u{301}\""),
            (FieldKind::Text, long.as_str()),
            (FieldKind::Hostname, "\"A.example.\""),
            (FieldKind::MediaType, "\"text/html; a=b\""),
            (FieldKind::Ip, "\"::FFFF:10.0.0.1\""),
            (FieldKind::Number, "1.50"),
            (FieldKind::Number, "\"+1.50\""),
            (FieldKind::Bool, "true"),
            (FieldKind::Bool, "\"FALSE\""),
        ] {
            let member = one(kind, json);
            assert_eq!(member.spelling(), Tree::parse(json).unwrap(), "{json}");
            let letters = if json.starts_with('"') { serde_json::from_str(json).unwrap() } else { json.to_owned() };
            assert_eq!(member.written(), letters, "{json}");
            assert_eq!(member.hash(), member.canonical().hash_once(), "{json}");
        }
        let (lower, upper) = (one(FieldKind::Text, "\"ana\""), one(FieldKind::Text, "\"ANA\""));
        assert!(lower.is(&upper) && lower != upper && !lower.is_spelt_like(&upper));
        assert!(!lower.is(&one(FieldKind::Text, "\"bo\"")));
        assert_eq!(lower, one(FieldKind::Text, "\"ana\""));
    }
}
