//! Keys: what requests are about, which is the same for all who ask, unless a step is about another one.

use super::{read, refused, run};

/// A scenario of these keys, parts and steps, once a second for so long.
fn seconds(n: u32, keys: &str, parts: &str, steps: &str) -> String {
    format!(
        "name = \"x\"\nduration = \"{n}s\"\nwarmup = \"0s\"\n[keys]\n{keys}\n[traffic]\n\
         ask = {{ rate = \"1/s\", arrivals = \"even\" }}\n[components]\n{parts}\n[flows.ask]\nsteps = [{steps}]\n"
    )
}

const KEPT: &str = "kept = { model = \"cache\", key = \"page\", time = \"0s\" }";

#[test]
fn a_request_is_about_the_same_key_wherever_it_asks() {
    let parts = format!("{KEPT}\nother = {{ like = \"kept\" }}");
    let text = seconds(
        500,
        "page = { count = 100, pick = \"zipf(1.0)\" }",
        &parts,
        "\"kept.set\", \"other.get\", \"kept.get\"",
    );
    let outcome = run(&text, "");
    assert_eq!(read(&outcome, "kept.hits"), 500.0);
    // Both see the same keys: as many different ones.
    assert_eq!(read(&outcome, "other.entries"), read(&outcome, "kept.entries"));
    assert!(read(&outcome, "kept.entries") > 50.0);
}

#[test]
fn another_key_holds_for_a_step_and_all_inside_of_it() {
    let inside = "{ another = \"page\", steps = [{ call = \"kept.set\", timeout = \"1s\", retries = 1 }, \
                  { parallel = [\"kept.get\", [\"kept.get\"]] }] }";
    let text = seconds(200, "page = { count = \"1bn\" }", KEPT, &format!("{inside}, \"kept.get\""));
    let outcome = run(&text, "");
    // Within the step both looks find what was set; after it the request's own page is not there.
    assert_eq!((read(&outcome, "kept.hits"), read(&outcome, "kept.misses")), (400.0, 200.0));
}

#[test]
fn each_turn_of_a_repeat_is_about_another_one() {
    let text = seconds(
        100,
        "page = { count = \"1bn\" }",
        KEPT,
        "{ repeat = 7, another = \"page\", steps = [\"kept.get\", \"kept.get\"] }, { repeat = 3, steps = [\"kept.get\"] }",
    );
    let outcome = run(&text, "");
    // Seven new ones a request, each found the second time; the request's own three times.
    assert_eq!(read(&outcome, "kept.misses"), 100.0 * (7.0 + 1.0));
    assert_eq!(read(&outcome, "kept.hits"), 100.0 * (7.0 + 2.0));
}

#[test]
fn what_is_undone_is_about_the_key_that_it_was_done_with() {
    let text = seconds(
        100,
        "page = { count = \"1bn\" }",
        KEPT,
        "{ call = \"kept.set\", another = \"page\", undo = [\"kept.delete\"] }, { fail = \"no\" }",
    );
    let outcome = run(&text, "");
    assert_eq!((read(&outcome, "kept.dropped"), read(&outcome, "kept.entries")), (100.0, 0.0));
}

#[test]
fn attributes_belong_to_the_key_at_hand() {
    // A page has one or two parts, for ever; each is asked for as often as it has parts.
    let keys = "page = { count = 2, parts = \"uniform(0.6..2.4)\" }";
    let text = seconds(
        400,
        keys,
        KEPT,
        "{ another = \"page\", steps = [{ repeat = \"page.parts\", steps = [\"kept.get\"] }, \
         { when = \"page.parts < 1.5\", steps = [{ repeat = \"page.parts\", steps = [\"kept.get\"] }] }] }",
    );
    let outcome = run(&text, "");
    // Whoever has one part is asked twice, whoever has two is asked twice: always two.
    assert_eq!(read(&outcome, "kept.looks"), 800.0);
}

#[test]
fn what_belongs_to_another_key_belongs_to_it_for_ever() {
    let text = "name = \"x\"\nduration = \"50s\"\nwarmup = \"0s\"\n[keys]\nplace = { count = \"1bn\" }\n\
                driver = { count = 10, of = \"place\" }\n[traffic.drivers]\nusers = 10\nkey = \"driver\"\nevery = { tell = \"1s\" }\n\
                [components]\nkept = { model = \"cache\", key = \"place\", time = \"0s\" }\n[flows.tell]\nsteps = [\"kept.get\"]\n";
    let outcome = run(text, "");
    assert_eq!((read(&outcome, "kept.misses"), read(&outcome, "kept.hits")), (10.0, 490.0));
}

