//! Faults of places and of parts with a state of their own: what each kind does to which target.

use super::Compiler;
use super::parts::Bound;
use crate::components::blueprint::Effect;
use crate::components::fleets::FleetDoes;
use crate::components::incidents::HitSpec;
use crate::engine::program::NONE;
use crate::scenario::ast::{Begins, Fault};
use crate::scenario::quantity;
use crate::scenario::tree::{At, Placed};
use crate::units::Law;

/// Kinds of faults for which nothing may run ahead of the clock.
const IN_LOCKSTEP: [&str; 7] =
    ["outage", "region-outage", "zone-outage", "partition", "packet-loss", "distance", "dns-stuck"];

impl<'a> Compiler<'a> {
    /// What can happen besides errors, slowness and pauses: found out before programs are written.
    pub(super) fn incidents(&mut self) {
        let ast = self.ast;
        let kinds = ast.faults.values().flat_map(|fault| &fault.what);
        let far = self.out.incidents.regions.len() > 1;
        self.lockstep = kinds.into_iter().any(|kind| IN_LOCKSTEP.contains(&kind.value.as_str()))
            || far
            || !ast.alarms.is_empty()
            || !ast.runbooks.is_empty()
            || !self.out.incidents.stores.is_empty();
        for (name, fault) in &ast.faults {
            for (kind_at, kind) in fault.what.iter().enumerate() {
                if matches!(kind.value.as_str(), "partition" | "packet-loss" | "distance") {
                    let effects = self.roads_of(fault, kind);
                    self.effects.insert((name.clone(), kind_at, 0), effects);
                    continue;
                }
                for (target_at, target) in fault.target.iter().enumerate() {
                    if let Some(effects) = self.incident(fault, kind, target) {
                        self.effects.insert((name.clone(), kind_at, target_at), effects);
                    }
                }
            }
        }
    }

    /// What one kind does to one target; none: it is no kind of this file.
    fn incident(&mut self, fault: &'a Fault, kind: &Placed<String>, target: &Placed<String>) -> Option<Vec<Effect>> {
        let effect = match kind.value.as_str() {
            "outage" => self.outage(target).map(|hit| self.hit(hit)),
            "region-outage" => self.region_outage(target).map(|hit| self.hit(hit)),
            "zone-outage" => return Some(self.zone_outage(target)),
            "metric-missing" => {
                let mut effects = Vec::new();
                self.fleet_fault(fault, &kind.value, &target.value, &mut effects);
                effects.extend(self.part_named(target).map(|part| Effect::Blind { part }));
                return Some(effects);
            }
            "dns-stuck" => self.name_hit(target).map(|name| Effect::Stuck { name }),
            "primary-loss" => {
                if fault.lasts.is_some() {
                    let help = "take `for` away; `joins` of the part says when the lost one is there again";
                    self.error(fault.at, "a `primary-loss` has no end: somebody takes over, or nobody does", help);
                }
                let store = self.store_hit(target)?;
                let places = &self.out.incidents.stores[store as usize].places;
                self.breakable.extend(places.iter().filter(|place| **place != NONE));
                Some(Effect::LeaderLost { store })
            }
            "replication-stall" => self.store_hit(target).map(|store| Effect::Stalled { store }),
            _ => return None,
        };
        debug_assert!(!fault.what.is_empty());
        Some(effect.into_iter().collect())
    }

    fn hit(&mut self, hit: HitSpec) -> Effect {
        self.breakable.extend(&hit.places);
        for store in &hit.leaders {
            let places = &self.out.incidents.stores[*store as usize].places;
            self.breakable.extend(places.iter().filter(|place| **place != NONE));
        }
        let places = self.out.incidents.places.iter().enumerate();
        let dark = places.filter(|(_, place)| hit.regions.contains(&place.region)).map(|(index, _)| index as u32);
        self.breakable.extend(dark);
        self.out.incidents.hits.push(hit);
        Effect::Outage { hit: self.out.incidents.hits.len() as u32 - 1 }
    }

