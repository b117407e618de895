//! Bills: what was metered, times what it costs, to the cent.

use archsim::cost::{Books, Statement, lines};
use archsim::experiment::{Answer, Ask, Scenario, Trouble};
use archsim::scenario::compile::Options;
use archsim::scenario::diagnostics::Diagnostics;
use archsim::scenario::sources::{DiskFiles, Files, MemoryFiles, Sources};
use archsim::units::money::scaled;
use archsim::units::{Money, Random};

fn answer(files: &dyn Files, path: &str, replications: u32) -> Result<Answer, Trouble> {
    let scenario = Scenario::load(files, path, &[], Options::default())?;
    scenario.answer(Ask { replications: Some(replications), ..Ask::default() })
}

fn run(files: &[(&str, &str)]) -> Result<Answer, Trouble> {
    answer(&MemoryFiles::new(files.iter().copied()), "x.toml", 1)
}

fn says(files: &[(&str, &str)]) -> String {
    run(files).expect_err("it is wrong").to_string()
}

fn bill(statement: &Statement) -> Vec<(String, f64, String)> {
    statement.bill.lines.iter().map(|line| (line.key.clone(), line.quantity, line.usd.to_string())).collect()
}

/// Two answers of 16 MB a second are 112.5 GB an hour; ten of 1 KB are hardly anything, but ten connections.
const MONTH: &str = r#"
name     = "x"
region   = "us-east-1"
duration = "2h"

[phases]
busy  = "0h..1h"
quiet = "1h..2h"

[traffic]
picture = { rate = [["0h", "2/s"], ["1h", "2/s"], ["1h", "0/s"], ["2h", "0/s"]], arrivals = "even" }
page    = { rate = [["0h", "0/s"], ["1h", "0/s"], ["1h", "10/s"], ["2h", "10/s"]], arrivals = "even" }

[components]
alb = { model = "aws/alb", keep_alive = 1, idle = "1s" }
web = { model = "server", workers = 1000, time = "10ms" }

[flows.picture]
through = ["alb"]
steps   = ["web"]
size    = "0B"
reply   = "16MB"

[flows.page]
through = ["alb"]
steps   = ["web"]
size    = "0B"
reply   = "1KB"

[month]
busy  = "130h"
quiet = "600h"
"#;

#[test]
fn a_month_of_two_kinds_of_hours_is_billed_to_the_cent() {
    let answer = run(&[("x.toml", MONTH)]).expect("it runs");
    let statement = answer.statement.expect("it costs something");
    let told: Vec<_> = statement.bill.lines.iter().map(|line| (line.key.as_str(), line.usd.to_string())).collect();
    let expected = [
        ("datatransfer/internet_out", "912.60"),
        ("datatransfer/internet_out", "374.48"),
        ("elb/alb.hour", "16.43"),
        ("elb/alb.lcu_hour", "118.92"),
    ];
    assert_eq!(told, expected.map(|(key, usd)| (key, usd.to_owned())));
    assert_eq!(statement.bill.total().to_string(), "1422.43");
    assert_eq!(statement.bill.lines[1].quantity, 14_645.599_365_234_375 - 10_240.0);
    assert_eq!(statement.bill.free["datatransfer/internet_out"], 100.0);
    assert_eq!(answer.outcome.value("month"), Some(1422.43));
    assert_eq!(answer.outcome.value("alb.cost"), Some(1422.43));
    assert_eq!(answer.outcome.value("web.cost"), None, "a plain server costs nothing");
}

#[test]
fn the_largest_dimension_of_each_hour_is_billed() {
    let statement = run(&[("x.toml", MONTH)]).expect("it runs").statement.expect("it costs something");
    let lcu = statement.usage["alb"].iter().find(|used| used.meter == "lcu").expect("it is metered");
    assert_eq!(lcu.quantity, 14_865.0);
    let won: Vec<_> = lcu.won.iter().map(|(name, hours)| (name.as_str(), *hours)).collect();
    assert_eq!(won, [("new", 600.0), ("active", 0.0), ("bytes", 130.0), ("rules", 0.0)]);
}

