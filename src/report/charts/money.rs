//! The month's bill as bars: what costs most stands on top, each with its dollars.

use super::page::{LEFT, WIDTH, shortened};
use super::png::width;
use super::scene::palette::{BLUE, FAINT, INK, ORANGE, QUIET};
use super::scene::{Anchor, Scene};
use crate::cost::{Line, Statement};
use crate::report::bill::{dollars, tier};
use crate::units::Money;

/// Bars at most; the rest is one more.
const BARS: usize = 16;
const HIGH: f64 = 24.0;

/// A price, with its tier where it has several.
fn named(line: &Line) -> String {
    let tier = tier(line);
    if tier.is_empty() { line.key.clone() } else { format!("{} ({tier})", line.key) }
}

/// The picture; nothing where nothing costs anything.
pub fn bill(scenario: &str, statement: &Statement) -> Option<Scene> {
    let bill = &statement.bill;
    let mut lines: Vec<(String, Money, bool)> =
        bill.lines.iter().map(|line| (named(line), line.usd, line.source.status == "assumed")).collect();
    lines.retain(|(_, usd, _)| usd.0 > 0);
    lines.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    if lines.is_empty() {
        return None;
    }
    if lines.len() > BARS + 1 {
        let rest: Money = lines[BARS..].iter().map(|(_, usd, _)| *usd).sum();
        let name = format!("{} more", lines.len() - BARS);
        lines.truncate(BARS);
        lines.push((name, rest, false));
    }
    let title = format!("{scenario} · the bill of a month, {}", dollars(bill.total()));
    let height = 90.0 + lines.len() as f64 * HIGH + 20.0;
    let mut scene = Scene::new(WIDTH, height, &title);
    scene.bold((LEFT, 34.0), 19.0, INK, &shortened(&title, 19.0, true, WIDTH - LEFT - 20.0));
    let unsure = lines.iter().any(|(.., assumed)| *assumed);
    let hours = if statement.assumed { "730 hours like this run" } else { "hours as the scenario's month says" };
    let small = if unsure { format!("{hours} · orange: the price is assumed") } else { hours.to_owned() };
    scene.text((LEFT, 55.0), 12.0, QUIET, Anchor::Start, &small);
    let names = lines.iter().map(|(name, ..)| width(name, 12.0, false)).fold(0.0, f64::max).min(380.0);
    let (left, right) = (LEFT + names + 12.0, WIDTH - 190.0);
    let top = lines[0].1.as_dollars();
    for (row, (name, usd, assumed)) in lines.iter().enumerate() {
        let middle = 84.0 + row as f64 * HIGH + HIGH / 2.0;
        let name = shortened(name, 12.0, false, names);
        scene.text((left - 10.0, middle + 4.0), 12.0, INK, Anchor::End, &name);
        let long = (right - left) * usd.as_dollars() / top;
        let colour = if *assumed { ORANGE } else { BLUE };
        scene.rectangle([left, middle - 7.5, long.max(1.0), 15.0], colour, 0.8);
        let whole = bill.total().as_dollars();
        let share = if whole > 0.0 { usd.as_dollars() / whole } else { 0.0 };
        let said = format!("{}  {}", dollars(*usd), crate::report::numbers::percent(share));
        scene.text((left + long + 8.0, middle + 4.0), 12.0, INK, Anchor::Start, &said);
    }
    scene.line(vec![(left, 84.0), (left, 84.0 + lines.len() as f64 * HIGH)], FAINT, 1.0);
    Some(scene)
}
