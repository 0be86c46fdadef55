//! Numbers in sentences.

/// `12345` as `12,345`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 alert`, `12,345 alerts`; for nouns whose plural ends in “s”.
#[must_use]
pub fn counted(count: u64, one: &str) -> String {
    format!("{} {one}{}", grouped(count), if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let told = [0, 7, 999, 1_000, 12_345, 999_999, 1_000_000, u64::MAX].map(grouped);
        let expected = ["0", "7", "999", "1,000", "12,345", "999,999", "1,000,000", "18,446,744,073,709,551,615"];
        assert_eq!(told, expected);
    }

    #[test]
    fn one_is_said_as_one() {
        assert_eq!([0, 1, 2_000].map(|count| counted(count, "day")), ["0 days", "1 day", "2,000 days"]);
    }
}
