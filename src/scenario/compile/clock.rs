//! Handlers that start by themselves by the clock: now and then, or at a time of day.

use super::Compiler;
use super::calls::Inside;
use super::handlers::Doing;
use crate::components::blueprint::{SourceShape, SourceSpec};
use crate::engine::program::Op;
use crate::scenario::ast::Handler;
use crate::units::{Law, Span, Time};

const DAY: u64 = 86_400_000_000_000;

impl<'a> Compiler<'a> {
    /// A handler that is started by the clock.
    pub(super) fn by_the_clock(&mut self, part: &'a str, operation: &'a str, handler: &'a Handler) {
        let entry = self.taker_entry(part, operation, "the clock");
        let name = self.out.entries[entry as usize].name.clone();
        let Some(shape) = self.clock_shape(handler, &name) else { return };
        let source = self.out.sources.len() as u32;
        let site = self.named_site(format!("{name}/arrivals"));
        self.out.sources.push(SourceSpec { name: name.clone(), mix: vec![(1.0, entry)], site, shape, key: None });
        (self.out.entries[entry as usize].source, self.out.entries[entry as usize].asker) = (source, source);
        let mut context = self.own_context(part, entry);
        let Some(op) = self.parts[part].instance.default_op(true).map(str::to_owned) else {
            let says = format!("nothing says what `{part}` does when the clock starts it");
            return self.error(handler.at, says, "a model whose parts run handlers: `server`");
        };
        let inside = Inside::Handler(Doing::of(handler));
        self.out.entries[entry as usize].start = self.out.program.here();
        self.part_way(part, &op, operation, inside, None, &mut context);
        self.emit(Op::End, &context);
        self.write_pending();
    }

    /// When the clock starts a handler: `every` so long from the start of the run on, or at a time of day.
    fn clock_shape(&mut self, handler: &Handler, name: &str) -> Option<SourceShape> {
        let users = vec![(Time::ZERO, 1.0)];
        if let Some(every) = &handler.every {
            if every.value.mean() <= 0.0 {
                self.error(every.at, "nothing comes every 0 s", "`every = \"1m\"`");
                return None;
            }
            return Some(match every.value {
                Law::Constant(period) => SourceShape::Ticks { users, most: 1, period: Span::from_nanos(period) },
                _ => {
                    let site = self.named_site(format!("{name}/every"));
                    SourceShape::IrregularTicks { users, most: 1, law: self.law(&every.value), site }
                }
            });
        }
        let daily = handler.daily.as_ref()?;
        let Some(moment) = time_of_day(&daily.value) else {
            self.error(daily.at, format!("`{}` is no time of day", daily.value), "`at = \"02:00\"`");
            return None;
        };
        let start = self.ast.start.as_ref().and_then(|start| clock_time(&start.value)).unwrap_or(0);
        let first = (moment + DAY - start % DAY) % DAY;
        let days = (self.out.to.0.saturating_sub(first)).div_ceil(DAY);
        Some(SourceShape::Trace((0..days).map(|day| (Time(first + day * DAY), 0, 0)).collect()))
    }
}

/// `02:00` or `02:00:30`, in nanoseconds since midnight.
fn time_of_day(text: &str) -> Option<u64> {
    let words: Vec<&str> = text.trim().split(':').collect();
    let number = |word: &str, below: u64| word.parse::<u64>().ok().filter(|n| *n < below && word.len() == 2);
    let (hours, minutes, seconds) = match words[..] {
        [hours, minutes] => (number(hours, 24)?, number(minutes, 60)?, 0),
        [hours, minutes, seconds] => (number(hours, 24)?, number(minutes, 60)?, number(seconds, 60)?),
        _ => return None,
    };
    Some((hours * 3600 + minutes * 60 + seconds) * 1_000_000_000)
}

/// The time of day within the calendar time of the start of a run.
fn clock_time(start: &str) -> Option<u64> {
    start.split([' ', 'T']).find_map(time_of_day)
}
