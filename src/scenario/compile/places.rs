//! Places: each part in each region in which it is, and the doors that a fault can shut.

use std::collections::BTreeMap;

use super::Compiler;
use super::parts::{Bound, Part, members_last};
use super::programs::Context;
use crate::components::incidents::{PlaceSpec, UpBy, UpSpec};
use crate::engine::program::{NONE, Op};
use crate::scenario::ast::Component;
use crate::scenario::model::Instance;
use crate::scenario::suggest;

/// Plain models that are in no region: people and partners sit elsewhere, and a name is known everywhere.
const NOWHERE: [&str; 3] = ["people", "external", "dns"];

/// Mechanisms that know what it means to be in several regions: their state adds up.
const SEVERAL: [&str; 17] = [
    "bucket",
    "window",
    "ratchet",
    "event_loop",
    "cache",
    "scaler",
    "station",
    "slots",
    "connections",
    "share",
    "delay",
    "sieve",
    "fleet",
    "balancer",
    "replicas",
    "backups",
    "directory",
];

/// What a part is bound to in one region.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bindings {
    pub instance: Instance,
    pub stages: Vec<Bound>,
    pub pools: BTreeMap<String, u32>,
    pub operations: BTreeMap<String, u32>,
    pub place: u32,
}

impl<'a> Compiler<'a> {
    /// The regions; a scenario without any is in one that has no name.
    pub fn regions(&mut self) {
        self.out.incidents.regions = self.ast.regions.iter().map(|region| region.value.clone()).collect();
        if self.out.incidents.regions.is_empty() {
            self.out.incidents.regions.push(String::new());
        }
    }

    /// The number of a region.
    pub fn region_number(&self, name: &str) -> Option<u32> {
        self.out.incidents.regions.iter().position(|region| region == name).map(|index| index as u32)
    }

    /// The regions in which a component is: all, those that it names, or none at all.
    fn regions_of(&mut self, name: &str, component: &Component, instance: &Instance) -> Vec<u32> {
        if NOWHERE.contains(&component.model.value.as_str()) && component.regions.is_empty() {
            return vec![NONE];
        }
        let all = 0..self.out.incidents.regions.len() as u32;
        let named: Vec<u32> = component.regions.iter().filter_map(|region| self.region_number(&region.value)).collect();
        let found: Vec<u32> = if component.regions.is_empty() { all.collect() } else { named };
        for region in &component.in_region {
            if self.is_there(&found, region.0) {
                continue;
            }
            let at = region.1.values().next().map_or(component.at, |(at, _)| *at);
            let says = format!("`{name}` is not in `{}`", region.0);
            self.error(at, says, "settings of one region are of a region of the head in which the part is");
        }
        let unable = instance.stages.iter().find(|stage| !SEVERAL.contains(&stage.mechanism.as_str()));
        if let Some(stage) = unable
            && found.len() > 1
        {
            let says = format!("`{name}` would be in several regions, and its `{}` runs in one only", stage.mechanism);
            let home = self.out.incidents.regions[found[0] as usize].clone();
            self.error(component.at, says, format!("say where it is: `region = \"{home}\"`"));
        }
        found
    }

    fn is_there(&self, regions: &[u32], name: &str) -> bool {
        self.region_number(name).is_some_and(|region| regions.contains(&region))
    }

    /// Binds a part in all its regions, and leaves it where it is at home.
    pub fn bind_regions(&mut self, name: &str, part: &mut Part<'a>, instances: &BTreeMap<String, Instance>) {
        let component = part.component;
        let regions = self.regions_of(name, component, &part.instance);
        for region in regions.iter().rev() {
            let there = self.out.incidents.regions.get(*region as usize).cloned().unwrap_or_default();
            if let Some(own) = instances.get(&format!("{name}@{there}")) {
                part.instance = own.clone();
            } else if let Some(usual) = instances.get(name) {
                part.instance = usual.clone();
            }
            // Away from home it goes by its region, too, in paths and in what its draws are keyed by.
            let away = *region != NONE && Some(region) != regions.first();
            let own_name = if away { format!("{name}.{there}") } else { name.to_owned() };
            let before = (self.out.gates.gates.len(), self.out.stores.caches.len());
            self.out.incidents.places.push(PlaceSpec { part: part.index, region: *region });
            part.region = *region;
            part.bound.place = self.out.incidents.places.len() as u32 - 1;
            part.stages = vec![Bound::Nothing; part.instance.stages.len()];
            for index in members_last(&part.instance.stages) {
                let stage = part.instance.stages[index].clone();
                part.stages[index] = self.bind_stage(&own_name, part, &stage, component.at);
            }
            self.bind_pools(name, part);
            self.furnish_fleets(&own_name, part);
            if away {
                self.name_by_region(&there, before);
            }
            let bindings = part.take();
            part.elsewhere.insert(*region, bindings);
        }
        if let Some(home) = regions.first()
            && let Some(bindings) = part.elsewhere.remove(home)
        {
            part.put(*home, bindings);
        }
        part.home = part.region;
    }

