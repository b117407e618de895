//! The read side of a run: what was measured, whether it is known well enough, and whether it holds.
//!
//! Reads `record::Results` and a scenario's conditions; does not know how anything is drawn, nor how a run goes. Every
//! number of a report comes through [`measure`], so that a path means the same in `[expect]`, `[[known]]` and the tables.

pub mod books;
pub mod causes;
pub mod collapse;
pub mod intervals;
pub mod known;
pub mod measure;
pub mod objective;
pub mod path;
pub mod recovery;
pub mod steady;
pub mod warnings;
pub mod whole;

mod calls;
mod flows;
pub mod gauges;
mod laws;
mod parts;
mod relaxation;
mod shown;
mod stats;

pub use whole::{Assumption, Beside, Outcome, Timing};

/// Names of the books of a part, in the order of their equation.
pub fn parts_books() -> [&'static str; 11] {
    parts::BOOKS.map(|(name, _)| name)
}