#[test]
fn capacity_that_is_reserved_is_billed_at_least() {
    let text = MONTH.replace("keep_alive = 1,", "keep_alive = 1, reserved = 100,");
    let statement = run(&[("x.toml", &text)]).expect("it runs").statement.expect("it costs something");
    let lcu = statement.usage["alb"].iter().find(|used| used.meter == "lcu").expect("it is metered");
    assert_eq!(lcu.quantity, 130.0 * 112.5 + 600.0 * 100.0);
}

#[test]
fn hours_that_are_like_a_phase_at_another_load_are_simulated_again() {
    let text = MONTH.replace("quiet = \"600h\"", "calm  = { hours = 600, like = \"busy\", load = \"50%\" }");
    let statement = run(&[("x.toml", &text)]).expect("it runs").statement.expect("it costs something");
    let lcu = statement.usage["alb"].iter().find(|used| used.meter == "lcu").expect("it is metered");
    assert_eq!(lcu.quantity, 130.0 * 112.5 + 600.0 * 56.25);
}

#[test]
fn without_a_month_the_run_is_taken_for_it_and_that_is_said() {
    let text = MONTH.split("[month]").next().expect("it has one");
    let answer = run(&[("x.toml", text)]).expect("it runs");
    let statement = answer.statement.as_ref().expect("it costs something");
    assert!(statement.assumed);
    // Half of the hours are busy, half are quiet.
    let lcu = statement.bill.lines.iter().find(|line| line.key == "elb/alb.lcu_hour").expect("it is billed");
    assert_eq!(lcu.quantity, 365.0 * 112.5 + 365.0 * 0.4);
    // Usage and cost are the run's own.
    assert_eq!(answer.outcome.value("alb.usage.hours"), Some(2.0));
    assert_eq!(answer.outcome.value("alb.usage.lcu"), Some(112.9));
    let shown = archsim::report::terminal::whole(&answer.outcome, answer.statement.as_ref());
    assert!(shown.contains("730 hours are like this run (assumed"), "{shown}");
}

#[test]
fn several_replications_share_one_month_whose_lines_add_up() {
    let text = MONTH.replace("arrivals = \"even\"", "arrivals = \"poisson\"");
    let answer = answer(&MemoryFiles::new([("x.toml", text.as_str())]), "x.toml", 3).expect("it runs");
    let statement = answer.statement.expect("it costs something");
    let sum: Money = statement.bill.lines.iter().map(|line| line.usd).sum();
    let month = answer.outcome.measure("month").expect("it is measured");
    assert_eq!(month.value, sum.as_dollars());
    assert_eq!(month.per_replication.len(), 3);
}

const OWN: &str = r#"
name     = "x"
duration = "10m"

[traffic]
ask = { rate = "1/s", arrivals = "even" }

[components]
web    = { model = "server", time = "1ms", price = "$0.06/h" }
stripe = { model = "external", latency = "10ms", price = "$5/1k calls" }

[flows.ask]
steps = ["web", "stripe"]
"#;

#[test]
fn a_price_of_ones_own_needs_no_book() {
    let answer = run(&[("x.toml", OWN)]).expect("it runs");
    let value = |path: &str| answer.outcome.value(path);
    assert_eq!(value("web.cost"), Some(0.01), "ten minutes of it");
    assert_eq!(value("web.month"), Some(43.8));
    assert_eq!(value("stripe.cost"), Some(3.0), "600 calls");
    assert_eq!(value("stripe.usage.calls"), Some(600.0));
    assert_eq!(value("bill.\"own/stripe.calls\""), Some(13_140.0));
    assert_eq!(value("month"), Some(13_183.8));
}

#[test]
fn a_call_that_was_not_let_in_is_not_billed() {
    let text = OWN.replace("latency = \"10ms\"", "latency = \"90s\", limit = 30");
    let answer = run(&[("x.toml", &text)]).expect("it runs");
    // Thirty every ninety seconds: at 0, 90, .. 540 s.
    assert_eq!(answer.outcome.value("stripe.usage.calls"), Some(7.0 * 30.0));
}

/// A function of one's own: memory by time, each run rounded up to the millisecond.
const FUNCTION: &str = r#"
title        = "A function"
service      = "fn"
models       = ["its time"]
leaves_out   = ["everything else"]
validated_by = []

