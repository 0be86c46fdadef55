//! Which names of this machine a request may use.
//!
//! A web page can make a browser post to 127.0.0.1 under a name of its own (DNS rebinding), but it cannot choose the
//! `Host` header, so only exact names from a list pass. The list holds spellings, not addresses: `127.1` or a
//! decimal number reach the same machine and pass nowhere.

use http::header::HOST;
use http::request::Parts;
use std::net::{IpAddr, SocketAddr};

/// The names a listener answers to.
pub(super) struct Hosts {
    port: String,
    local: Vec<String>,
    public: Vec<String>,
}

impl Hosts {
    pub(super) fn new(bound: SocketAddr, public: &[String]) -> Self {
        let mut local = vec!["127.0.0.1".to_owned(), "[::1]".to_owned()];
        // The unspecified address reaches this machine from any web page, so it is never a name.
        if !bound.ip().is_unspecified() {
            local.push(match bound.ip() {
                IpAddr::V4(ip) => ip.to_string(),
                IpAddr::V6(ip) => format!("[{ip}]"),
            });
        }
        let public = public.iter().map(|name| name.trim().trim_end_matches('.').to_ascii_lowercase()).collect();
        Self { port: bound.port().to_string(), local, public }
    }

    /// Whether the request names this machine, once and the same way everywhere.
    pub(super) fn admit(&self, request: &Parts) -> bool {
        let mut headers = request.headers.get_all(HOST).iter();
        let (Some(host), None) = (headers.next(), headers.next()) else { return false };
        let Ok(host) = host.to_str() else { return false };
        let same = request.uri.authority().is_none_or(|authority| authority.as_str().eq_ignore_ascii_case(host));
        same && self.knows(host)
    }

    fn knows(&self, host: &str) -> bool {
        let (name, port) = match host.rfind(':') {
            // The last colon of a bare `[::1]` is inside the brackets.
            Some(colon) if !host.ends_with(']') => (&host[..colon], Some(&host[colon + 1..])),
            Some(_) | None => (host, None),
        };
        let own_port = port.is_none_or(|port| port == self.port);
        if own_port && self.local.iter().any(|known| known == name) {
            return true;
        }
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        if own_port && name == "localhost" {
            return true;
        }
        let whole = port.map(|port| format!("{name}:{port}"));
        self.public.iter().any(|known| {
            let plain = own_port || port == Some("443");
            (plain && *known == name) || whole.as_ref() == Some(known)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    fn admits(hosts: &[&str], uri: &str) -> bool {
        let mut request = http::Request::builder().uri(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        let rule =
            Hosts::new("127.0.0.1:8787".parse().unwrap(), &["console.example.net".into(), "relay.test:9000".into()]);
        rule.admit(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn only_listed_spellings_pass() {
        for good in [
            "127.0.0.1:8787",
            "127.0.0.1",
            "localhost:8787",
            "localhost",
            "LocalHost:8787",
            "localhost.:8787",
            "localhost.",
            "[::1]:8787",
            "[::1]",
            "console.example.net",
            "Console.Example.NET.:443",
            "console.example.net:8787",
            "relay.test:9000",
        ] {
            assert!(admits(&[good], "/hooks/a"), "{good}");
        }
        for bad in [
            "",
            "evil.example",
            "evil.example:8787",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.0.0.1.nip.io:8787",
            "127.0.0.1:80",
            "127.0.0.1:87870",
            "127.0.0.1:08787",
            "127.0.0.1:",
            "127.0.0.1:8787:8787",
            "127.0.0.1.",
            "127.1",
            "127.0.1:8787",
            "2130706433",
            "0x7f000001",
            "0x7f.0.0.1",
            "0177.0.0.1",
            "127.0.0.2",
            "0.0.0.0:8787",
            "0:8787",
            "localhost:80",
            "localhost..",
            "localhost:8787 ",
            "localhost/",
            "user@localhost",
            "localhost:8787@evil.example",
            "localhost#",
            "[::]",
            "[::1",
            "::1",
            "[::1]8787",
            "[0:0:0:0:0:0:0:1]:8787",
            "[::ffff:127.0.0.1]:8787",
            "localhost,evil.example",
            "relay.test",
            "relay.test:8787",
            "sub.console.example.net",
            "*",
            "localho\u{17f}t",
        ] {
            assert!(!admits(&[bad], "/hooks/a"), "{bad}");
        }
    }

    #[test]
    fn the_host_is_named_once_and_the_same_everywhere() {
        assert!(!admits(&[], "/hooks/a"));
        assert!(!admits(&["localhost:8787", "localhost:8787"], "/hooks/a"));
        assert!(!admits(&["localhost:8787", "evil.example"], "/hooks/a"));
        assert!(admits(&["localhost:8787"], "http://localhost:8787/hooks/a"));
        assert!(!admits(&["localhost:8787"], "http://evil.example/hooks/a"));
        assert!(!admits(&["evil.example"], "http://localhost:8787/hooks/a"));
        assert!(!admits(&["evil.example"], "http://evil.example/hooks/a"));
    }

    #[test]
    fn the_unspecified_address_is_no_name() {
        let rule = Hosts::new("0.0.0.0:8787".parse().unwrap(), &[]);
        assert!(!rule.knows("0.0.0.0:8787"));
        assert!(rule.knows("127.0.0.1:8787"));
        assert!(Hosts::new("192.0.2.7:8787".parse().unwrap(), &[]).knows("192.0.2.7:8787"));
    }
}
