//! The examples that `--help` gives are commands that work: each is run, in a folder like a new user's.

#![expect(clippy::disallowed_methods, reason = "these tests run the program in a folder of their own")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Every verb, in an order in which a user meets them: `new` writes the files that others read.
const VERBS: [&[&str]; 13] = [
    &["new"],
    &["scenarios"],
    &["scenarios", "check"],
    &["scenarios", "show"],
    &["scenarios", "schema"],
    &["run"],
    &["verify"],
    &["models"],
    &["models", "show"],
    &["models", "check"],
    &["models", "mechanisms"],
    &["completions"],
    &[],
];

/// Half a minute in a debug build, and run by other tests case by case.
const TOO_LONG: [&str; 1] = ["archsim verify"];

/// A desk with a known answer, the size of a postcard.
const DESK: &str = "duration = \"500s\"\nreplications = 5\ntraffic.ask.rate = \"8/s\"\n\
                    components.desk.model = \"server\"\n\
                    flows.ask.steps = [{ call = \"desk\", work = \"exp(100ms)\" }]\n\
                    [[known]]\nhow = \"load\"\ndesk.busy = 0.8\n";

/// A folder with what the examples take for granted.
fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples_of_help");
    let _ = fs::remove_dir_all(&folder);
    for inside in ["models/acme", ".local/share/bash-completion/completions", ".config/fish/completions"] {
        fs::create_dir_all(folder.join(inside)).expect("a folder can be made");
    }
    let page = fs::read_to_string("CONTRIBUTING.md").expect("CONTRIBUTING.md is text");
    let model = page.split("```toml\n").find(|block| block.starts_with("# models/acme/search.toml"));
    let model = model.and_then(|block| block.split("```").next()).expect("the worked example of a service");
    fs::write(folder.join("models/acme/search.toml"), model).expect("a file can be written");
    fs::write(folder.join("desk.toml"), DESK).expect("a file can be written");
    folder
}

fn help(verb: &[&str]) -> String {
    let program = env!("CARGO_BIN_EXE_archsim");
    let output = Command::new(program).args(verb).arg("--help").output().expect("the program starts");
    String::from_utf8(output.stdout).expect("help is text")
}

/// The commands below `Examples:`, without what is said about them.
fn examples(help: &str) -> Vec<String> {
    let below = help.split("Examples:\n").nth(1).unwrap_or_default();
    let lines = below.lines().map_while(|line| line.strip_prefix("  "));
    lines.map(|line| line.split("   ").next().unwrap_or(line).trim_end().to_owned()).collect()
}

/// As a shell would, with the program on its path and the folder as its home.
fn in_a_shell(command: &str, folder: &Path) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_archsim")).parent().expect("it lies in a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(program.to_owned()).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(paths).expect("a path");
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command).current_dir(folder).env("PATH", path).env("HOME", folder);
    shell.output().expect("a shell starts")
}

#[test]
fn every_example_of_every_help_works() {
    let folder = folder();
    let mut complaints = vec![];
    for verb in VERBS {
        let all = examples(&help(verb));
        if all.is_empty() {
            complaints.push(format!("`archsim {} --help` has no examples", verb.join(" ")));
        }
        for example in all.iter().filter(|example| !TOO_LONG.contains(&example.as_str())) {
            let output = in_a_shell(example, &folder);
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stderr);
                complaints.push(format!("`{example}` ended with {}: {said}", output.status));
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn a_command_ends_where_what_is_said_about_it_begins() {
    let help = "Usage\n\nExamples:\n  archsim run a.toml --set b=1    why\n  archsim new\n\nExit status:\n  0  well\n";
    assert_eq!(examples(help), ["archsim run a.toml --set b=1", "archsim new"]);
}
