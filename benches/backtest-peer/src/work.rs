//! What both sides get: made-up proxy transactions of thirty days per ten million, a few users, hosts and data types in
//! most of them, and a rule that about two in a hundred meet. Times rise strictly, since databases count what happens at
//! one time together and rules do not.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value as Json, json};
use tocsin_model::event::Event;
use tocsin_model::event_fields::EventFields;
use tocsin_model::field::{EventKind, Field};
use tocsin_model::rule::document::{self, Format};
use tocsin_model::time::Timestamp;
use tocsin_model::tree::Tree;
use tocsin_model::value::{Value, coerce};
use tocsin_rules::{Compiled, Lists, compile};

/// 2026-03-01T00:00:00Z in ms.
const START: i64 = 1_772_323_200_000;
const USERS: usize = 10_000;
const GROUPS: usize = 50;
const HOSTS: usize = 20_000;
const TYPES: usize = 120;
const ADDRESSES: usize = 60_000;
/// The data types that the rule looks for, and the user group that it leaves out.
const WANTED: [usize; 4] = [7, 8, 9, 10];
const LEFT_OUT: usize = 0;
/// The first half of 10.0.0.0/8.
const NETWORK: (u32, u32) = (10 << 24, (10 << 24) + (1 << 23) - 1);

/// One transaction by numbers.
#[derive(Clone, Copy)]
pub struct Row {
    time: i64,
    user: usize,
    group: usize,
    host: usize,
    /// One to three of them, no two alike; 0 for none.
    types: [usize; 3],
    address: u32,
    blocked: bool,
    mode: usize,
}

/// The transactions, in the order of time.
pub fn rows(seed: u64, count: usize) -> impl Iterator<Item = Row> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut time = START;
    (0..count).map(move |_| {
        time += random.random_range(1..519);
        row(&mut random, time)
    })
}

/// Few of them come often.
fn skewed(random: &mut StdRng, count: usize) -> usize {
    (count as f64 * random.random::<f64>().powi(3)) as usize
}

fn row(random: &mut StdRng, time: i64) -> Row {
    let mut types = [0; 3];
    for at in 0..random.random_range(1..=3) {
        let one = 1 + skewed(random, TYPES);
        if !types.contains(&one) {
            types[types.iter().position(|known| *known == 0).unwrap_or(at)] = one;
        }
    }
    let address = skewed(random, ADDRESSES) as u32;
    Row {
        time,
        user: skewed(random, USERS),
        group: skewed(random, GROUPS),
        host: skewed(random, HOSTS),
        types,
        // All over the network, one like another.
        address: (10 << 24) + (address.wrapping_mul(10_355_301) & 0x00ff_ffff),
        blocked: random.random_bool(0.2),
        mode: random.random_range(0..3).min(1),
    }
}

/// The table for the databases: every value a number, as a dictionary would have it.
///
/// # Panics
/// When the file cannot be written.
pub fn write(path: &Path, rows: impl Iterator<Item = Row>) {
    let mut out = BufWriter::new(File::create(path).expect("the table can be written"));
    for row in rows {
        let [one, two, three] = row.types;
        let Row { time, user, group, host, address, blocked, mode, .. } = row;
        let blocked = u8::from(blocked);
        writeln!(out, "{time},{user},{group},{host},{one},{two},{three},{address},{blocked},{mode}")
            .expect("the table can be written");
    }
    out.flush().expect("the table can be written");
}

/// What the rule looks at, as the databases are told.
pub fn filter() -> String {
    let wanted = WANTED.map(|one| (one + 1).to_string()).join(", ");
    let any = ["d1", "d2", "d3"].map(|column| format!("{column} IN ({wanted})")).join(" OR ");
    let (first, last) = NETWORK;
    format!("({any}) AND blocked = 0 AND mode = 1 AND grp <> {LEFT_OUT} AND ip BETWEEN {first} AND {last}")
}

/// Events with the same values, made one after the other: all at once they would not fit into memory.
pub struct Events {
    fields: Vec<(Field, Vec<Value>)>,
}

