//! Is this installation right? Systems with known answers, read, compiled and run like any other scenario.

use rayon::prelude::*;

use super::study::{Ask, Scenario, Trouble};
use crate::outcome::known::Row;
use crate::scenario::compile::Options;
use crate::scenario::shipped;
use crate::scenario::sources::{Files, MemoryFiles};

/// Runs of a story whose file asks for one and states bare values. With nineteen degrees of freedom a value that is right
/// lies beyond four standard errors once in 1,300 times.
const REPLICATIONS: u32 = 20;

/// A case: its name, and its numbers or why there are none.
#[derive(Debug)]
pub struct Case {
    /// The file's name without `.toml`.
    pub id: String,
    /// Each known number beside what came out.
    pub rows: Result<Vec<Row>, Trouble>,
}

/// The scenarios that are part of the program.
pub fn built_in() -> (MemoryFiles, Vec<String>) {
    let files = MemoryFiles::new(shipped::proofs().iter().copied());
    let paths = shipped::proofs().iter().map(|(path, _)| (*path).to_owned());
    (files, paths.filter(|path| path.ends_with(".toml")).collect())
}

/// Runs each file that states known numbers and compares; `done` is told of each case as it ends.
pub fn verify(
    files: &(dyn Files + Sync),
    paths: &[String],
    seed: Option<u64>,
    done: impl Fn(&Case) + Sync,
) -> Vec<Case> {
    let case = |path: &String| {
        let case = Case { id: id_of(path), rows: rows(files, path, seed) };
        done(&case);
        case
    };
    // Order of results is that of the paths, whoever ends first.
    paths.par_iter().map(case).collect()
}

/// The name of a case: its file's, without `.toml`.
pub fn id_of(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.strip_suffix(".toml").unwrap_or(name).to_owned()
}

fn rows(files: &dyn Files, path: &str, seed: Option<u64>) -> Result<Vec<Row>, Trouble> {
    let scenario = Scenario::load(files, path, &[], Options::default())?;
    let once = scenario.ask(Ask { seed, unseen: true, ..Ask::default() })?.known;
    if !scenario.is_story() || !once.iter().any(|row| row.needs_replications) {
        return Ok(once);
    }
    let often = scenario.ask(Ask { seed, replications: Some(REPLICATIONS), unseen: true, ..Ask::default() })?.known;
    // Counts of the one run that the file asks for stay what they are.
    Ok(once.into_iter().zip(often).map(|(one, many)| if one.needs_replications { many } else { one }).collect())
}

/// Does a name fit a pattern with `*` (any text) and `?` (one character)?
pub fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        if p < pattern.len() && (pattern[p] == '?' || pattern[p] == name[n]) {
            (p, n) = (p + 1, n + 1);
        } else if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, n));
            p += 1;
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            (p, n) = (at + 1, from + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_with_stars_and_question_marks() {
        assert!(fits("mm1-*", "mm1-rho50"));
        assert!(fits("*", ""));
        assert!(fits("m?1*50", "mm1-rho50"));
        assert!(!fits("mm1", "mm1-rho50"));
        assert!(!fits("*-x", "mm1-rho50"));
    }

    #[test]
    fn a_bare_value_of_a_single_run_is_judged_by_replications() {
        let desk = "duration = \"2000s\"\ntraffic.ask.rate = \"8/s\"\ncomponents.desk.model = \"server\"\n\
                    flows.ask.steps = [{ call = \"desk\", work = \"exp(100ms)\" }]\n[[known]]\nhow = \"M/M/1\"\n";
        for (value, right) in [("0.8", true), ("0.7", false)] {
            let files = MemoryFiles::new([("desk.toml", format!("{desk}desk.busy = {value}").as_str())]);
            let cases = verify(&files, &["desk.toml".to_owned()], None, |_| ());
            let rows = cases[0].rows.as_ref().expect("it runs");
            assert_eq!((rows.len(), rows[0].pass), (1, right), "{}", rows[0].why);
            assert!(rows[0].z.is_some(), "the doubt is that of the replications");
        }
    }

    #[test]
    fn every_scenario_of_the_folder_is_part_of_the_program() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/proofs");
        #[expect(clippy::disallowed_methods, reason = "a test compares the list with the folder")]
        let entries = std::fs::read_dir(folder).expect("the folder is there");
        let mut names: Vec<String> =
            entries.map(|e| format!("proofs/{}", e.expect("readable").file_name().to_string_lossy())).collect();
        names.retain(|name| name.ends_with(".toml") || name.ends_with(".csv"));
        names.sort();
        let listed: Vec<&str> = shipped::proofs().iter().map(|(path, _)| *path).collect();
        assert_eq!(names, listed, "scenarios/embedded.rs lists every file of scenarios/proofs");
    }
}
