//! Lines that keep themselves short, and limits that find themselves.

use super::Compiler;
use super::parts::whole;
use crate::components::shedding::ControlSpec;
use crate::queueing::governor::{GovernorLaw, GovernorSpec};
use crate::scenario::model::{StageInstance, Value};
use crate::scenario::tree::At;
use crate::units::Span;

impl<'a> Compiler<'a> {
    /// What a stage says of it; none: a line of any length, a limit that stays.
    pub(super) fn control_of(&mut self, name: &str, stage: &StageInstance, at: At) -> Option<ControlSpec> {
        let span = |setting: &str| {
            let span = stage.settings.get(setting).and_then(Value::span);
            span.filter(|span| *span != Span::FOREVER)
        };
        let word = |setting: &str, wanted: &str| matches!(stage.settings.get(setting), Some(Value::Word(word)) if word == wanted);
        let sheds = match (span("shed_interval"), span("shed_target")) {
            (Some(interval), Some(target)) => Some((interval, target)),
            (None, None) => None,
            _ => {
                let says = format!("`{name}` sheds after a time that is half said");
                self.error(at, says, "say both: `shed = { interval = \"100ms\", target = \"5ms\" }`");
                None
            }
        };
        let newest_first = word("order", "adaptive");
        if newest_first && sheds.is_none() {
            let says = format!("`{name}` turns its line around while it stands, and nobody says when it does");
            self.error(at, says, "`shed = { interval = \"100ms\", target = \"5ms\" }`");
        }
        let thousandths = |setting: &str| {
            let number = stage.settings.get(setting).and_then(Value::number).unwrap_or(1.0);
            (number * 1000.0 + 0.5).clamp(0.0, 1e9) as u32
        };
        let law = match (word("adapts", "aimd"), word("adapts", "gradient"), span("target")) {
            (true, _, Some(target)) => Some(GovernorLaw::Aimd { target, back_off: thousandths("back_off").min(1000) }),
            (true, _, None) => {
                let says =
                    format!("`{name}` lowers its limit when somebody stays too long, and nobody says how long that is");
                self.error(at, says, "`target = \"200ms\"`");
                None
            }
            (_, true, _) => Some(GovernorLaw::Gradient {
                tolerance: thousandths("tolerance").max(1),
                samples: whole(stage, "samples").unwrap_or(1),
            }),
            _ => None,
        };
        let governor = law.map(|law| GovernorSpec {
            law,
            begins: whole(stage, "limit").unwrap_or(1),
            least: whole(stage, "least").unwrap_or(1),
            most: whole(stage, "most").unwrap_or(u32::MAX),
        });
        let control = ControlSpec { longest: span("longest"), sheds, newest_first, governor };
        (control != ControlSpec::default()).then_some(control)
    }
}
