//! The folder that a run writes: what is in it, that the same run gives the same bytes, and what happens where it cannot be
//! written.

#![expect(clippy::disallowed_methods, reason = "these tests run the program and look at what it wrote")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Two flows, a part that is too slow for a while, a fault and two phases, in half a minute.
const STORY: &str = r#"
name = "A day / with \"quotes\", commas & <signs>: Grüße"
duration = "30s"
replications = 2
phases = { calm = "0s..10s", loud = "15s..30s" }
traffic.people = { rate = "60/s", mix = { ask = 0.9, tell = 0.1 }, timeout = "2s" }
components.desk = { model = "server", workers = 2, room = 40 }
handlers.desk = { work = "exp(20ms)" }
flows.ask = { steps = ["desk"], slo = { p99 = "300ms", success = "99%" } }
flows.tell = { steps = ["desk"] }
faults.pause = { what = "slow", target = "desk", factor = 5, at = "12s", for = "5s" }
"#;

/// An empty folder of this test's own, with a story in a file whose name needs care.
fn folder(name: &str) -> (PathBuf, PathBuf) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder can be made");
    let file = folder.join("a störy.toml");
    fs::write(&file, STORY).expect("it can be written");
    (folder, file)
}

fn run(folder: &Path, file: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_archsim"));
    command.current_dir(folder).args(["run", "--reproducible"]).arg(file).args(more).output().expect("it starts")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("messages are text")
}

/// Every file of a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("the folder can be read").map(|entry| entry.expect("an entry").path());
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    entries.filter(|path| path.is_file()).map(|path| (name(&path), fs::read(&path).expect("it can be read"))).collect()
}

/// A table as RFC 4180 has it.
fn table(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = std::str::from_utf8(bytes).expect("a table is text");
    let (mut rows, mut row, mut cell, mut quoted) = (vec![], vec![], String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {
                assert_eq!(letters.next(), Some('\n'), "a line ends with CR LF");
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            letter => cell.push(letter),
        }
    }
    assert!(!quoted && row.is_empty() && cell.is_empty(), "the last line ends, too");
    rows
}

#[test]
fn a_story_leaves_its_report_and_the_same_run_the_same_bytes() {
    let (here, file) = folder("files-story");
    let first = run(&here, &file, &[]);
    assert_eq!(
        (first.status.code(), err(&first).as_str()),
        (Some(0), "reports/a störy/ has report.json, 5 CSV files, 5 pictures as SVG and PNG\n")
    );
    let all = files(&here.join("reports/a störy"));
    let pictures = ["capacity", "goodput", "latency", "utilisation", "waiting"];
    let mut names: Vec<String> =
        pictures.iter().flat_map(|name| [format!("{name}.png"), format!("{name}.svg")]).collect();
    names.extend(
        ["components.csv", "events.csv", "flows.csv", "limits.csv", "recovery.csv", "report.json"].map(String::from),
    );
    names.sort();
    assert_eq!(all.keys().cloned().collect::<Vec<_>>(), names);
    let again = run(&here, &file, &["--threads", "1", "--out", "again/and/again"]);
    assert_eq!(again.status.code(), Some(0), "{}", err(&again));
    let differ: Vec<&String> =
        names.iter().filter(|name| files(&here.join("again/and/again"))[*name] != all[*name]).collect();
    assert!(differ.is_empty(), "{differ:?}");
    for picture in pictures {
        let svg = std::str::from_utf8(&all[&format!("{picture}.svg")]).expect("SVG is text");
        assert!(svg.contains("A day / with \"quotes\", commas &amp; &lt;signs&gt;: Grüße"), "{picture}");
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        assert!(all[&format!("{picture}.png")].starts_with(b"\x89PNG"));
    }
}

#[test]
fn tables_have_as_many_cells_as_columns_and_time_that_runs_forward() {
    let (here, file) = folder("files-tables");
    let output = run(&here, &file, &["--no-files", "--csv", "tables"]);
    assert_eq!((output.status.code(), err(&output).as_str()), (Some(0), "tables/ has 5 CSV files\n"));
    assert!(!here.join("reports").exists());
    for (name, bytes) in files(&here.join("tables")) {
        let rows = table(&bytes);
        let column = |wanted: &str| rows[0].iter().position(|name| name == wanted);
        assert!(rows.len() > 1 && rows.iter().all(|row| row.len() == rows[0].len()), "{name}");
        let Some(time) = column("time_s").filter(|_| name != "recovery.csv") else { continue };
        let times: Vec<f64> = rows[1..].iter().map(|row| row[time].parse().expect("a number")).collect();
        assert!(times.is_sorted(), "{name}");
    }
    let events = table(&files(&here.join("tables"))["events.csv"]);
    assert_eq!(
        events[2..],
        [["12", "17", "fault or change", "pause"], ["15", "30", "phase", "loud"]]
            .map(|row| row.map(String::from).to_vec())
    );
}

