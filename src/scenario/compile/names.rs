//! The rank of every name: what breaks a tie between two things at one instant.

use crate::scenario::ast::{Scenario, Shape, Starts};

/// All names that may own an event, sorted.
pub(crate) struct Names {
    sorted: Vec<String>,
}

impl Names {
    /// The names of a scenario: parts, happenings, and each flow with each traffic that starts it.
    pub fn of(ast: &Scenario) -> Names {
        let mut sorted: Vec<String> = ast.components.keys().cloned().collect();
        sorted.extend(ast.faults.keys().chain(ast.changes.keys()).cloned());
        sorted.extend(ast.alarms.keys().chain(ast.runbooks.keys()).cloned());
        for (name, traffic) in &ast.traffic {
            sorted.push(name.clone());
            let mut entry = |flow: &str| sorted.push(Names::entry(flow, name));
            match &traffic.starts {
                Starts::Flow(flow) => entry(&flow.value),
                Starts::Mix(mix) => mix.iter().for_each(|(flow, _)| entry(&flow.value)),
                Starts::Journey(_) | Starts::Elsewhere => {}
            }
            match &traffic.shape {
                Shape::Users { every, .. } => every.keys().for_each(|flow| entry(flow)),
                Shape::Trace { rows, .. } => rows.iter().for_each(|row| entry(&row.flow)),
                Shape::Open { .. } => {}
            }
            // Flows within flows and journeys.
            ast.flows.keys().for_each(|flow| entry(flow));
        }
        for (part, handlers) in &ast.handlers {
            for (operation, handler) in handlers {
                let by = handler.from.as_ref().map_or("the clock", |from| from.value.as_str());
                sorted.push(Names::taker(part, operation, by));
            }
        }
        sorted.sort();
        sorted.dedup();
        Names { sorted }
    }

    /// What a traffic's start of a flow is called: sorts by the flow first, then by the traffic.
    pub fn entry(flow: &str, traffic: &str) -> String {
        // A space sorts before every letter a name may have, so `a` with any traffic comes before `ab`.
        format!("{flow} {traffic}")
    }

    /// What a handler is called that is started by a store or by the clock.
    pub fn taker(part: &str, operation: &str, by: &str) -> String {
        let dot = if operation.is_empty() { "" } else { "." };
        format!("{part}{dot}{operation} {by}")
    }

    /// The rank of a name.
    pub fn rank(&self, name: &str) -> u16 {
        self.sorted.binary_search_by(|other| other.as_str().cmp(name)).unwrap_or(0).min(8191) as u16
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }
}
