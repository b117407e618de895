//! Distances between regions, where users are, and where programs go on in each region.

use super::Compiler;
use super::programs::Context;
use crate::components::blueprint::SourceShape;
use crate::components::incidents::{LeadSpec, Way};
use crate::engine::program::{NONE, Op};
use crate::scenario::ast::Flow;
use crate::scenario::quantity;
use crate::units::Span;

/// Milliseconds there and back between regions, as measured (cloudping.co, sample of 2022-2023; row to column, and the two
/// directions differ by 7 ms at most). A distance that a scenario does not state is taken from here.
const MEASURED: &str = include_str!("../../../models/region-distances-ms.csv");

/// Half of the measured time there and back between two regions.
fn measured(a: &str, b: &str) -> Option<Span> {
    let mut rows = MEASURED.lines().map(|line| line.split(',').collect::<Vec<&str>>());
    let names = rows.next()?;
    let rows: Vec<Vec<&str>> = rows.collect();
    let ms = |from: &str, to: &str| {
        let column = names.iter().position(|name| *name == to)?;
        rows.iter().find(|row| row.first() == Some(&from))?.get(column)?.parse::<u64>().ok()
    };
    Some(Span((ms(a, b)? + ms(b, a)?) * 1_000_000 / 4))
}

impl<'a> Compiler<'a> {
    /// `[network]`: the time there and back between two regions; what is not stated is as measured.
    pub(super) fn roads(&mut self) {
        let regions = self.out.incidents.regions.clone();
        let n = regions.len();
        let mut roads: Vec<Option<Span>> = vec![None; n * n];
        (0..n).for_each(|region| roads[region * n + region] = Some(Span::ZERO));
        for (path, node) in &self.ast.network {
            let pair = regions.iter().enumerate().find_map(|(a, name)| {
                let other = path.strip_prefix(name.as_str())?.strip_prefix('.')?;
                Some((a, regions.iter().position(|region| region == other)?))
            });
            let Some((a, b)) = pair else {
                let says = format!("`{path}` is no distance between two regions of this scenario");
                self.error(node.at, says, "`us-east-1.us-west-2 = \"62ms\"`; distances within a region are not run");
                continue;
            };
            if let Some(text) = node.text() {
                let there_and_back = quantity::duration(text).unwrap_or_default();
                let half = Span(there_and_back.0.div_ceil(2));
                (roads[a * n + b], roads[b * n + a]) = (Some(half), Some(half));
            }
        }
        for (a, b) in (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b))) {
            if roads[a * n + b].is_none()
                && let Some(half) = measured(&regions[a], &regions[b])
            {
                (roads[a * n + b], roads[b * n + a]) = (Some(half), Some(half));
            }
            if roads[a * n + b].is_none() {
                let says = format!("how far is `{}` from `{}`?", regions[a], regions[b]);
                let help = format!("the time there and back: `[network]` `{}.{} = \"62ms\"`", regions[a], regions[b]);
                let at = self.ast.regions[b].at;
                self.error(at, says, help);
            }
        }
        self.out.incidents.roads = roads.into_iter().map(Option::unwrap_or_default).collect();
    }

    /// Does it take any time, or can it be prevented, to go from region to region?
    fn far(&self) -> bool {
        let roads = &self.out.incidents.roads;
        roads.iter().any(|road| *road > Span::ZERO) || !self.out.incidents.road_groups.is_empty()
    }

    /// Emits a way from region to region; says which cell keeps it, if there is one.
    pub(super) fn crosses(&mut self, way: Way, context: &mut Context) -> Option<u16> {
        if self.out.incidents.regions.len() < 2 || !self.far() {
            return None;
        }
        let depth = context.depth;
        context.depth += 1;
        let way = self.way(way);
        self.emit(Op::Cross { way, depth }, context);
        Some(depth)
    }

    /// Emits the way back.
    pub(super) fn returns(&mut self, crossed: Option<u16>, context: &Context) {
        if let Some(depth) = crossed {
            let way = self.way(Way::Back);
            self.emit(Op::Cross { way, depth }, context);
        }
    }

    fn way(&mut self, way: Way) -> u32 {
        let ways = &mut self.out.incidents.ways;
        if let Some(known) = ways.iter().position(|other| *other == way) {
            return known as u32;
        }
        ways.push(way);
        ways.len() as u32 - 1
    }

    /// Does one of a flow's fronts say in which region it goes on?
    pub(super) fn name_of(&self, flow: &Flow) -> Option<u32> {
        flow.through.iter().find_map(|front| {
            let part = self.parts.get(&front.value)?.index;
            self.out.incidents.names.iter().position(|name| name.part == part).map(|name| name as u32)
        })
    }

    /// Emits what follows once for each region, and goes on in the one where a name leads, or that is near the user.
    pub(super) fn leads(
        &mut self,
        name: Option<u32>,
        context: &mut Context,
        rest: &mut dyn FnMut(&mut Self, &mut Context),
    ) {
        let regions = self.out.incidents.regions.len() as u32;
        if regions < 2 {
            return rest(self, context);
        }
        let lead = self.out.incidents.leads.len() as u32;
        self.out.incidents.leads.push(LeadSpec { name, to: Vec::new() });
        self.emit(Op::Lead { lead }, context);
        let mut overs = Vec::new();
        for region in 0..regions {
            let here = self.out.program.here();
            self.out.incidents.leads[lead as usize].to.push(here);
            let mut inside = Context { region, ..context.clone() };
            let crossed = self.crosses(Way::FromUser { to: region }, &mut inside);
            rest(self, &mut inside);
            self.returns(crossed, &inside);
            overs.push(self.emit(Op::Jump { to: 0 }, context));
        }
        overs.into_iter().for_each(|over| self.out.program.land(over));
    }

    /// Where the users of each source are, which of them come again, and by which name their requests are led.
    pub(super) fn users_of_regions(&mut self) {
        let ast = self.ast;
        let mut first = 0u32;
        for index in 0..self.out.sources.len() {
            let source = self.out.sources[index].clone();
            let Some(traffic) = ast.traffic.get(&source.name) else { continue };
            let many = match source.shape {
                SourceShape::Users { most, .. }
                | SourceShape::Ticks { most, .. }
                | SourceShape::IrregularTicks { most, .. } => Some(most),
                SourceShape::Open { .. } | SourceShape::Trace(_) => None,
            };
            self.out.incidents.clients.push(many.map_or(NONE, |_| first));
            first = first.saturating_add(many.unwrap_or(0));
            let total: f64 = traffic.near.values().map(|share| share.value).sum();
            let mut below = 0.0;
            let shares = self.out.incidents.regions.iter().map(|region| {
                below += traffic.near.get(region).map_or(0.0, |share| share.value) / total;
                below
            });
            let mut shares: Vec<f64> = if total > 0.0 { shares.collect() } else { Vec::new() };
            // Sums of shares end at one, whatever their last digits say.
            let last = traffic.near.keys().filter_map(|region| self.region_number(region)).max();
            if let Some(last) = last {
                shares.iter_mut().skip(last as usize).for_each(|share| *share = 1.0);
            }
            self.out.incidents.near.push(shares);
        }
        let names = |entry: &crate::components::blueprint::EntrySpec| {
            let flow = ast.flows.values().nth(entry.flow as usize)?;
            self.name_of(flow)
        };
        let led_by: Vec<u32> = self.out.entries.iter().map(|entry| names(entry).unwrap_or(NONE)).collect();
        self.out.incidents.led_by = led_by;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_half_of_the_mean_of_both_directions() {
        // 64 ms from east to west, 63 ms back.
        assert_eq!(measured("us-east-1", "us-west-2"), Some(Span(31_750_000)));
        assert_eq!(measured("us-west-2", "us-east-1"), measured("us-east-1", "us-west-2"));
        assert_eq!(measured("us-east-1", "moon-1"), None);
    }
}