[parameters]
memory = { default = "512MB", by = "docs" }
work   = { default = "120400us", kind = "law", by = "docs" }
[facts]
step   = { is = "1ms", by = "docs" }
[stages.body]
mechanism = "delay"
time      = "work"
[ops.run]
path = ["body"]
[meters.duration]
on    = ["run"]
adds  = "up(held, step) * memory"
unit  = "GB-second"
price = "fn/duration"
[sources]
docs = { title = "Docs", publisher = "Acme", as_of = "2026-10", status = "verified" }
"#;

const BOOK: &str = r#"
currency = "USD"
as_of    = "2026-10"
[fn]
"duration" = { usd = "1.50", per = "GB-second", by = "list" }
[sources]
list = { title = "List", as_of = "2026-10", status = "verified" }
"#;

const CALLS: &str = r#"
name     = "x"
region   = "us-east-1"
duration = "10s"
[traffic]
ask = { rate = "1/s", arrivals = "even" }
[components]
code = { model = "acme/function" }
[flows.ask]
steps = ["code"]
"#;

#[test]
fn each_call_is_rounded_up_by_its_own_step() {
    let files = |text: &'static str| {
        [("x.toml", text), ("models/acme/function.toml", FUNCTION), ("pricing/acme/us-east-1.toml", BOOK)]
    };
    let answer = run(&files(CALLS)).expect("it runs");
    assert_eq!(answer.outcome.value("code.usage.duration"), Some(10.0 * 0.121 * 0.5));
    assert_eq!(answer.outcome.value("code.cost"), Some(0.91), "0.9075, half up");
    let shown = archsim::report::terminal::whole(&answer.outcome, answer.statement.as_ref());
    assert!(shown.contains("prices of pricing/acme/us-east-1.toml, which lies beside the scenario"), "{shown}");
}

#[test]
fn what_is_still_held_when_the_run_ends_counts_as_long_as_it_was_held() {
    let text = CALLS.replace("acme/function\"", "acme/function\", work = \"4s\"");
    let files =
        [("x.toml", text.as_str()), ("models/acme/function.toml", FUNCTION), ("pricing/acme/us-east-1.toml", BOOK)];
    // Seven run to their end; those of 7, 8 and 9 s have run for 3, 2 and 1 s.
    let answer = run(&files).expect("it runs");
    assert_eq!(answer.outcome.value("code.usage.duration"), Some((7.0 * 4.0 + 3.0 + 2.0 + 1.0) * 0.5));
}

#[test]
fn a_price_that_is_missing_names_its_meter() {
    let told = says(&[("x.toml", CALLS), ("models/acme/function.toml", FUNCTION)]);
    assert!(told.contains("nothing says what `fn/duration` costs in us-east-1: the meter `duration`"), "{told}");
    let nowhere = CALLS.replace("region   = \"us-east-1\"\n", "");
    let told = says(&[("x.toml", &nowhere), ("models/acme/function.toml", FUNCTION)]);
    assert!(told.contains("say where it is: `region = \"us-east-1\"`"), "{told}");
}

#[test]
fn a_price_in_another_unit_is_refused() {
    let book = BOOK.replace("GB-second", "request");
    let told =
        says(&[("x.toml", CALLS), ("models/acme/function.toml", FUNCTION), ("pricing/acme/us-east-1.toml", &book)]);
    assert!(
        told.contains("`fn/duration` is the price of one request, and the meter `duration` counts GB-seconds"),
        "{told}"
    );
}

#[test]
fn what_is_wrong_with_a_book_is_said_at_its_place() {
    let wrong = |from: &str, to: &str| {
        let book = BOOK.replace(from, to);
        says(&[("x.toml", CALLS), ("models/acme/function.toml", FUNCTION), ("pricing/acme/us-east-1.toml", &book)])
    };
    assert!(wrong("\"1.50\"", "1.5").contains("pricing/acme/us-east-1.toml:5:22"));
    assert!(wrong("\"1.50\"", "\"1,50\"").contains("a decimal in quotes"));
    assert!(wrong("by = \"list\"", "by = \"lost\"").contains("no source is called `lost`"));
    let tiers = wrong("usd = \"1.50\"", "tiers = [[\"10\", \"1\"], [\"5\", \"2\"]]");
    assert!(tiers.contains("the tiers of `fn/duration` begin at 0 and rise"), "{tiers}");
    assert!(wrong("status = \"verified\"", "status = \"sure\"").contains("its title, its date and its status"));
}