#[test]
fn what_the_tables_count_is_what_the_report_counts() {
    let (here, file) = folder("files-counts");
    let output = run(&here, &file, &["--replications", "1"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let all = files(&here.join("reports/a störy"));
    let report: serde_json::Value = serde_json::from_slice(&all["report.json"]).expect("it is JSON");
    let sum = |file: &str, who: &str, column: &str| -> f64 {
        let rows = table(&all[file]);
        let place = |wanted: &str| rows[0].iter().position(|name| name == wanted).expect("a column");
        let cell = |row: &[String], name: &str| row[place(name)].parse::<f64>().expect("a number");
        let own = rows[1..].iter().filter(|row| row[2] == who);
        own.map(|row| cell(row, column) * cell(row, "length_s")).sum()
    };
    for flow in ["ask", "tell"] {
        let books = &report["flows"][flow];
        for (column, counted) in [
            ("begun_per_s", &books["requests"]),
            ("ok_per_s", &books["ok"]),
            ("throttled_per_s", &books["failed_by"]["throttled"]),
        ] {
            let counted = counted.as_f64().expect("a number");
            assert!((sum("flows.csv", flow, column) - counted).abs() < 1e-3, "{flow} {column}: {counted}");
        }
    }
    let books = &report["components"]["desk"]["books"];
    for (column, book) in [("came_per_s", "came_in"), ("done_per_s", "done"), ("throttled_per_s", "throttled")] {
        assert!(
            (sum("components.csv", "desk", column) - books[book].as_f64().expect("a number")).abs() < 1e-3,
            "{book}"
        );
    }
    let busy = sum("limits.csv", "desk", "used") / sum("limits.csv", "desk", "there");
    assert!((busy - report["components"]["desk"]["busy"].as_f64().expect("a share")).abs() < 1e-6);
    let waiting = sum("components.csv", "desk", "waiting") / 30.0;
    assert!(waiting > 0.1, "{waiting}");
}

#[test]
fn nothing_is_written_where_nobody_reads_or_asks() {
    let (here, file) = folder("files-none");
    for more in [&["--quiet"][..], &["--no-files"], &["--json", "-"]] {
        let output = run(&here, &file, more);
        assert_eq!((output.status.code(), err(&output).as_str()), (Some(0), ""), "{more:?}");
    }
    assert_eq!(files(&here).into_keys().collect::<Vec<_>>(), ["a störy.toml"]);
    assert!(!here.join("reports").exists());
}

#[test]
fn files_of_ones_own_stay_and_stale_pictures_go() {
    let (here, file) = folder("files-stale");
    let reports = here.join("mine");
    fs::create_dir(&reports).expect("a folder can be made");
    for name in ["notes.txt", "bill.svg", "bill.png", "bill.csv"] {
        fs::write(reports.join(name), "old").expect("it can be written");
    }
    let output = run(&here, &file, &["--out", "mine"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let all = files(&reports);
    assert_eq!(all["notes.txt"], b"old");
    assert!(
        all.contains_key("latency.svg")
            && !["bill.svg", "bill.png", "bill.csv"].iter().any(|name| all.contains_key(*name))
    );
    let hidden = fs::read_dir(&here)
        .expect("it can be read")
        .filter(|entry| entry.as_ref().expect("an entry").file_name().to_string_lossy().starts_with('.'));
    assert_eq!(hidden.count(), 0, "nothing half-written stays behind");
}

#[test]
fn a_folder_that_cannot_be_written_is_said_and_leaves_nothing() {
    let (here, file) = folder("files-unwritable");
    fs::write(here.join("taken"), "a file").expect("it can be written");
    for out in ["taken", "taken/below", "taken/below/deeper"] {
        let output = run(&here, &file, &["--out", out]);
        assert_eq!(output.status.code(), Some(2), "{out}");
        let said = err(&output);
        assert!(said.starts_with("error: cannot write the report to taken") && said.contains("= help: "), "{said}");
        assert!(!output.stdout.is_empty(), "what was found is told all the same");
    }
    let mut left: Vec<_> =
        fs::read_dir(&here).expect("it can be read").map(|e| e.expect("an entry").file_name()).collect();
    left.sort();
    assert_eq!(left, ["a störy.toml", "taken"]);
}

#[test]
fn a_run_without_requests_or_with_one_slice_has_pictures_too() {
    let (here, file) = folder("files-empty");
    let few = STORY.replace("rate = \"60/s\"", "rate = \"0.0001/s\"");
    fs::write(&file, few).expect("it can be written");
    let output = run(&here, &file, &["--out", "few"]);
    assert_eq!((output.status.code(), err(&output).as_str()), (Some(0), "few/ has report.json, 5 CSV files\n"));
    // Just one slice is measured.
    fs::write(&file, format!("warmup = \"29.95s\"\n{STORY}")).expect("it can be written");
    let output = run(&here, &file, &["--out", "short"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let short = files(&here.join("short"));
    assert_eq!(table(&short["flows.csv"]).len(), 3, "a row for each flow");
    assert!(short.contains_key("goodput.png"), "{:?}", short.keys());
}

#[test]
fn a_steady_run_has_a_report_and_no_series() {
    let (here, file) = folder("files-steady");
    let steady = STORY.replace(
        "duration = \"30s\"\nreplications = 2",
        "until = { of = \"ask.mean\", within = \"20%\", at_most = \"10000s\" }",
    );
    let steady = steady.lines().filter(|line| !line.starts_with("faults") && !line.starts_with("phases"));
    fs::write(&file, steady.collect::<Vec<_>>().join("\n")).expect("it can be written");
    let output = run(&here, &file, &["--out", "steady"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(files(&here.join("steady")).into_keys().collect::<Vec<_>>(), ["report.json"]);
    assert!(!here.join("reports").exists());
}