    fn part_named(&mut self, target: &Placed<String>) -> Option<u32> {
        let name = self.component_named(&target.value, target.at)?;
        Some(self.parts[&name].index)
    }

    /// A part everywhere; of data with copies the one that leads.
    fn outage(&mut self, target: &Placed<String>) -> Option<HitSpec> {
        let name = self.component_named(&target.value, target.at)?;
        let part = self.parts[&name].index;
        let incidents = &self.out.incidents;
        if let Some(store) = incidents.stores.iter().position(|store| store.part == part) {
            return Some(HitSpec { leaders: vec![store as u32], ..HitSpec::default() });
        }
        if let Some(need) = incidents.needs.iter().position(|need| need.part == part) {
            let members = (0..incidents.needs[need].members).map(|member| (need as u32, member)).collect();
            return Some(HitSpec { places: self.places_of(&name), members, ..HitSpec::default() });
        }
        Some(HitSpec { places: self.places_of(&name), ..HitSpec::default() })
    }

    fn region_outage(&mut self, target: &Placed<String>) -> Option<HitSpec> {
        let region = self.region_hit(target)?;
        let mut members = Vec::new();
        for (need, spec) in self.out.incidents.needs.iter().enumerate() {
            let part = self.parts.values().find(|part| part.index == spec.part);
            if part.is_some_and(|part| part.home == region) {
                members.extend((0..spec.members).map(|member| (need as u32, member)));
            }
        }
        Some(HitSpec { regions: vec![region], members, ..HitSpec::default() })
    }

    /// The members that lie in a zone: member i in zone i, and round again.
    fn zone_outage(&mut self, target: &Placed<String>) -> Vec<Effect> {
        let regions = self.out.incidents.regions.clone();
        let found = regions.iter().enumerate().find_map(|(region, name)| {
            let letter = target.value.strip_prefix(name.as_str())?.bytes().next()?;
            Some((region as u32, u32::from(letter.wrapping_sub(b'a'))))
        });
        let Some((region, zone)) = found.filter(|_| !self.ast.regions.is_empty()) else {
            let help = "zones lie in regions: `region = \"us-east-1\"` has us-east-1a, us-east-1b, us-east-1c";
            self.error(target.at, format!("no zone called `{}`", target.value), help);
            return Vec::new();
        };
        let mut members = Vec::new();
        for (need, spec) in self.out.incidents.needs.iter().enumerate() {
            let Some(part) = self.parts.values().find(|part| part.index == spec.part) else { continue };
            if part.home == region {
                let here = (0..spec.members).filter(|member| member % spec.zones == zone);
                members.extend(here.map(|member| (need as u32, member)));
            }
        }
        let fleets = self.fleets_in(region);
        if members.is_empty() && fleets.is_empty() {
            let says = format!("nothing of this scenario lies in `{}`", target.value);
            self.error(target.at, says, "fleets and parts of the model `group` have members in zones");
        }
        let mut effects: Vec<Effect> =
            fleets.into_iter().map(|fleet| Effect::Fleet { fleet, does: FleetDoes::Zone(zone) }).collect();
        if !members.is_empty() {
            effects.push(self.hit(HitSpec { members, ..HitSpec::default() }));
        }
        effects
    }

    fn region_hit(&mut self, target: &Placed<String>) -> Option<u32> {
        let region = self.region_number(&target.value).filter(|_| !self.ast.regions.is_empty());
        if region.is_none() {
            let says = format!("`{}` is no region of this scenario", target.value);
            self.error(target.at, says, "`regions = [\"us-east-1\", \"us-west-2\"]` in the head");
        }
        region
    }

    pub(super) fn name_hit(&mut self, target: &Placed<String>) -> Option<u32> {
        let part = self.part_named(target)?;
        let found = self.out.incidents.names.iter().position(|name| name.part == part);
        if found.is_none() {
            let says = format!("`{}` is no name that points somewhere", target.value);
            self.error(target.at, says, "`model = \"dns\"`");
        }
        found.map(|name| name as u32)
    }

