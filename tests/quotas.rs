//! Limits of an account: shared by all parts of a service, raised under `[quotas]`.

use archsim::experiment::Scenario;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;

/// A service whose account may call twice a second, with two calls in hand.
const MODEL: &str = r#"
title        = "A service with a limit for each account"
service      = "acme"
models       = ["calls a second, of all parts together"]
leaves_out   = ["everything else"]
validated_by = []

[quotas]
calls_each = { is = "2/s", by = "assumed", why = "a small number to count with", shared = "account", name = "calls" }

[facts]
in_hand = { is = 2, by = "assumed", why = "a small number to count with" }

[stages.account]
mechanism = "bucket"
shared    = "account"
rate      = "calls_each"
burst     = "in_hand"
refuses   = "429"

[ops.call]
path = ["account"]
"#;

/// Two parts of it, each asked twice a second.
const SHOP: &str = r#"
name     = "Two parts, one account"
duration = "60s"

[traffic]
ones = { rate = "2/s", arrivals = "even" }
twos = { rate = "2/s", arrivals = "even" }

[components]
one = { model = "acme/thing" }
two = { model = "acme/thing" }

[flows]
ones = { steps = ["one.call"] }
twos = { steps = ["two.call"] }
"#;

fn load(more: &str) -> Result<Scenario, String> {
    let files =
        MemoryFiles::new([("models/acme/thing.toml", MODEL.to_owned()), ("shop.toml", format!("{SHOP}\n{more}"))]);
    Scenario::load(&files, "shop.toml", &[], Options::default()).map_err(|trouble| trouble.to_string())
}

fn throttled(more: &str) -> f64 {
    let outcome = load(more).expect("it is in order").run(1).expect("it runs");
    let of = |flow: &str| outcome.value(&format!("{flow}.throttled")).expect("a share");
    (of("ones") + of("twos")) / 2.0
}

#[test]
fn two_parts_share_the_limit_of_their_account() {
    assert!((throttled("") - 0.5).abs() < 0.03, "four a second want in, two are let in: {}", throttled(""));
}

#[test]
fn a_raised_limit_lets_everybody_in() {
    assert_eq!(throttled("[quotas]\nacme.calls = \"4/s\"\n"), 0.0);
    assert!(throttled("[quotas]\nacme.calls = \"3/s\"\n") > 0.2, "one of four stays out");
}

#[test]
fn a_quota_that_no_part_has_is_an_error_with_those_that_there_are() {
    for (written, cure) in [("acme.cals = '4/s'", "did you mean `acme.calls`?"), ("other.rate = 4", "acme.calls")] {
        let said = load(&format!("[quotas]\n{written}\n")).expect_err("it is refused");
        assert!(said.contains("no part here has a quota") && said.contains(cure), "{said}");
    }
}
