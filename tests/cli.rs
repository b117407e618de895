//! The program as its users meet it: every verb and flag, what goes to which stream, exit status, shipped output.
//!
//! Each file of `tests/cli/` and `tests/golden/` is one command with all that it prints; `TRYCMD=overwrite` writes
//! them anew.

#![expect(clippy::disallowed_methods, reason = "these tests run the program and look at what it wrote")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const DESK: &str = "scenarios/closed-users.toml";

/// Runs the program; a run writes no folder of files (`tests/files.rs` looks at those).
fn archsim(arguments: &[&str]) -> Output {
    let no_files = (arguments.first() == Some(&"run")).then_some("--no-files");
    let mut command = Command::new(env!("CARGO_BIN_EXE_archsim"));
    command.args(arguments).args(no_files).output().expect("the program starts")
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("output is text")
}

fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("messages are text")
}

/// An empty folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn every_shipped_scenario_prints_its_golden() {
    trycmd::TestCases::new().case("tests/golden/*.toml");
    // Those of minutes are asked for: the night does.
    if std::env::var_os("ARCHSIM_LONG").is_some() {
        trycmd::TestCases::new().case("tests/golden/long/*.toml");
    }
}

#[test]
fn every_command_answers_as_written() {
    trycmd::TestCases::new().case("tests/cli/*.toml");
}

#[test]
fn the_pages_show_what_the_program_prints() {
    trycmd::TestCases::new().case("README.md").case("docs/*.md");
}

#[test]
fn every_shipped_scenario_has_a_golden() {
    let mut scenarios = names(Path::new("scenarios"));
    // The starter is run as `archsim new` writes it.
    scenarios.retain(|name| name.ends_with(".toml") && name != "starter.toml");
    let mut goldens = names(Path::new("tests/golden"));
    goldens.extend(names(Path::new("tests/golden/long")));
    goldens.sort();
    goldens.retain(|name| name.ends_with(".toml"));
    assert_eq!(scenarios, goldens);
}

#[test]
fn the_schema_beside_the_scenarios_is_todays() {
    let schema = archsim(&["scenario", "schema"]);
    let path = "scenarios/scenario.schema.json";
    if std::env::var_os("TRYCMD").is_some_and(|mode| mode == "overwrite") {
        fs::write(path, &schema.stdout).expect("the schema can be written");
    }
    let shipped = fs::read_to_string(path).expect("the schema is shipped");
    assert!(out(&schema) == shipped, "{path} is stale: `archsim scenario schema > {path}`");
}

#[test]
fn json_on_standard_output_stands_there_alone() {
    for arguments in [&["run", DESK, "--json", "-"][..], &["verify", "--only", "ddc-pattern", "--json", "-"]] {
        let output = archsim(arguments);
        assert_eq!(output.status.code(), Some(0));
        let json: serde_json::Value = serde_json::from_str(out(&output)).expect("standard output is JSON");
        assert_eq!(json["format"], 1);
        assert_eq!(err(&output), "");
    }
}

#[test]
fn every_key_of_the_reports_stands_in_their_page() {
    let page = fs::read_to_string("docs/json.md").expect("the page is there");
    let named: Vec<&str> = page.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
    let mut unknown = Vec::new();
    for arguments in
        [&["run", "scenarios/checkout.toml", "--json", "-"][..], &["verify", "--only", "d*", "--json", "-"]]
    {
        let report: serde_json::Value = serde_json::from_str(out(&archsim(arguments))).expect("it is JSON");
        keys(&report, "", &mut unknown);
    }
    unknown.retain(|key| !named.contains(&key.rsplit('/').next().unwrap_or("")));
    assert!(unknown.is_empty(), "docs/json.md does not say what these are: {unknown:?}");
}

/// All keys that are the report's own, with their paths; names and paths of the scenario are left out.
fn keys(value: &serde_json::Value, path: &str, found: &mut Vec<String>) {
    let of_user = ["/shown", "/flows", "/components", "/assumed", "/busy_of", "/marks_ms", "/unknown", "/usage"];
    match value {
        serde_json::Value::Object(object) => {
            for (key, inner) in object {
                let here = format!("{path}/{key}");
                if !of_user.iter().any(|end| path.ends_with(end)) {
                    found.push(here.clone());
                }
                keys(inner, &here, found);
            }
        }
        serde_json::Value::Array(list) => list.iter().for_each(|inner| keys(inner, path, found)),
        _ => {}
    }
}

#[test]
fn json_in_a_file_leaves_the_report_on_standard_output() {
    let folder = folder("json_in_a_file");
    let path = folder.join("run.json");
    let output = archsim(&["run", DESK, "--reproducible", "--json", &path.to_string_lossy()]);
    let plain = archsim(&["run", DESK, "--reproducible"]);
    assert_eq!(out(&output), out(&plain));
    let json = archsim(&["run", DESK, "--reproducible", "--json", "-"]);
    assert_eq!(fs::read_to_string(&path).expect("the file is there"), out(&json));
    assert_eq!(names(&folder), ["run.json"]);
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let folder = folder("whole_or_not");
    fs::create_dir(folder.join("taken")).expect("a folder can be made");
    for place in ["nowhere/run.json", "taken"] {
        let path = folder.join(place);
        for verb in [&["run", DESK][..], &["verify", "--only", "ddc-pattern"]] {
            let output = archsim(&[verb, &["--json", &path.to_string_lossy()]].concat());
            assert_eq!(output.status.code(), Some(2), "{place}");
            assert!(err(&output).starts_with("error: cannot write "), "{}", err(&output));
            assert_eq!(out(&output), "");
        }
    }
    assert_eq!(names(&folder), ["taken"]);
}

