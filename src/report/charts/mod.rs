//! The pictures of a run: the same shapes as SVG and as PNG, with the same bytes for the same run.
//!
//! No date, no machine, no font of the system: a picture is a function of what was measured.

mod axis;
mod money;
mod page;
mod panel;
mod pictures;
mod png;
mod scene;
mod story;
mod svg;

pub use png::png;
pub use scene::Scene;
pub use story::{Counts, Story};
pub use svg::svg;

use crate::cost::Statement;
use crate::outcome::Outcome;

/// All pictures of a run, by name.
pub fn all(outcome: &Outcome, statement: Option<&Statement>) -> Vec<(&'static str, Scene)> {
    let mut all: Vec<(&'static str, Option<Scene>)> = Vec::new();
    if let Some(story) = Story::of(outcome) {
        all.push(("latency", pictures::latency(outcome, &story)));
        all.push(("goodput", pictures::goodput(outcome, &story)));
        all.push(("capacity", pictures::capacity(outcome, &story)));
        all.push(("utilisation", pictures::utilisation(outcome, &story)));
        all.push(("waiting", pictures::waiting(outcome, &story)));
    }
    all.push(("bill", statement.and_then(|statement| money::bill(&outcome.scenario, statement))));
    all.into_iter().filter_map(|(name, scene)| Some((name, scene?))).collect()
}
