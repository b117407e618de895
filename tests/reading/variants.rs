//! Files over files: variants, pieces, single settings; and the merged file as text.

use archsim::scenario::ast::{Profile, Shape, Verb};
use archsim::scenario::read::read;
use archsim::scenario::show;
use archsim::scenario::sources::MemoryFiles;
use archsim::units::Span;

use crate::cases::SHOP;
use crate::constructs::WHOLE;
use crate::{good, said, snapshot, without_places};

const EARLY: &str = r#"extends = "shop"
name = "Early"
[changes.early]
at = "2m"
set = { web.cores = 4 }
[flows.visit]
slo = { p99 = "1s" }
"#;

const LATER: &str = r#"extends = "early"
name = "Later"
[changes.early]
at = "3m"
[faults]
dark = false
"#;

fn snapshot_of(name: &str, files: &[(&str, &str)], path: &str) {
    let reading = read(&MemoryFiles::new(files.iter().copied()), path, &[]);
    snapshot(name, said(&reading));
}

#[test]
fn a_variant_goes_over_its_parent_and_that_over_its_own() {
    let files = [("d/shop.toml", SHOP), ("d/early.toml", EARLY), ("d/later.toml", LATER)];
    let scenario = good(&files, "d/later.toml", &[]);
    assert_eq!((scenario.name.as_str(), scenario.duration.map(|d| d.value)), ("Later", Some(Span::seconds(600))));
    assert_eq!(scenario.changes["early"].moment.value, Span::seconds(180));
    assert!(scenario.faults.is_empty(), "`false` takes away");
    let slo: Vec<&str> = scenario.flows["visit"].slo.iter().map(|slo| slo.path.value.as_str()).collect();
    assert_eq!(slo, ["p99", "success"], "tables merge by key");
}

#[test]
fn files_that_are_not_there_and_circles_are_told_with_their_chain() {
    let files = [("a.toml", "extends = \"b\"\n"), ("b.toml", "extends = \"c\"\n"), ("c.toml", "extends = \"a\"\n")];
    snapshot_of("a_circle_of_files", &files, "a.toml");
    snapshot_of("extends_nothing", &[("a.toml", "extends = \"blackfridy\"\n")], "a.toml");
    snapshot_of("extends_with_its_ending", &[("a.toml", "extends = \"b.toml\"\n"), ("b.toml", SHOP)], "a.toml");
    snapshot_of("no_such_file", &[], "a.toml");
}

#[test]
fn what_was_taken_away_and_is_still_used_is_told_with_its_users() {
    let files =
        [("shop.toml", SHOP), ("a.toml", "extends = \"shop\"\n[components]\nphotos = false\n[keys]\nphoto = false\n")];
    snapshot_of("taken_away_and_still_used", &files, "a.toml");
    let files = [("shop.toml", SHOP), ("a.toml", "extends = \"shop\"\n[faults]\ndrak = false\n")];
    snapshot_of("taken_away_and_never_there", &files, "a.toml");
}

#[test]
fn a_mistake_in_a_parent_is_shown_in_the_parent() {
    let shop = SHOP.replace("p99 = \"300ms\"", "p99 = 800");
    let files = [("d/shop.toml", shop.as_str()), ("d/a.toml", "extends = \"shop\"\n[expect]\nvisits.p99 = \"< 1s\"\n")];
    snapshot_of("mistakes_in_two_files", &files, "d/a.toml");
}

const ALL: &str = r#"name = "All"
region = "us-east-1"
duration = "30m"
include = { shop = "../web/shop", log = "log" }
[traffic.shop-visit]
rate = "5/s"
[expect]
shop-visit.p99 = "< 1s"
"#;

const LOG: &str = r#"duration = "1m"
[assumed]
x = "of the fault"
desk = "of the part"
[traffic]
callers = { trace = "log.csv" }
[components]
desk = { model = "server" }
[flows.ask]
steps = [{ call = "desk", work = "1s" }]
[faults.x]
what = "stop"
target = "desk"
at = "1s"
"#;

#[test]
fn a_piece_comes_with_prefixed_names_and_this_file_goes_over_it() {
    let files =
        [("d/all.toml", ALL), ("web/shop.toml", SHOP), ("d/log.toml", LOG), ("d/log.csv", "time,flow\n1s,ask\n")];
    let scenario = good(&files, "d/all.toml", &[]);
    assert_eq!(scenario.name, "All");
    assert!(scenario.faults.is_empty() && scenario.phases.is_empty(), "faults and phases stay behind");
    assert_eq!(scenario.assumed.keys().collect::<Vec<_>>(), ["log-desk"], "with what was assumed of them");
    let names: Vec<&str> = scenario.components.keys().map(String::as_str).collect();
    assert_eq!(names, ["log-desk", "shop-kept", "shop-ops", "shop-photos", "shop-shrink", "shop-thumbs", "shop-web"]);
    let Shape::Open { rate: Profile::Constant(rate), .. } = scenario.traffic["shop-visit"].shape else {
        panic!("a rate")
    };
    assert_eq!(rate, 5.0);
    let Verb::Call(call) = &scenario.handlers["shop-web"]["page"].steps[0].verb else { panic!("a call") };
    assert_eq!((call.target.value.as_str(), call.miss.as_ref().map(Vec::len)), ("shop-kept.get", Some(1)));
    let Shape::Trace { rows, .. } = &scenario.traffic["log-callers"].shape else { panic!("a trace") };
    assert_eq!(rows[0].flow, "log-ask");
}

