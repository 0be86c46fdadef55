//! Who and what plays in the demo: a made-up company. Addresses and names are of the ranges kept for examples.

use super::dice::Dice;

/// People, as their accounts are called.
pub(crate) const PEOPLE: [&str; 12] = [
    "a.lindqvist",
    "b.okafor",
    "zoë.ångström",
    "josé.muñoz",
    "佐藤美咲",
    "мария.иванова",
    "m.kowalczyk",
    "t.nguyễn",
    "e.fischer",
    "p.dubois",
    "r.o'neill",
    "h.yılmaz",
];

/// Accounts of programs.
pub(crate) const PROGRAMS: [&str; 4] = ["svc-billing", "svc-mobile-bff", "svc-warehouse", "svc-reporting"];

/// Applications that call the APIs.
pub(crate) const APPLICATIONS: [&str; 8] = [
    "Checkout mobile",
    "Store locator",
    "Settlement batch",
    "Kassensystem Süd",
    "Łódź fulfilment",
    "顧客ポータル",
    "Loyalty API",
    "Partner Sync",
];

/// APIs with their endpoints.
pub(crate) const ENDPOINTS: [(&str, &str); 10] = [
    ("shop-api", "POST /v1/orders"),
    ("shop-api", "GET /v1/orders/{id}"),
    ("shop-api", "GET /v1/stock"),
    ("customers-api", "GET /v2/customers/{id}"),
    ("customers-api", "PATCH /v2/customers/{id}/profile"),
    ("identity-api", "POST /v1/login"),
    ("identity-api", "POST /v1/token"),
    ("payments-api", "POST /v1/payments"),
    ("payments-api", "GET /v1/invoices/{id}"),
    ("loyalty-api", "POST /v1/points/redeem"),
];

/// Hosts of the company's network.
pub(crate) const HOSTS: [&str; 9] = [
    "LAP-0433",
    "LAP-0871",
    "LAP-1102",
    "WKS-0219",
    "POS-BERLIN-11",
    "POS-LODZ-03",
    "SRV-BUILD-02",
    "SRV-PRINT-01",
    "LAP-0655",
];

/// Places that data may leave for.
pub(crate) const SERVICES: [&str; 6] = [
    "crm.example.net",
    "support.example.net",
    "files.example.com",
    "chat.example.com",
    "mail.example.net",
    "hr.example.net",
];

/// Keys of the APIs, the same all the time.
pub(crate) const KEYS: [&str; 8] = [
    "9f0c1de2a4b64c0f8d7e6a5b4c3d2e1f",
    "3b7712c0e85d4a96b1f0c2d4e6a8b0c1",
    "c5a1e07f92b84d3ea6f1b0c9d8e7f605",
    "71d2f3a4b5c64e7f8091a2b3c4d5e6f7",
    "e2d4c6b8a0914f3d8e7c6b5a49382716",
    "0a1b2c3d4e5f4a6b8c7d9e8f70615243",
    "b8e6d4c2a0f14e3d9c8b7a6958473625",
    "4f5e6d7c8b9a4a3b9d2e1f0c8b7a6958",
];

/// An address outside; some callers come again and again.
pub(crate) fn outside(dice: &mut Dice) -> String {
    match dice.between(0, 10) {
        0..=3 => format!("203.0.113.{}", dice.pick(&[9, 44, 61, 118, 203])),
        4..=6 => format!("198.51.100.{}", dice.between(1, 255)),
        7 | 8 => format!("192.0.2.{}", dice.between(1, 255)),
        _ => format!("2001:db8:{}::{}", dice.hex(4), dice.between(1, 100)),
    }
}

/// An address inside.
pub(crate) fn inside(dice: &mut Dice) -> String {
    format!("10.20.{}.{}", dice.between(1, 9), dice.between(2, 250))
}
