//! What has to be watched besides the usual, because somebody asks for it.

use super::Compiler;
use super::parts::Bound;
use crate::components::blueprint::Watch;
use crate::components::messages::Asks;
use crate::scenario::quantity;
use crate::units::Time;

/// The part whose presence a watch follows.
pub(crate) fn part_of(watch: &Watch) -> Option<u32> {
    match *watch {
        Watch::PresentAtLeast { part, .. } | Watch::PresentAt { part, .. } | Watch::PresentBelow { part, .. } => {
            Some(part)
        }
        Watch::QueueAtLeast { .. } | Watch::CaughtUp { .. } | Watch::WaitAt { .. } => None,
    }
}

impl<'a> Compiler<'a> {
    /// Every path that somebody looks at.
    pub(super) fn paths(&self) -> Vec<String> {
        let ast = self.ast;
        let expected = ast.expect.iter().chain(ast.claims.values().flat_map(|claim| &claim.expect));
        let mut paths: Vec<String> = expected.map(|expectation| expectation.path.value.clone()).collect();
        for (name, flow) in &ast.flows {
            paths.extend(flow.slo.iter().map(|expectation| format!("{name}.{}", expectation.path.value)));
        }
        for known in &ast.known {
            paths.extend(known.numbers.iter().map(|number| number.path.value.clone()));
            paths.extend(known.numbers.iter().filter_map(|number| Some(number.n.as_ref()?.value.clone())));
        }
        paths.extend(ast.until.iter().map(|until| until.of.value.clone()));
        paths.sort();
        paths.dedup();
        paths
    }

    /// Does anybody ask when all that a flow set off is over?
    pub fn wants_done(&self, flow: &str) -> bool {
        self.paths().iter().any(|path| path.strip_prefix(flow).is_some_and(|rest| rest.starts_with(".done.")))
    }

    /// Watches for the paths that need them.
    pub fn watches(&mut self) {
        for line in 0..self.out.lines.len() as u32 {
            self.out.watches.push(Watch::QueueAtLeast { line, n: 1 });
        }
        let paths = self.paths();
        self.out.slowdown = paths.iter().any(|path| path.contains("slowdown"));
        for path in paths {
            let words: Vec<&str> = path.split('.').collect();
            let Some(part) = words.first().and_then(|name| self.parts.get(*name)) else { continue };
            let (index, lines) = (part.index, lines_of(&part.stages));
            if let Some(store) = self.out.messages.iter().position(|store| store.part == index)
                && let Some(asks) = self.asks_of_backlog(&path, &words[1..])
            {
                self.out.messages[store].asks.push(asks);
                continue;
            }
            let watch = match words[1..] {
                ["present", "share_ge" | "share_lt", n] => {
                    n.parse().ok().map(|n| Watch::PresentAtLeast { part: index, n })
                }
                ["present", "at", "end"] => {
                    Some(Watch::PresentAt { part: index, at: Time(self.out.to.0.saturating_sub(1)) })
                }
                ["present", "at", at] | ["present", "share_ge", _, "at", at] => {
                    quantity::duration(at).ok().map(|span| Watch::PresentAt { part: index, at: Time(span.0) })
                }
                ["present", "first_below", n] => {
                    n.parse().ok().map(|n| Watch::PresentBelow { part: index, n, after: Time::ZERO })
                }
                ["queue", "share_ge" | "share_lt", n] => {
                    n.parse().ok().zip(lines.first()).map(|(n, line)| Watch::QueueAtLeast { line: *line, n })
                }
                ["caught_up"] => Some(Watch::CaughtUp { part: index, after: self.caught_up_after(&path) }),
                ["wait", "at", at] => {
                    quantity::duration(at).ok().map(|span| Watch::WaitAt { part: index, at: Time(span.0) })
                }
                _ => None,
            };
            self.out.watches.extend(watch);
        }
        self.out.watches.sort_by_key(|watch| format!("{watch:?}"));
        self.out.watches.dedup();
    }

    /// What a path asks of the backlog of a part that keeps messages.
    fn asks_of_backlog(&self, path: &str, words: &[&str]) -> Option<Asks> {
        match words {
            ["backlog" | "queue", "share_ge" | "share_lt", n] => n.parse().ok().map(Asks::AtLeast),
            ["backlog" | "queue", "at", at] => quantity::duration(at).ok().map(|span| Asks::At(Time(span.0))),
            ["backlog" | "queue", "first_below", n] => n.parse().ok().map(|n| Asks::Below(n, Time::ZERO)),
            ["caught_up"] => Some(Asks::CaughtUp(self.caught_up_after(path))),
            _ => None,
        }
    }

    /// From when on a backlog may be said to be gone: the end of the phase in which it is asked for; else the last moment
    /// at which the load or the servers change.
    fn caught_up_after(&self, path: &str) -> Time {
        use crate::scenario::ast::{Profile, Shape};
        let known = self.ast.known.iter().flat_map(|known| &known.numbers);
        let phase = known.filter(|number| number.path.value == path).find_map(|number| number.in_phase.as_ref());
        if let Some(phase) = phase.and_then(|phase| self.ast.phases.get(&phase.value)) {
            return Time(phase.value.1.0);
        }
        let loads = self.ast.traffic.values().filter_map(|traffic| match &traffic.shape {
            Shape::Open { rate: Profile::Lines(points), .. } => {
                points.windows(2).filter(|pair| pair[0].1 != pair[1].1).map(|pair| pair[1].0.0).max()
            }
            _ => None,
        });
        let changes = self.ast.changes.values().map(|change| change.moment.value.0);
        Time(loads.chain(changes).max().unwrap_or(0))
    }
}

fn lines_of(stages: &[Bound]) -> Vec<u32> {
    let lines = stages.iter().filter_map(|bound| if let Bound::Line { line, .. } = bound { Some(*line) } else { None });
    lines.collect()
}
