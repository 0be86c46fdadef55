//! Credentials: which pass, which do not, and that they show up nowhere.

use std::sync::atomic::Ordering;

use tocsin_model::source::RefusalReason;

use crate::support::{ALERT, BASIC, BEARER, EVENT, JSON, SECRET, log, start};

#[tokio::test]
async fn each_source_takes_its_own_way_to_sign_in() {
    let server = start();
    for (line, header, status, challenge) in [
        ("POST /hooks/csa", BASIC, 202, ""),
        ("POST /hooks/csa", ("authorization", "bAsIc  cHVzaDpyaWdodC1zZWNyZXQtMDEyMzQ1Njc4OQ"), 202, ""),
        ("POST /hooks/csa", BEARER, 401, "Basic realm=\"tocsin\", charset=\"UTF-8\""),
        ("POST /hooks/csa", ("X-Forwarded-For", "127.0.0.1"), 401, "Basic realm=\"tocsin\", charset=\"UTF-8\""),
        (
            "POST /hooks/csa",
            ("Authorization", "Basic cHVzaDp3cm9uZw=="),
            401,
            "Basic realm=\"tocsin\", charset=\"UTF-8\"",
        ),
        ("POST /hooks/csa", ("Authorization", "Basic !!!"), 401, "Basic realm=\"tocsin\", charset=\"UTF-8\""),
        ("POST /hooks/csa", ("Authorization", "Basic"), 401, "Basic realm=\"tocsin\", charset=\"UTF-8\""),
        (
            "POST /hooks/csa?access_token=right-secret-0123456789",
            JSON,
            401,
            "Basic realm=\"tocsin\", charset=\"UTF-8\"",
        ),
        ("POST /hooks/ce", BEARER, 202, ""),
        ("POST /hooks/ce?a=b&access_token=right%2Dsecret-0123456789", ("X-A", "b"), 202, ""),
        (
            "POST /hooks/ce?access_token=right-secret-0123456789",
            ("Authorization", "Bearer wrong"),
            401,
            "Bearer realm=\"tocsin\", error=\"invalid_token\"",
        ),
        ("POST /hooks/ce?access_token=", ("X-A", "b"), 401, "Bearer realm=\"tocsin\", error=\"invalid_token\""),
        ("POST /hooks/ce", ("X-A", "b"), 401, "Bearer realm=\"tocsin\""),
        ("POST /hooks/ce", BASIC, 401, "Bearer realm=\"tocsin\""),
        ("POST /hooks/addr", BEARER, 401, "Address-Token realm=\"tocsin\""),
        ("POST /hooks/addr/k/nope", BEARER, 401, "Address-Token realm=\"tocsin\""),
    ] {
        let body = if line.contains("csa") { ALERT } else { EVENT };
        let reply = server.send(line, &[header, ("Content-Type", "application/json")], body).await;
        assert_eq!(reply.status, status, "{line} {header:?}: {reply:?}");
        assert_eq!(reply.header("www-authenticate").unwrap_or_default(), challenge, "{line} {header:?}");
    }
    use RefusalReason::{SignInMissing as Missing, SignInWrong as Wrong};
    assert_eq!(
        server.fake.reasons(),
        [Missing, Missing, Wrong, Wrong, Missing, Missing, Wrong, Wrong, Missing, Missing, Missing, Wrong]
    );
}

#[tokio::test]
async fn after_ten_failures_a_minute_wrong_ones_wait_and_right_ones_pass() {
    let server = start();
    let wrong = ("Authorization", "Basic cHVzaDp3cm9uZw==");
    let mut seen = Vec::new();
    for _ in 0..12 {
        seen.push(server.send("POST /hooks/csa", &[wrong, JSON], ALERT).await.status);
    }
    assert_eq!(seen, [vec![401; 10], vec![429; 2]].concat());
    let reply = server.send("POST /hooks/csa", &[wrong, JSON], ALERT).await;
    assert_eq!((reply.header("retry-after"), reply.code().as_str()), (Some("60"), "sign-in-limited"));
    assert_eq!(server.deliver(ALERT).await.status, 202);
    assert_eq!(server.send("POST /hooks/csa", &[JSON], ALERT).await.status, 401);
    assert_eq!(server.send("POST /hooks/am", &[wrong, JSON], ALERT).await.status, 401);
    server.fake.now.fetch_add(60_000, Ordering::Relaxed);
    assert_eq!(server.send("POST /hooks/csa", &[wrong, JSON], ALERT).await.status, 401);
    let limited = server.fake.reasons().into_iter().filter(|reason| *reason == RefusalReason::SignInLimited).count();
    assert_eq!(limited, 3);
}

#[tokio::test]
async fn no_secret_reaches_a_log_an_answer_or_debug_text() {
    let server = start();
    for (line, headers) in [
        ("POST /hooks/addr/k/right-secret-0123456789", vec![("Content-Type", "text/plain")]),
        ("POST /hooks/addr/k/wrong-secret-987", vec![JSON]),
        ("PUT /hooks/addr/k/right-secret-0123456789", vec![JSON]),
        ("POST /hooks/ce?access_token=wrong-secret-987", vec![JSON]),
        ("POST /hooks/csa", vec![("Authorization", "Basic cHVzaDp3cm9uZw=="), JSON]),
        ("POST /hooks/csa", vec![("Origin", "https://e.example"), BASIC, JSON]),
    ] {
        let reply = server.send(line, &headers, EVENT).await;
        assert!(reply.status >= 400 && !format!("{reply:?}").contains("-secret-"), "{reply:?}");
    }
    let route = tocsin_ingest::listener::Intake::route(&*server.fake, "addr").unwrap();
    assert!(!format!("{route:?}").contains("argon2"), "{route:?}");
    // All tests of this program write to one log, at the most talkative level.
    let text = log();
    assert!(text.matches("delivery refused").count() >= 6, "{text}");
    for secret in [SECRET, "wrong-secret", "cHVzaDp3cm9uZw", "argon2"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}