#[test]
fn quiet_says_nothing_and_still_writes_the_file() {
    let path = folder("quiet").join("run.json");
    let output = archsim(&["run", DESK, "--quiet", "--json", &path.to_string_lossy()]);
    assert_eq!((output.status.code(), out(&output), err(&output)), (Some(0), "", ""));
    assert!(path.is_file());
    let verify = archsim(&["verify", "--quiet", "--only", "ddc-pattern"]);
    assert_eq!((verify.status.code(), out(&verify), err(&verify)), (Some(0), "", ""));
}

#[test]
fn threads_change_no_byte() {
    let with = |threads: &str| archsim(&["run", DESK, "--reproducible", "--json", "-", "--threads", threads]).stdout;
    let one = with("1");
    assert!(!one.is_empty());
    assert!(one == with("2") && one == with("8"));
}

#[test]
fn the_seed_is_one_unless_said() {
    let run = |more: &[&str]| archsim(&[&["run", DESK, "--reproducible"], more].concat()).stdout;
    assert_eq!(run(&[]), run(&["--seed", "1"]));
    assert_ne!(run(&[]), run(&["--seed", "2"]));
    let verify = |more: &[&str]| archsim(&[&["verify", "--only", "md1-rho80"], more].concat()).stdout;
    assert_eq!(verify(&[]), verify(&["--seed", "1"]));
    assert_ne!(verify(&[]), verify(&["--seed", "2"]));
}

#[test]
fn times_of_the_machine_are_left_out_only_where_asked() {
    let json = |more: &[&str]| -> serde_json::Value {
        let output = archsim(&[&["run", DESK, "--json", "-"], more].concat());
        serde_json::from_str(out(&output)).expect("standard output is JSON")
    };
    assert!(json(&[])["timing"]["wall_s"].as_f64().is_some_and(|seconds| seconds > 0.0));
    assert!(json(&["--reproducible"]).get("timing").is_none());
}

#[test]
fn a_file_that_is_no_text_is_refused() {
    let path = folder("no_text").join("picture.toml");
    fs::write(&path, [0x89, 0x50, 0xff, 0xfe, 0x00]).expect("a file can be written");
    let output = archsim(&["run", &path.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("it is not text"), "{}", err(&output));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_archsim"))
        .args(["scenario", "schema"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!((output.status.code(), err(&output)), (Some(0), ""));
}

#[test]
fn a_missed_objective_is_an_answer_and_not_a_failure() {
    let output = archsim(&["run", DESK, "--reproducible"]);
    assert!(out(&output).contains("objectives missed"));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_known_number_that_does_not_come_out_fails_the_verification() {
    let path = folder("wrong_number").join("wrong.toml");
    let proof = fs::read_to_string("scenarios/proofs/ddc-pattern.toml").expect("the proof is there");
    let (before, after) = proof.split_once("[[known]]").expect("it states a number");
    let number = after.lines().find(|line| line.contains("value")).expect("a number in its long form");
    let name = number.split('=').next().expect("a path").trim();
    let wrong =
        format!("{before}[[known]]\nhow = \"nobody knows\"\n{name} = {{ value = \"1h\", abs_tol = \"1ms\" }}\n");
    fs::write(&path, wrong).expect("a file can be written");
    let output = archsim(&["verify", &path.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(1), "{}{}", out(&output), err(&output));
    assert!(out(&output).starts_with("✗ 1 of 1 known numbers did not come out"), "{}", out(&output));
}

#[test]
fn a_new_scenario_runs_as_it_is_and_is_never_written_over() {
    let folder = folder("a_new_scenario");
    let path = folder.join("mine.toml").to_string_lossy().into_owned();
    assert_eq!(archsim(&["new", &path]).status.code(), Some(0));
    let written = fs::read_to_string(&path).expect("it is written");
    let run = archsim(&["run", &path]);
    assert_eq!((run.status.code(), err(&run)), (Some(0), ""));
    assert!(out(&run).contains("all 3 objectives met"), "{}", out(&run));
    assert_eq!(archsim(&["new", "--from", "retry-storm", &path]).status.code(), Some(2));
    assert_eq!(fs::read_to_string(&path).expect("it is still there"), written);
}

#[test]
fn a_story_is_found_by_its_name_in_an_empty_folder_and_a_file_of_that_name_wins() {
    let folder = folder("by_name");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_archsim"));
        command.current_dir(&folder).args(arguments).output().expect("the program starts")
    };
    let short = ["run", "retry-storm-budget", "--replications", "1"];
    let brought = run(&short);
    assert!(out(&brought).starts_with("A retry storm, on a budget"), "{}", err(&brought));
    assert_eq!(run(&["new", "--from", "closed-users", "retry-storm-budget.toml"]).status.code(), Some(0));
    let own = run(&short);
    assert!(out(&own).starts_with("People at their desks"), "{}", err(&own));
    assert!(err(&own).contains("retry-storm-budget.toml of this folder"), "{}", err(&own));
}

#[test]
fn every_shell_gets_completions_that_name_every_verb() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = archsim(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0));
        for verb in ["run", "verify", "new", "scenarios", "models", "completions"] {
            assert!(out(&output).contains(verb), "{shell}: {verb}");
        }
    }
}

#[test]
fn lists_are_data_too() {
    for (verb, least) in [("models", 5), ("scenarios", 4)] {
        let output = archsim(&[verb, "--json", "-"]);
        let json: serde_json::Value = serde_json::from_str(out(&output)).expect("standard output is JSON");
        let rows = json[verb].as_array().expect("a list");
        assert!(rows.len() >= least);
        assert!(rows.iter().all(|row| row["name"].is_string() && row["title"].is_string()));
    }
}
