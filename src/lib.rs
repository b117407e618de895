//! archsim: a flight simulator for cloud architectures.
//!
//! A [`Scenario`] says what a design is made of, what a request does, who asks and what must hold. Running it gives an
//! [`Outcome`], which answers every question by path: `browse.p99`, `db.busy`, `web.threads.busy`.
//!
//! # From a file
//!
//! ```
//! let shop = archsim::Scenario::from_file("scenarios/checkout.toml")?;
//! let outcome = shop.run(1)?;
//! let slow = outcome.value("browse.p99").is_some_and(|seconds| seconds > 0.3);
//! assert!(slow && outcome.verdict == archsim::Verdict::Missed);
//! # Ok::<(), archsim::Trouble>(())
//! ```
//!
//! # Without a file
//!
//! A text does as well, and [`Design`] changes settings of a text or a file before it is read:
//!
//! ```
//! let outcome = archsim::Scenario::from_toml(
//!     r#"
//!     name     = "A bank counter"
//!     duration = "8h"
//!
//!     [traffic]
//!     visit = { rate = "90/h" }
//!
//!     [components]
//!     counter = { model = "server", workers = 3, time = "exp(100s)" }
//!
//!     [flows.visit]
//!     steps = ["counter"]
//!     slo   = { p90 = "15m", success = "100%" }
//!     "#,
//! )?
//! .run(1)?;
//! for objective in &outcome.objectives {
//!     println!("{} {}: {}", objective.path, objective.condition, objective.verdict.word());
//! }
//! println!("{}", archsim::report::terminal::run(&outcome));
//! # Ok::<(), archsim::Trouble>(())
//! ```
//!
//! # When something is wrong
//!
//! [`Trouble`] prints every mistake of a file at once, each with its line, its cause and its cure:
//!
//! ```
//! let trouble = archsim::Scenario::from_toml("name = \"x\"\nduration = 10").unwrap_err();
//! assert!(trouble.to_string().contains("`duration` needs a unit"), "{trouble}");
//! ```
//!
//! # Beneath
//!
//! The modules are layers, each of which uses only those below it; the map is `ARCHITECTURE.md`. What is not
//! re-exported here may change from one version to the next.

pub mod capacity;
pub mod components;
pub mod cost;
pub mod engine;
pub mod experiment;
pub mod outcome;
pub mod queueing;
pub mod record;
pub mod report;
pub mod scenario;
pub mod units;

pub use experiment::{Ask, Design, Scenario, Trouble};
pub use outcome::Outcome;
pub use outcome::objective::Verdict;
