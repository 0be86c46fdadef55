//! Links to an alert, `tocsin://alert/<id>`: they show it and can do nothing else.

use crate::id::AlertId;

/// What every link begins with, in either case.
const SCHEME: &str = "tocsin:";
const ALERT: &str = "tocsin://alert/";

/// Whether a word is meant as a link, good or bad.
#[must_use]
pub fn is_link(word: &str) -> bool {
    word.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
}

/// The alert that a link shows; none unless it is exactly a link to an alert.
#[must_use]
pub fn alert_of(link: &str) -> Option<AlertId> {
    let (start, id) = link.split_at_checked(ALERT.len())?;
    let alert: AlertId = start.eq_ignore_ascii_case(ALERT).then(|| id.parse().ok())??;
    // The usual spelling alone: no braces, no spaces, nothing after it.
    alert.to_string().eq_ignore_ascii_case(id).then_some(alert)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0199a5b2-7c1d-7e02-8f3a-4b5c6d7e8f90";

    fn opens(link: &str) -> Option<String> {
        alert_of(link).map(|id| id.to_string())
    }

    #[test]
    fn a_link_to_an_alert_names_it() {
        assert_eq!(opens(&format!("tocsin://alert/{ID}")).as_deref(), Some(ID));
        // Some desktops change the case of what stands before the path.
        assert_eq!(opens(&format!("TOCSIN://Alert/{ID}")).as_deref(), Some(ID));
        assert_eq!(opens(&format!("tocsin://alert/{}", ID.to_uppercase())).as_deref(), Some(ID));
    }

    #[test]
    fn anything_else_opens_nothing() {
        let simple = ID.replace('-', "");
        let hostile = [
            "tocsin:".to_owned(),
            "tocsin://".to_owned(),
            "tocsin://alert".to_owned(),
            "tocsin://alert/".to_owned(),
            format!("tocsin:alert/{ID}"),
            format!("tocsin:/alert/{ID}"),
            format!("tocsin:///alert/{ID}"),
            format!("tocsin://{ID}"),
            format!("tocsin://alerts/{ID}"),
            format!("tocsin://alert//{ID}"),
            format!("tocsin://alert/{ID}/"),
            format!("tocsin://alert/{ID}/close"),
            format!("tocsin://alert/{ID}?action=close"),
            format!("tocsin://alert/{ID}#x"),
            format!("tocsin://alert/{ID} "),
            format!("tocsin://alert/ {ID}"),
            format!("tocsin://alert/{ID}\n"),
            format!("tocsin://alert/{ID}\0"),
            format!("tocsin://alert/{ID},{ID}"),
            format!("tocsin://alert/{{{ID}}}"),
            format!("tocsin://alert/urn:uuid:{ID}"),
            format!("tocsin://alert/{simple}"),
            format!("tocsin://alert/{}", &ID[..35]),
            format!("tocsin://alert/{ID}0"),
            format!("tocsin://alert/{}", ID.replace('0', "g")),
            format!("tocsin://alert/{}", ID.replace('0', "０")),
            format!("tocsin://alert/{}", ID.replace('-', "‐")),
            format!("tocsin://alert/{}", ID.replace('-', "%2D")),
            format!("tocsin://alert/\u{202e}{ID}"),
            format!("tocsin://alert/\u{200b}{ID}"),
            format!("tocsin://alert:80/{ID}"),
            format!("tocsin://user@alert/{ID}"),
            format!("tocsin://alert\\{ID}"),
            format!("tocsin://alert/../{ID}"),
            format!("tocsin://alert/%2e%2e/{ID}"),
            "tocsin://alert/<script>alert(1)</script>".to_owned(),
            "tocsin://alert/javascript:alert(1)".to_owned(),
            "tocsin://alert/' OR '1'='1".to_owned(),
            "tocsin://alert/$(reboot)".to_owned(),
            "tocsin://alert/--data-dir=/tmp".to_owned(),
            "tocsin://settings".to_owned(),
            "tocsin://rule/new?name=x".to_owned(),
            "tocsin://quit".to_owned(),
            "tocsin://alert/é".to_owned(),
            format!("tocsin://alerté{ID}"),
            format!("tocsin://alert/{}", "A".repeat(1_000_000)),
            format!("https://alert/{ID}"),
            format!("tocsinx://alert/{ID}"),
            format!(" tocsin://alert/{ID}"),
            ID.to_owned(),
        ];
        assert!(hostile.len() >= 40, "{}", hostile.len());
        for link in hostile {
            assert_eq!(opens(&link), None, "{}", link.chars().take(80).collect::<String>());
        }
    }

    #[test]
    fn a_bad_link_is_still_known_as_one() {
        for word in ["tocsin:", "tocsin://quit", "TOCSIN:x"] {
            assert!(is_link(word), "{word}");
        }
        for word in ["", "tocsi", "--tocsin:", "tocsinx:", "é", "tocsi€n:"] {
            assert!(!is_link(word), "{word}");
        }
    }
}
