//! What the app can be started with.

use super::*;

fn parse(words: &[&str]) -> Result<Arguments, String> {
    Arguments::parse(words.iter().map(OsString::from))
}

#[test]
fn arguments_are_read_or_refused() {
    let read = parse(&["--data-dir", "/d", "--listen", "127.0.0.1:0"]);
    assert_eq!(read.as_ref().map(|read| read.data_dir.clone()), Ok(Some(PathBuf::from("/d"))));
    assert_eq!(read.map(|read| read.listen.map(|address| address.port())), Ok(Some(0)));
    for words in [&["--data-dri", "/d"][..], &["--listen"], &["--listen", "here"]] {
        assert!(parse(words).is_err(), "{words:?}");
    }
}

#[test]
fn a_link_is_taken_and_a_bad_one_does_not_keep_the_app_from_starting() {
    let id = "0199a5b2-7c1d-7e02-8f3a-4b5c6d7e8f90";
    let alert = |link: String| parse(&["--data-dir", "/d", &link]).map(|read| read.alert.map(|id| id.to_string()));
    assert_eq!(alert(format!("tocsin://alert/{id}")), Ok(Some(id.to_owned())));
    assert_eq!(alert("tocsin://quit".to_owned()), Ok(None));
}

#[test]
fn the_first_link_of_a_second_start_counts_and_a_bad_one_is_not_made_up_for() {
    let good = "tocsin://alert/0199a5b2-7c1d-7e02-8f3a-4b5c6d7e8f90";
    assert!(linked(["app", "--data-dir", "/d", good]).is_some());
    assert!(linked(["app", "tocsin://quit", good]).is_none());
    assert!(linked(["app"]).is_none());
}