#[test]
fn prices_of_another_time_come_from_its_book() {
    let then = MONTH.replace("duration = \"2h\"", "duration = \"2h\"\nprices   = \"2023\"");
    assert!(run(&[("x.toml", &then)]).is_ok(), "what did not change is as today");
    let never = MONTH.replace("duration = \"2h\"", "duration = \"2h\"\nprices   = \"1999\"");
    assert!(says(&[("x.toml", &never)]).contains("no price book of `1999` is used here"));
}

#[test]
fn lines_of_public_bills_come_out_to_the_cent() {
    let mut books = Books::new(&DiskFiles, ["nowhere/"]);
    let (mut sources, mut said) = (Sources::default(), Diagnostics::default());
    let table = include_str!("bills/price-cases.csv");
    let mut checked = 0;
    for row in table.lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        let [case, key, quantity, free, amounts, ..] = fields[..] else { panic!("{row}") };
        let (time, key) = key.split_once(':').unwrap_or(("", key));
        let names = match time {
            "" => vec!["aws/us-east-1".to_owned(), "aws/global".to_owned()],
            time => vec![format!("aws/us-east-1@{time}")],
        };
        let (_, price) = books.price(key, &names, &mut sources, &mut said).unwrap_or_else(|| panic!("{case}: {key}"));
        let fine = |text: &str| Money::decimal(text).unwrap_or_else(|| panic!("{case}: {text}")).0 as u128;
        let told: Vec<String> =
            lines(key, &price, ONE, fine(quantity), fine(free)).iter().map(|line| line.usd.to_string()).collect();
        assert_eq!(told.join(" "), amounts, "{case}: {quantity} of {key}");
        checked += 1;
    }
    assert!(checked >= 50 && !said.failed());
}

/// Parts of one in a book's own fractions.
const ONE: u128 = 1_000_000_000_000;

#[test]
#[expect(clippy::disallowed_methods, reason = "a test compares the list with the folder")]
fn every_built_in_book_can_be_read_and_is_listed() {
    let mut found: Vec<String> = Vec::new();
    for provider in std::fs::read_dir("pricing").expect("the folder is there").flatten().map(|entry| entry.path()) {
        let Ok(books) = std::fs::read_dir(&provider) else { continue };
        for book in books.flatten().map(|entry| entry.path()) {
            let name = book.strip_prefix("pricing").expect("it is inside").with_extension("");
            found.push(name.to_string_lossy().replace('\\', "/"));
        }
    }
    found.sort();
    assert_eq!(found, Books::built_in(), "pricing/embedded.rs lists every file of pricing/");
    let mut books = Books::new(&DiskFiles, ["nowhere/"]);
    for name in &found {
        let (mut sources, mut said) = (Sources::default(), Diagnostics::default());
        let book = books.book(name, &mut sources, &mut said);
        assert!(book.is_some_and(|book| !book.prices.is_empty()), "{name}: {:?}", said.list);
    }
}

/// No source can be this wrong: prices fall from tier to tier, but for what is free at first.
#[test]
fn the_more_the_cheaper_in_every_built_in_book() {
    let mut books = Books::new(&DiskFiles, ["nowhere/"]);
    for name in Books::built_in() {
        let (mut sources, mut said) = (Sources::default(), Diagnostics::default());
        let book = books.book(name, &mut sources, &mut said).expect("it can be read");
        for (key, price) in &book.prices {
            let paid = price.tiers.iter().filter(|(_, usd)| !usd.is_zero());
            assert!(paid.is_sorted_by(|a, b| a.1 >= b.1), "{name}: {key}");
        }
    }
}

