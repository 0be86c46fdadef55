//! Comparing a result with what was expected of it.

use serde_json::Value;
use tocsin_model::time::Timestamp;

/// How many characters of a value are shown.
const LONGEST_SHOWN: usize = 200;

/// Every difference, one sentence each. Keys that the expectation does not name may be anything; lists have to have the
/// same members; numbers and times are compared by value.
pub(crate) fn differences(expected: &Value, found: &Value) -> Vec<String> {
    let mut all = Vec::new();
    compare("$", expected, found, &mut all);
    all
}

fn compare(path: &str, expected: &Value, found: &Value, all: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (key, value) in expected {
                let below = format!("{path}.{key}");
                match found.get(key) {
                    Some(found) => compare(&below, value, found, all),
                    None => all.push(format!("{below} should be {} and is not there", shown(value))),
                }
            }
        }
        (Value::Array(expected), Value::Array(found)) => {
            if expected.len() != found.len() {
                all.push(format!("{path} should have {} members and has {}", expected.len(), found.len()));
            }
            for (at, (expected, found)) in expected.iter().zip(found).enumerate() {
                compare(&format!("{path}[{at}]"), expected, found, all);
            }
        }
        (Value::Number(expected), Value::Number(found)) if expected.as_f64() == found.as_f64() => {}
        (Value::String(left), Value::String(right)) if is_same_time(left, right) => {}
        (expected, found) if expected == found => {}
        (expected, found) => all.push(format!("{path} should be {} and is {}", shown(expected), shown(found))),
    }
}

/// A value in a sentence: its beginning will do.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn is_same_time(left: &str, right: &str) -> bool {
    Timestamp::parse(left).is_ok_and(|left| Timestamp::parse(right) == Ok(left))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_difference_is_named() {
        let expected = json!({"a": 1, "b": [{"t": "2026-03-01T00:00:00Z", "x": null}], "c": 2});
        let found = json!({"a": 1.0, "b": [{"t": "2026-03-01T01:00:00.000+01:00", "x": null, "more": 1}], "c": 2});
        assert_eq!(differences(&expected, &found), [""; 0]);
        let found = json!({"a": 1.5, "b": [], "d": 2});
        assert_eq!(
            differences(&expected, &found),
            ["$.a should be 1 and is 1.5", "$.b should have 1 members and has 0", "$.c should be 2 and is not there"]
        );
    }

    #[test]
    fn a_long_value_is_cut() {
        let found = json!("é".repeat(300));
        let differences = differences(&json!([]), &found);
        assert_eq!(differences, [format!("$ should be [] and is \"{}…", "é".repeat(199))]);
    }
}
