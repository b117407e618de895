//! Detectors bound: the health checks of a fleet.

use super::Compiler;
use super::parts::{Part, whole};
use crate::components::detectors::{DetectorPlan, Opinions};
use crate::queueing::detector::DetectorSpec;
use crate::scenario::model::{ExprOp, Value};
use crate::units::Span;

impl<'a> Compiler<'a> {
    /// What watches the fleet that stage `fleet` of a part is.
    pub(super) fn detector_of(&mut self, name: &str, part: &Part<'_>, fleet: usize) -> Option<DetectorPlan> {
        let watches = Value::Stage(fleet);
        let mut stages = part.instance.stages.iter().enumerate();
        let (index, stage) = stages
            .find(|(_, stage)| stage.mechanism == "detector" && stage.settings.get("watches") == Some(&watches))?;
        for setting in ["agree", "watchers"] {
            if stage.settings.get(setting).is_some_and(|value| !value.is_off()) {
                let says = format!("`{setting}` of a detector (of `{name}`) is not run by this version of archsim");
                self.error(part.component.at, says, "take it away: there is one who asks");
            }
        }
        let every = stage.settings.get("every").and_then(Value::span).unwrap_or(Span::ZERO);
        if every == Span::ZERO {
            let says = format!("the members of `{name}` are asked every 0 s whether they are well");
            self.error(part.component.at, says, "`health = { every = \"10s\" }`");
            return None;
        }
        let mut shows = Vec::new();
        for (series, value) in &part.instance.series {
            let Value::Dynamic(ops) = value else { continue };
            match ops.as_slice() {
                [ExprOp::Measure(of, measure)] if *of == index && measure == "healthy" => {
                    shows.push((format!("{name}.{series}"), Opinions::Healthy));
                }
                [ExprOp::Measure(of, measure)] if *of == index && measure == "flips" => {
                    shows.push((format!("{name}.{series}"), Opinions::Flips));
                }
                _ => {}
            }
        }
        let down = whole(stage, "down").unwrap_or(1);
        Some(DetectorPlan {
            spec: DetectorSpec { every, down, up: whole(stage, "up").unwrap_or(0) },
            patience: stage.settings.get("patience").and_then(Value::span),
            replaces: !matches!(stage.settings.get("then"), Some(Value::Word(word)) if word == "avoid"),
            open: matches!(stage.settings.get("open"), Some(Value::Bool(true))),
            shows,
        })
    }
}
