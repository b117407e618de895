//! Scenario files: reads them, explains their mistakes, and compiles them into a world.
//!
//! Knows the format and the models; does not know how a run goes.

pub mod ast;
pub mod diagnostics;
pub mod quantity;
pub mod tree;
