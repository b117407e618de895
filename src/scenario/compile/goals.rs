//! What good means while a fault is on: the objectives of flows, as they are asked of each minute.

use super::Compiler;
use crate::components::blueprint::Comparison;
use crate::components::incidents::{Goal, GoalSpec};
use crate::scenario::quantity::{Bound, Condition, Window};

impl<'a> Compiler<'a> {
    /// Objectives of the whole run that can be asked of a minute. A flow without any is good while every answer is.
    pub(super) fn goals(&mut self) {
        for (index, flow) in self.ast.flows.values().enumerate() {
            let index = index as u32;
            for objective in &flow.slo {
                for condition in &objective.conditions {
                    let goal = goal(&objective.path.value);
                    let goals = goal.map(|goal| specs(index, goal, &condition.value)).unwrap_or_default();
                    self.out.incidents.goals.extend(goals);
                }
            }
        }
        if self.out.incidents.goals.is_empty() {
            let flows = 0..self.ast.flows.len() as u32;
            let all = |flow| GoalSpec { flow, of: Goal::Success, compare: Comparison::AtLeast, than: 1.0 };
            self.out.incidents.goals = flows.map(all).collect();
        }
    }
}

fn goal(path: &str) -> Option<Goal> {
    Some(match path {
        "success" => Goal::Success,
        "errors" => Goal::Errors,
        "throttled" => Goal::Throttled,
        "refused" => Goal::Refused,
        "late" => Goal::Late,
        "mean" => Goal::Mean,
        "max" => Goal::Greatest,
        "p50" => Goal::Quantile(0.5),
        "p90" => Goal::Quantile(0.9),
        "p95" => Goal::Quantile(0.95),
        "p99" => Goal::Quantile(0.99),
        "p999" => Goal::Quantile(0.999),
        "p9999" => Goal::Quantile(0.9999),
        _ => return None,
    })
}

/// A condition as comparisons with one bound each; a condition of a part of the run says nothing about a minute.
fn specs(flow: u32, of: Goal, condition: &Condition) -> Vec<GoalSpec> {
    if condition.window != Window::Whole {
        return Vec::new();
    }
    let scale = if matches!(of, Goal::Quantile(_) | Goal::Mean | Goal::Greatest) { 1e9 } else { 1.0 };
    let one = |compare, than: f64| GoalSpec { flow, of, compare, than: than * scale };
    match condition.bound {
        Bound::Below(than) => vec![one(Comparison::Less, than)],
        Bound::AtMost(than) => vec![one(Comparison::AtMost, than)],
        Bound::Above(than) => vec![one(Comparison::More, than)],
        // What an objective states bare, as `success = "99.9%"`, is the least that is good enough.
        Bound::AtLeast(than) => vec![one(Comparison::AtLeast, than)],
        Bound::Within(from, to) => vec![one(Comparison::AtLeast, from), one(Comparison::AtMost, to)],
        Bound::Equal(than) => vec![one(Comparison::Equal, than)],
        Bound::Is(_) | Bound::OfBaseline(_) => Vec::new(),
    }
}