#[test]
fn two_pieces_share_one_account() {
    let piece = |limit: u32| format!("{SHOP}\n[quotas]\nfunctions.concurrency = {limit}\n");
    let (one, two) = (piece(1000), piece(2000));
    let head = "region = \"us-east-1\"\nduration = \"30m\"\ninclude = { one = \"one\", two = \"two\" }\n";
    let files = |main| [("all.toml", main), ("one.toml", one.as_str()), ("two.toml", two.as_str())];
    snapshot_of("two_pieces_raise_one_limit", &files(head), "all.toml");
    let decided = format!("{head}[quotas]\nfunctions.concurrency = 500\n");
    good(&files(&decided), "all.toml", &[]);
}

#[test]
fn a_file_that_a_parent_in_another_folder_names_is_found() {
    let files = [
        ("x/a.toml", "extends = \"../y/base\"\n"),
        ("y/base.toml", &LOG.replace("log.csv", "t.csv")),
        ("y/t.csv", "time,flow\n1s,ask\n"),
    ];
    let scenario = good(&files, "x/a.toml", &[]);
    assert!(matches!(&scenario.traffic["callers"].shape, Shape::Trace { rows, .. } if rows.len() == 1));
}

#[test]
fn one_setting_goes_over_everything() {
    let sets = [
        ("duration", "20m"),
        ("seed", "5"),
        ("web.cores", "8"),
        ("visit.rate", "[[\"0m\", \"1/s\"], [\"5m\", \"9/s\"]]"),
        ("limit", "3k"),
        ("busy.when", "web.busy > 90%"),
        ("components.photos.item", "3KB"),
        ("web.tags.work", "1ms"),
        ("shrink.batch", "5"),
        ("faults.dark", "false"),
    ];
    let scenario = good(&[("shop.toml", SHOP)], "shop.toml", &sets);
    assert_eq!(scenario.duration.map(|duration| duration.value), Some(Span::seconds(1200)));
    assert_eq!(scenario.seed.map(|seed| seed.value), Some(5));
    assert_eq!(scenario.components["web"].settings["cores"].1.number(), Some(8.0));
    assert_eq!(scenario.values["limit"].value, 3000.0);
    assert_eq!(scenario.alarms["busy"].when.value, "web.busy > 90%");
    assert_eq!(scenario.components["photos"].settings["item"].1.text(), Some("3KB"));
    assert!(scenario.handlers["shrink"][""].takes.contains_key("batch"));
    assert!(scenario.faults.is_empty());
}

#[test]
fn a_wrong_setting_is_told_like_a_wrong_line() {
    let set = |path: &str, value: &str| {
        let sets = [(path.to_string(), value.to_string())];
        said(&read(&MemoryFiles::new([("shop.toml", SHOP)]), "shop.toml", &sets))
    };
    let wrong = [
        ("wep.cores", "8"),
        ("visit.rate", "578"),
        ("web", "3"),
        ("visit.rte", "1/s"),
        ("duration", "[1, 2"),
        ("", ""),
    ];
    snapshot("wrong_settings", wrong.map(|(path, value)| set(path, value)).concat());
}

#[test]
fn the_merged_file_reads_back_to_the_same_scenario() {
    let files = [("shop.toml", SHOP), ("early.toml", EARLY), ("later.toml", LATER), ("whole.toml", WHOLE)];
    for path in ["shop.toml", "later.toml", "whole.toml"] {
        for origins in [true, false] {
            let reading = read(&MemoryFiles::new(files), path, &[]);
            let text = show::text(reading.tree.as_ref().expect("a tree"), &reading.sources, origins);
            let again = good(&[("again.toml", &text)], "again.toml", &[]);
            let first = reading.scenario.expect("a scenario");
            assert_eq!(without_places(&again), without_places(&first), "{path}\n{text}");
            assert_eq!(text.contains("# "), origins);
        }
    }
}

#[test]
fn every_line_of_the_merged_file_says_where_it_is_from() {
    let files = [("d/shop.toml", SHOP), ("d/early.toml", EARLY), ("d/later.toml", LATER)];
    let sets = [("web.cores".to_string(), "8".to_string())];
    let reading = read(&MemoryFiles::new(files), "d/later.toml", &sets);
    snapshot("merged_file", show::text(reading.tree.as_ref().expect("a tree"), &reading.sources, true));
}
