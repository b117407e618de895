//! What binds next: how near each limit came, when somebody waited for it, and whether one zone less would have done.

use super::limits::{self, Limit};
use super::numbers::{count, duration, moment, show};
use super::table::Table;
use super::{Screen, numbers::commas};
use crate::outcome::Outcome;
use crate::outcome::path::Unit;

/// Limits that are shown.
const SHOWN: usize = 5;

/// The limits that bind first.
pub(super) fn lines(outcome: &Outcome, screen: &Screen) -> Vec<String> {
    let all = limits::nearest(outcome, usize::MAX);
    let (shown, more) = screen.shorten(all, SHOWN);
    if shown.is_empty() {
        return Vec::new();
    }
    let names = ["<next to bind", "<limit", "peak", "of", "at", "headroom", "waited for", "first at", "<zone less"];
    let mut table = Table::new(&[&names[..], &["<raise", "<source"]].concat());
    for limit in &shown {
        table.row(vec![
            limit.part.clone(),
            if limit.name.is_empty() { limit.scope() } else { limit.name.clone() },
            count(limit.peak as f64),
            count(limit.limit as f64),
            moment(limit.peak_at_s),
            show(Some(limit.headroom), Unit::Ratio),
            duration(limit.exceeded_s),
            limit.exceeded_from_s.map_or(String::new(), moment),
            zone_less(limit),
            if limit.adjustable { "by asking" } else { "by design" }.into(),
            limit.source.clone(),
        ]);
    }
    let may_go = ["source", "raise", "first at", "at", "waited for", "limit"];
    let mut lines = table.without_empty().within(screen.width, &may_go);
    lines.extend(screen.more(more, ""));
    lines
}

fn zone_less(limit: &Limit) -> String {
    let Some(less) = limit.zone_less else { return String::new() };
    let (peak, left) = (commas(less.peak as f64), commas(less.left as f64));
    let holds = if less.survives() { "✓" } else { "✗" };
    format!("{holds} {peak} of {left}")
}

/// The limit that came nearest, where nothing broke.
pub(super) fn nearest(outcome: &Outcome) -> Option<String> {
    let limit = limits::nearest(outcome, 1).into_iter().next()?;
    let name = if limit.name.is_empty() { limit.scope() } else { limit.name.clone() };
    let (peak, of) = (count(limit.peak as f64), count(limit.limit as f64));
    let waited = match limit.exceeded_s {
        0.0 => format!("{} left, nobody waited for it", show(Some(limit.headroom), Unit::Ratio)),
        long => format!("somebody waited for it during {}", duration(long)),
    };
    let at = moment(limit.peak_at_s);
    Some(format!("nearest to its limit: {}, {peak} of {of} {name} in use at {at}; {waited}", limit.part))
}
