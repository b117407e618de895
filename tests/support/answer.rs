//! Any text is answered: with a scenario that can be run, or with errors that stand somewhere and say something.

use archsim::experiment::{Scenario, Simulation, Trouble};
use archsim::outcome::books::audit;
use archsim::scenario::compile::Options;
use archsim::scenario::read::read;
use archsim::scenario::sources::MemoryFiles;
use archsim::units::Time;

/// Pieces in which a run is made.
const PIECES: u128 = 100;

/// What became of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is no scenario, and its author is told why.
    Refused,
    /// It is one, which nobody should run without a second thought.
    Dear,
    /// It ran, to its end or to a reason why it cannot go on.
    Ran,
}

/// Reads a text, compiles it and runs it if that takes at most so many events; panics if it is not answered well.
///
/// The text is read alone: what it extends is not there, but itself.
pub fn answer(name: &str, text: &str, cheap: f64) -> Fate {
    let files = MemoryFiles::new([(name, text)]);
    let reading = read(&files, name, &[]);
    let said = &reading.diagnostics;
    assert_ne!(reading.scenario.is_some(), said.failed(), "{name}: a scenario or an error, never both or neither");
    for said in &said.list {
        assert!(!said.says.trim().is_empty(), "{name}: an empty message at {:?}", said.at);
        assert!(said.help.is_some() || !said.label.is_empty(), "{name}: {:?} has nothing that helps", said.says);
        let at = said.at.unwrap_or_else(|| panic!("{name}: {:?} has no place", said.says));
        let there = reading.sources.text(at.file).get(at.start as usize..at.end as usize);
        assert!(there.is_some(), "{name}: {:?} stands nowhere: {at:?}", said.says);
    }
    match Scenario::load(&files, name, &[], Options::default()) {
        Err(Trouble::File(said)) => {
            let error = said.starts_with("error") || said.contains("\nerror");
            assert!(error && said.len() < 2_000_000, "{name}: {} bytes: {said:.2000}", said.len());
            Fate::Refused
        }
        Err(other) => panic!("{name}: {other}"),
        Ok(scenario) if scenario.is_reasonable(Some(1), false).is_err() => Fate::Dear,
        Ok(scenario) if scenario.effort().events / f64::from(scenario.replications(None)) > cheap => Fate::Dear,
        Ok(scenario) => ran(name, &scenario, cheap),
    }
}

/// Runs it in pieces. Expected events know nothing of storms: who tries again and again is stopped after a while. Books
/// balance at any moment.
fn ran(name: &str, scenario: &Scenario, cheap: f64) -> Fate {
    let mut simulation: Simulation = Simulation::new(&scenario.plan, 1, 0);
    for piece in 1..=PIECES {
        let until = u128::from(scenario.plan.to.0) * piece / PIECES;
        let goes_on = simulation.run_until(Time(until as u64)).is_ok();
        let run = simulation.results();
        if !goes_on {
            return Fate::Ran;
        }
        if piece == PIECES || run.events as f64 > 3.0 * cheap {
            assert_eq!(audit(&[run], 1), [], "{name}");
            return if piece == PIECES { Fate::Ran } else { Fate::Dear };
        }
    }
    Fate::Ran
}
