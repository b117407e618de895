//! Scenario files: reads them, explains their mistakes, and compiles them into a world.
//!
//! Knows the format and the models; does not know how a run goes.

pub mod ast;
pub mod compile;
pub mod diagnostics;
pub(crate) mod extend;
pub(crate) mod include;
pub mod model;
pub mod month;
pub mod overlay;
pub(crate) mod parse;
pub(crate) mod policies;
pub mod quantity;
pub mod read;
pub mod render;
pub mod schema;
pub mod shipped;
pub mod show;
pub mod sources;
pub(crate) mod suggest;
mod syntax_errors;
pub mod tree;