#[test]
fn bills_keep_their_promises_whatever_is_used() {
    let mut books = Books::new(&DiskFiles, ["nowhere/"]);
    let (mut sources, mut said) = (Sources::default(), Diagnostics::default());
    let book = books.book("aws/us-east-1", &mut sources, &mut said).expect("it can be read").clone();
    let mut random = Random::new(7);
    for (key, price) in &book.prices {
        for _ in 0..20 {
            let one = 1 + u128::from(random.below(1 << 40));
            let most = price.tiers.last().map_or(0, |(from, _)| from / ONE).max(1000);
            let some = |random: &mut Random| scaled(u128::from(random.below(u64::MAX)), 2 * most * one, 1 << 64);
            let (less, free) = (some(&mut random), some(&mut random));
            let more = less + some(&mut random);
            let total = |quantity| lines(key, price, one, quantity, free).iter().map(|line| line.usd).sum::<Money>();
            assert!(total(less) >= Money::ZERO, "{key}: never negative");
            assert!(total(less) <= total(more), "{key}: more never costs less");
            assert_eq!(total(free.min(less)), Money::ZERO, "{key}: what is free is free");
            let units: f64 = lines(key, price, one, more, free).iter().map(|line| line.quantity).sum();
            let billed = more.saturating_sub(free) as f64 / one as f64;
            assert!((units - billed).abs() <= 1e-9 * billed.max(1.0), "{key}: every unit is in one line");
        }
    }
}

#[test]
fn the_parts_of_a_bill_add_up_to_it() {
    let text = MONTH
        .replace("web = {", "alb2 = { model = \"aws/alb\" }\nweb = {")
        .replace("[flows.page]\nthrough = [\"alb\"]", "[flows.page]\nthrough = [\"alb2\", \"alb\"]");
    let statement = run(&[("x.toml", &text)]).expect("it runs").statement.expect("it costs something");
    let parts: Money = statement.bill.parts.values().copied().sum();
    assert_eq!(parts, statement.bill.total());
    assert_eq!(statement.bill.parts.len(), 2);
    let hours = bill(&statement).into_iter().find(|(key, ..)| key == "elb/alb.hour").expect("it is billed");
    assert_eq!((hours.1, hours.2.as_str()), (1460.0, "32.85"));
}

#[test]
fn a_fleet_that_grows_is_billed_by_the_hours_of_each_phase() {
    let text = r#"
name     = "x"
duration = "2h"

[phases]
small = "0h..1h"
large = "1h..2h"

[traffic]
ask = { rate = "1/s", arrivals = "even" }

[components]
web = { model = "server", fleet = "2..4", start = 2, price = "$0.06/h", time = "1ms" }

[flows.ask]
steps = ["web"]

[changes.grow]
at  = "1h"
set = { web.fleet = "4..4" }

[month]
small = "400h"
large = "330h"
"#;
    let answer = run(&[("x.toml", text)]).expect("it runs");
    assert_eq!(answer.outcome.value("web.usage.instance_seconds"), Some((400.0 * 2.0 + 330.0 * 4.0) * 3600.0));
    assert_eq!(answer.outcome.value("web.cost"), Some(127.2));
    assert_eq!(answer.outcome.value("month"), Some(127.2));
    let statement = answer.statement.expect("it costs something");
    assert_eq!(bill(&statement), [("own/web.instance_seconds".to_owned(), 2_120.0, "127.20".to_owned())]);
    assert_eq!(statement.bill.lines[0].unit, "hour");
}

#[test]
fn a_bill_of_several_regions_is_refused_and_one_of_another_region_has_its_prices() {
    let two = CALLS.replace("region   = \"us-east-1\"", "regions  = [\"us-east-1\", \"us-west-2\"]")
        + "[network]\nus-east-1.us-west-2 = \"62ms\"\n";
    let files = |text: &str| {
        let model = ("models/acme/function.toml".to_owned(), FUNCTION.to_owned());
        let east = ("pricing/acme/us-east-1.toml".to_owned(), BOOK.to_owned());
        let west = ("pricing/acme/us-west-2.toml".to_owned(), BOOK.replace("1.50", "3.00"));
        MemoryFiles::new([("x.toml".to_owned(), text.to_owned()), model, east, west])
    };
    let told = answer(&files(&two), "x.toml", 1).expect_err("it is in both").to_string();
    assert!(told.contains("`code` is in several regions"), "{told}");
    let there = two.replace("\"acme/function\"", "\"acme/function\", regions = [\"us-west-2\"]");
    let outcome = answer(&files(&there), "x.toml", 1).expect("it runs").outcome;
    assert_eq!(outcome.value("code.cost"), Some(1.82), "1.815, half up");
}
