//! Models: services as data. Reads model files, checks that they fit together, and turns a model with the settings of a
//! component into an [`Instance`]: mechanisms with numbers, and paths through them.
//!
//! Knows mechanisms by their names in `models/mechanisms.toml`, and no service.

mod agree;
mod check;
mod describe;
mod expr;
mod fields;
mod instance;
mod instantiate;
mod library;
mod literal;
mod merge;
mod quotas;
mod read;
mod registry;
mod shape;
mod show;
mod table;
mod unit;
mod value;
mod words;

pub use agree::agree;
pub use describe::describe_mechanisms;
pub use expr::{One, Two};
pub use instance::{
    CheckInstance, Counting, FaultInstance, GiveInstance, Given, Instance, LimitInfo, MeterInstance, OpInstance,
    PathStep, Price, StageInstance, TakeInstance, Target,
};
pub use instantiate::{Wanted, instantiate, instantiate_take};
pub use library::Library;
pub(crate) use quotas::unknown as unknown_quotas;
pub(crate) use registry::lets_in;
pub use shape::{Comparison, Model, Section};
pub use unit::Unit;
pub use value::{ExprOp, Kind, Value};