/// The fields that events say, in the order of [`Events::of`].
const NAMES: [&str; 6] = ["username", "usergroup", "hostname", "icap_mode", "blocked", "client_ip"];

impl Events {
    pub fn new() -> Self {
        let text = |name: &str, at: usize| match name {
            "usergroup" => format!("group-{at}"),
            "username" => format!("user-{at}"),
            "hostname" => format!("host-{at}.example"),
            _ => ["RESPMOD", "REQMOD"][at].to_owned(),
        };
        let pool = |name: &str, count: usize| {
            let field = Field::named(name).expect("it is a field");
            let tree = |at: usize| match name {
                "blocked" => Tree::Bool(at == 1),
                _ => Tree::Text(text(name, at)),
            };
            let value = |at| coerce(field.kind(), &tree(at)).expect("it is a value").expect("it is a value");
            (field.clone(), (0..count).map(value).collect())
        };
        let counts = [USERS, GROUPS, HOSTS, 2, 2, 0];
        Self { fields: NAMES.iter().zip(counts).map(|(name, count)| pool(name, count)).collect() }
    }

    /// The event of that number.
    pub fn of(&self, number: usize, row: &Row) -> Event {
        let places = [row.user, row.group, row.host, row.mode, usize::from(row.blocked)];
        let mut fields: Vec<(Field, Value)> =
            self.fields.iter().zip(places).map(|((field, values), at)| (field.clone(), values[at].clone())).collect();
        let [one, two, three, four] = row.address.to_be_bytes();
        let mut put = |name: &str, tree: Tree| {
            let field = Field::named(name).expect("it is a field");
            let value = coerce(field.kind(), &tree).expect("it is a value").expect("it is a value");
            fields.push((field, value));
        };
        put("client_ip", Tree::Text(format!("{one}.{two}.{three}.{four}")));
        let types = row.types.iter().filter(|one| **one > 0).map(|one| Tree::Text(format!("DT-{one}")));
        put("datatypes_detected", Tree::List(types.collect()));
        Event {
            // As the store makes them: in the order in which they came.
            id: format!("0195551c-4c00-7000-8000-{number:012x}"),
            source: None,
            time: Timestamp::from_millis(row.time),
            kind: EventKind::DlpTransaction,
            fields: EventFields::from(fields),
            unreadable: Vec::new(),
        }
    }
}

/// The rule, with one thing or another changed.
#[derive(Clone, Copy)]
pub struct Variant {
    pub least: u64,
    pub hours: u64,
    pub distinct: bool,
    /// Whether it leaves out another group than usual.
    pub other_group: bool,
    /// Whether it matches every event.
    pub all: bool,
}

/// The rule as it is measured first.
pub const USUAL: Variant = Variant { least: 5, hours: 6, distinct: false, other_group: false, all: false };

pub fn rule(variant: Variant) -> Arc<Compiled> {
    let types: Vec<String> = WANTED.iter().map(|one| format!("DT-{}", one + 1)).collect();
    let left_out = if variant.other_group { 5 } else { LEFT_OUT };
    let mut document: Json = json!({
        "name": "R1", "groupBy": ["username"], "suppressFor": "1h",
        "conditions": [
            {"type": "datatypes_detected", "values": types}, {"type": "blocked", "values": ["false"]},
            {"type": "icap_mode", "values": ["REQMOD"]},
            {"type": "usergroup", "values": [format!("group-{left_out}")], "isNot": true},
            {"type": "client_ip", "values": ["10.0.0.0/9"]},
        ],
        "window": {"kind": "rolling", "thresholdTime": variant.hours.to_string(), "thresholdType": "hours"},
        "trigger": {"kind": "atLeast", "value": variant.least},
    });
    if variant.distinct {
        document["measure"] = json!({"kind": "distinct", "field": "hostname"});
    }
    if variant.all {
        document["conditions"] = json!([{"type": "blocked", "values": ["true", "false"]}]);
    }
    let document = document::read(&document.to_string(), Format::Json).document.expect("the rule is valid");
    Arc::new(compile(document.rule, &Lists::new()).expect("the rule is valid"))
}
