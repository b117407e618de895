//! Every law of time that a scenario's handlers, routines and flows state, with words for where it stands.

use crate::scenario::ast::{Call, Handler, Scenario, Step, Verb};
use crate::units::Law;

/// Place and law, in the order of names.
pub(crate) fn of(scenario: &Scenario) -> impl Iterator<Item = (String, &Law)> {
    let mut all = Vec::new();
    for (part, handlers) in &scenario.handlers {
        for (operation, handler) in handlers {
            let place = if operation.is_empty() { format!("`{part}`") } else { format!("`{part}.{operation}`") };
            of_handler(&place, handler, &mut all);
        }
    }
    for (name, routine) in &scenario.routines {
        of_handler(&format!("routine `{name}`"), routine, &mut all);
    }
    for (name, flow) in &scenario.flows {
        of_steps(&format!("flow `{name}`"), &flow.steps, &mut all);
    }
    all.into_iter()
}

type Found<'a> = Vec<(String, &'a Law)>;

fn of_handler<'a>(place: &str, handler: &'a Handler, all: &mut Found<'a>) {
    all.extend(handler.work.iter().map(|work| (place.to_string(), &work.value)));
    of_steps(place, &handler.steps, all);
}

fn of_steps<'a>(place: &str, steps: &'a [Step], all: &mut Found<'a>) {
    for step in steps {
        match &step.verb {
            Verb::Call(call) | Verb::Send(call) => of_call(place, call, all),
            Verb::Work(law) | Verb::Wait(law) => all.push((place.to_string(), law)),
            Verb::Repeat { steps, .. } | Verb::Group(steps) => of_steps(place, steps, all),
            Verb::Parallel { branches, .. } => branches.iter().for_each(|branch| of_steps(place, branch, all)),
            Verb::Choose(branches) => branches.iter().for_each(|branch| of_steps(place, &branch.steps, all)),
            Verb::Run(_) | Verb::Flow(_) | Verb::Mark(_) | Verb::Fail(_) => {}
        }
        let further = step.otherwise.iter().chain(&step.undo);
        further.for_each(|steps| of_steps(place, steps, all));
    }
}

fn of_call<'a>(place: &str, call: &'a Call, all: &mut Found<'a>) {
    let target = &call.target.value;
    all.extend(call.work.iter().map(|work| (format!("`{target}`, called by {place}"), &work.value)));
    of_steps(place, &call.steps, all);
    call.miss.iter().for_each(|steps| of_steps(place, steps, all));
}
