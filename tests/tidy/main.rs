//! The house rules that a machine can check.
//!
//! Each rule is a function from texts to complaints, so that it can be shown biting on a text that breaks it; one test
//! a rule then asks it of the whole repository. A complaint says the place, what is wrong and what would be right.

#![expect(clippy::disallowed_methods, reason = "these tests read the repository itself")]

mod crates;
mod debts;
mod exceptions;
mod layers;
mod models;
mod names;
mod pages;
mod places;
mod repository;
mod rust;
mod services;
mod strays;

/// Fails with all complaints at once, one a line.
#[track_caller]
fn nobody_complains(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