    /// Gates and caches that were bound since then lie in this region.
    fn name_by_region(&mut self, region: &str, since: (usize, usize)) {
        for gate in &mut self.out.gates.gates[since.0..] {
            gate.name = if gate.name.is_empty() { region.to_owned() } else { format!("{region}.{}", gate.name) };
        }
        for cache in &mut self.out.stores.caches[since.1..] {
            cache.lead = format!("{region}.{}", cache.lead);
        }
    }

    /// The region in which a call to a part is served: the caller's own where it can be, else the part's home.
    pub fn served_in(&self, name: &str, region: u32) -> u32 {
        let part = &self.parts[name];
        if part.region == region || part.elsewhere.contains_key(&region) { region } else { part.home }
    }

    /// Lets names of a part mean what they do in a region; says where it was before.
    pub fn move_part(&mut self, name: &str, region: u32) -> u32 {
        let Some(part) = self.parts.get_mut(name) else { return region };
        let was = part.region;
        if was != region
            && let Some(new) = part.elsewhere.remove(&region)
        {
            let old = part.take();
            part.elsewhere.insert(was, old);
            part.put(region, new);
        }
        was
    }

    /// All places of a part.
    pub fn places_of(&self, name: &str) -> Vec<u32> {
        let index = self.parts[name].index;
        let all = self.out.incidents.places.iter().enumerate();
        all.filter(|(_, place)| place.part == index).map(|(place, _)| place as u32).collect()
    }

    /// A door, if some fault can shut it.
    pub fn door(&mut self, name: &str, context: &Context) {
        let place = self.parts[name].bound.place;
        if self.breakable.contains(&place) {
            self.ordered.insert(self.parts[name].index);
            self.emit(Op::Door { place }, context);
        }
    }

    /// It is kept when a part is up, because a fault, an alarm or a path asks for it.
    pub fn up(&mut self, name: &str) -> u32 {
        let part = self.parts[name].index;
        if let Some(known) = self.out.incidents.ups.iter().position(|up| up.part == part) {
            return known as u32;
        }
        let store = self.out.incidents.stores.iter().position(|store| store.part == part);
        let need = self.out.incidents.needs.iter().position(|need| need.part == part);
        let by = match (store, need) {
            (Some(store), _) => UpBy::Store(store as u32),
            (None, Some(need)) => UpBy::Need(need as u32),
            (None, None) => UpBy::Places(self.places_of(name)),
        };
        self.out.incidents.ups.push(UpSpec { part, by });
        self.out.incidents.ups.len() as u32 - 1
    }

    /// Everything whose ups and downs somebody asks for, or that faults can bring down.
    pub fn ups(&mut self) {
        let broken: Vec<u32> =
            self.breakable.iter().map(|place| self.out.incidents.places[*place as usize].part).collect();
        let needs: Vec<u32> = self.out.incidents.needs.iter().map(|need| need.part).collect();
        let stores: Vec<u32> = self.out.incidents.stores.iter().map(|store| store.part).collect();
        let asked = self.paths();
        let named = |name: &String| asked.iter().any(|path| path.strip_prefix(name.as_str()) == Some(".up"));
        let names: Vec<String> = self
            .parts
            .iter()
            .filter(|(name, part)| {
                let led = self.out.incidents.names.iter().any(|known| known.part == part.index);
                let one = [&broken, &needs, &stores].iter().any(|list| list.contains(&part.index));
                !led && (one || named(name))
            })
            .map(|(name, _)| name.clone())
            .collect();
        for name in &names {
            self.up(name);
        }
    }

    /// A component by its name, or a message.
    pub fn component_named(&mut self, name: &str, at: crate::scenario::tree::At) -> Option<String> {
        if self.parts.contains_key(name) {
            return Some(name.to_owned());
        }
        let near = suggest::nearest(name, self.parts.keys().map(String::as_str));
        let help = near.map_or_else(|| "add it under `[components]`".to_owned(), |near| format!("there is a `{near}`"));
        self.error(at, format!("no component called `{name}`"), help);
        None
    }
}

impl Part<'_> {
    fn take(&mut self) -> Bindings {
        Bindings {
            instance: self.instance.clone(),
            stages: std::mem::take(&mut self.stages),
            pools: std::mem::take(&mut self.pools),
            operations: std::mem::take(&mut self.operations),
            place: self.bound.place,
        }
    }

    fn put(&mut self, region: u32, bindings: Bindings) {
        self.region = region;
        self.bound.place = bindings.place;
        (self.instance, self.stages) = (bindings.instance, bindings.stages);
        (self.pools, self.operations) = (bindings.pools, bindings.operations);
    }
}