#[test]
fn the_owner_follows_from_what_is_asked_about() {
    // The request is about a driver, so its place is the driver's; another driver has another place.
    let keys = "place = { count = \"1bn\" }\ndriver = { count = 3, of = \"place\" }";
    let parts =
        "kept = { model = \"cache\", key = \"place\", time = \"0s\" }\nseen = { like = \"kept\", key = \"driver\" }";
    let text =
        seconds(300, keys, parts, "\"kept.get\", { another = \"driver\", steps = [\"kept.get\", \"seen.get\"] }");
    let outcome = run(&text, "");
    assert_eq!((read(&outcome, "kept.entries"), read(&outcome, "seen.entries")), (3.0, 3.0));
}

#[test]
fn every_request_makes_a_new_one_of_a_fresh_key() {
    let text = "name = \"x\"\nduration = \"100s\"\nwarmup = \"0s\"\n[keys]\norder = { fresh = true }\n[traffic]\n\
                a = { rate = \"1/s\", arrivals = \"even\" }\nb = { rate = \"1/s\", arrivals = \"even\" }\n[components]\n\
                kept = { model = \"cache\", key = \"order\", time = \"0s\" }\n[flows.a]\nsteps = [\"kept.get\", \"kept.get\"]\n\
                [flows.b]\nsteps = [\"kept.get\"]\n";
    let outcome = run(text, "");
    assert_eq!((read(&outcome, "kept.entries"), read(&outcome, "kept.hits")), (200.0, 100.0));
}

#[test]
fn a_hot_key_gets_its_share_of_what_begins_while_it_lasts() {
    let keys = "page = { count = \"1bn\" }\n[faults.stadium]\nwhat = \"hot-key\"\ntarget = \"page\"\nshare = \"100%\"\nat = \"30s\"\nfor = \"20s\"";
    let outcome = run(&seconds(100, keys, KEPT, "\"kept.get\""), "");
    assert_eq!((read(&outcome, "kept.hits"), read(&outcome, "kept.entries")), (19.0, 81.0));
    let fifth = keys.replace("100%", "20%").replace("20s", "20000s");
    let outcome = run(&seconds(20_030, &fifth, KEPT, "\"kept.get\""), "");
    let sd = (20_000.0f64 * 0.2 * 0.8).sqrt();
    assert!((read(&outcome, "kept.hits") - 4_000.0).abs() < 4.0 * sd);
}

#[test]
fn traffic_without_users_draws_its_key() {
    let text = "name = \"x\"\nduration = \"100s\"\nwarmup = \"0s\"\n[keys]\npage = { count = \"1bn\" }\n[traffic]\n\
                ask = { rate = \"1/s\", arrivals = \"even\", key = \"page\" }\n[components]\n\
                kept = { model = \"cache\", key = \"page\", time = \"0s\" }\n[flows.ask]\nsteps = [\"kept.get\"]\n";
    assert_eq!(read(&run(text, ""), "kept.entries"), 100.0);
}

#[test]
fn mistakes_about_keys_are_told() {
    let said = |keys: &str, parts: &str| refused(&seconds(9, keys, parts, "\"kept.get\""));
    let both = "place = { count = 9 }\nrider = { count = 9, of = \"place\" }\ndriver = { count = 9, of = \"place\" }";
    let by_place = "kept = { model = \"cache\", key = \"place\" }";
    assert!(said(both, by_place).contains("that of the `driver`, or that of the `rider`"), "{}", said(both, by_place));
    let circle = "page = { count = 9, of = \"part\" }\npart = { count = 9, of = \"page\" }";
    assert!(said(circle, KEPT).contains("belongs, in the end, to itself"));
    let roams = "page = { count = 9, roams = \"1%\" }";
    assert!(said(roams, KEPT).contains("`roams`"));
    let no_key = "kept = { model = \"cache\" }";
    assert!(said("page = { count = 9 }", no_key).contains("keeps things by key, and has none"));
    let fresh = "page = { fresh = true }\n[faults.f]\nwhat = \"hot-key\"\ntarget = \"page\"\nshare = 0.1\nat = \"1s\"";
    assert!(said(fresh, KEPT).contains("none of them can be hot"));
}
