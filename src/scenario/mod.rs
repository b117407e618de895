//! Scenario files: reads them, explains their mistakes, and compiles them into a world.
//!
//! Knows the format and the models; does not know how a run goes.

pub mod ast;
pub mod diagnostics;
pub mod model;
pub(crate) mod parse;
pub mod quantity;
pub mod sources;
pub(crate) mod suggest;
mod syntax_errors;
pub mod tree;