    pub(super) fn store_hit(&mut self, target: &Placed<String>) -> Option<u32> {
        let part = self.part_named(target)?;
        let found = self.out.incidents.stores.iter().position(|store| store.part == part);
        if found.is_none() {
            let says = format!("`{}` has no copies", target.value);
            self.error(target.at, says, "`model = \"store\"` has copies and backups");
        }
        found.map(|store| store as u32)
    }

    /// Roads between the first target and the second, or between the one target and everybody, users there included.
    fn roads_of(&mut self, fault: &'a Fault, kind: &Placed<String>) -> Vec<Effect> {
        let n = self.out.incidents.regions.len() as u32;
        let mut ends: Vec<Option<u32>> = Vec::new();
        for target in &fault.target {
            ends.push(if target.value == "rest" { None } else { self.region_hit(target) });
        }
        let Some(Some(first)) = ends.first().copied() else {
            self.error(kind.at, "which region?", "`target = [\"us-east-1\", \"us-west-2\"]`, or one and \"rest\"");
            return Vec::new();
        };
        let others: Vec<u32> = match ends.get(1) {
            Some(Some(other)) => vec![*other],
            Some(None) => (0..n).filter(|region| *region != first).collect(),
            None => (0..n).collect(),
        };
        let mut roads: Vec<u32> = others.iter().flat_map(|b| [first * n + b, b * n + first]).collect();
        roads.sort_unstable();
        roads.dedup();
        self.out.incidents.road_groups.push(roads);
        let group = self.out.incidents.road_groups.len() as u32 - 1;
        let (lost, longer) = match kind.value.as_str() {
            "partition" => (1.0, 0.0),
            "packet-loss" => (self.setting(fault, "share", 1.0).clamp(0.0, 1.0), 0.0),
            _ => (0.0, self.added(fault, kind.at)),
        };
        vec![Effect::Road { group, lost, longer }]
    }

    /// Half of what is added to a way there and back.
    fn added(&mut self, fault: &'a Fault, at: At) -> f64 {
        let text = fault.settings.get("add").and_then(|(_, node)| node.text());
        match text.map(quantity::duration) {
            Some(Ok(span)) => span.0 as f64 / 2.0,
            _ => {
                self.error(at, "how much longer is every way?", "`add = \"80ms\"`: a time, there and back");
                0.0
            }
        }
    }

    /// Who repairs: `crew = "shop"`, a part of people of whom so many work at a time.
    pub(super) fn crew(&mut self, fault: &'a Fault) -> Option<(u32, u32)> {
        let (at, node) = fault.settings.get("crew")?;
        let name = self.component_named(node.text()?, node.at)?;
        if fault.lasts.is_none() {
            self.error(*at, "how long does the crew work on it?", "`for = \"exp(2h)\"` is the time of a repair");
        }
        let line = self.parts[&name].stages.iter().find_map(|bound| match bound {
            Bound::Line { line, .. } => Some(*line),
            _ => None,
        });
        if line.is_none() {
            let says = format!("`{name}` repairs nothing");
            self.error(node.at, says, "`model = \"people\", hands = 1`: one repair at a time");
        }
        Some((line?, self.operation(&name, "repair")))
    }

    /// A fault is watched until it is over; one that comes again, if somebody asks, until it comes again.
    pub(super) fn watches_recovery(&mut self, name: &str, fault: &Fault, happening: u32) {
        let asked = match fault.begins {
            Begins::At(_) => true,
            Begins::Every(_) => {
                let of_it = |path: &String| path.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
                !fault.slo.is_empty() || self.paths().iter().any(of_it)
            }
        };
        if asked && self.ast.duration.is_some() {
            self.out.incidents.faults.push(happening);
        }
    }

    /// A law of an action or of a part, in nanoseconds.
    pub(super) fn law_of(&mut self, text: &str, at: At) -> Law {
        quantity::law_of_time(text, &mut quantity::no_files).unwrap_or_else(|complaint| {
            self.error(at, complaint.says, complaint.help);
            Law::Constant(0.0)
        })
    }
}
