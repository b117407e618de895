//! Runbooks, and changes that do more than set: actions as written become lists.

use super::Compiler;
use crate::components::blueprint::Effect;
use crate::components::incidents::{ActionSpec, Does, RunbookSpec};
use crate::components::messages::StoreKind;
use crate::engine::program::NONE;
use crate::scenario::quantity;
use crate::scenario::tree::{At, Kind, Node, Placed, Table};
use crate::units::{Law, Span};

impl<'a> Compiler<'a> {
    /// All runbooks.
    pub(super) fn runbooks(&mut self) {
        for (name, runbook) in &self.ast.runbooks {
            let region = runbook.runs_in.as_ref().and_then(|region| self.region_number(&region.value));
            let list = self.actions(&runbook.steps);
            self.new_runbook(name, list, runbook.timeout, region);
        }
    }

    fn new_runbook(&mut self, name: &str, list: u32, timeout: Option<Span>, region: Option<u32>) -> u32 {
        let rank = self.names.rank(name);
        self.out.incidents.runbooks.push(RunbookSpec { name: name.to_owned(), rank, list, timeout, region });
        self.out.incidents.runbooks.len() as u32 - 1
    }

    /// A change that does something else than `set`: a runbook that is started at its time.
    pub(super) fn change_of_actions(&mut self, name: &str, table: &'a Table, node: &'a Node) -> Vec<Effect> {
        let list = match table.get("steps").and_then(Node::list) {
            Some(steps) => self.actions(steps),
            None => self.actions(std::slice::from_ref(node)),
        };
        let runbook = self.new_runbook(name, list, None, None);
        vec![Effect::Start { runbook }]
    }

    fn actions(&mut self, nodes: &[Node]) -> u32 {
        let list = self.out.incidents.lists.len() as u32;
        self.out.incidents.lists.push(Vec::new());
        let mut actions = Vec::new();
        for node in nodes {
            let Some(table) = node.table() else { continue };
            let finish = !matches!(table.get("finish").map(|finish| &finish.kind), Some(Kind::Bool(false)));
            let Some(does) = self.does(table, node.at) else { continue };
            let takes = table.get("takes").and_then(|node| Some(self.law_of(node.text()?, node.at)));
            let fail = table.get("fail").map_or(0.0, |node| self.share_of(node));
            let later = takes.is_some() || matches!(does, Does::Replay { .. });
            let action = ActionSpec { does, finish: true, takes, fail };
            if finish || !later {
                actions.push(ActionSpec { finish, ..action });
                continue;
            }
            // What takes time by itself and is not waited for has a list of its own.
            self.out.incidents.lists.push(vec![action]);
            let list = self.out.incidents.lists.len() as u32 - 1;
            actions.push(ActionSpec { does: Does::Parallel(vec![list]), finish, takes: None, fail: 0.0 });
        }
        self.out.incidents.lists[list as usize] = actions;
        list
    }

    fn does(&mut self, table: &Table, at: At) -> Option<Does> {
        let named = |key: &str| {
            let node = table.get(key)?;
            Some(Placed::new(node.text()?.to_owned(), node.at))
        };
        if let Some(node) = table.get("wait") {
            return Some(Does::Wait(self.law_of(node.text()?, node.at)));
        }
        if let Some(who) = named("ask") {
            return self.answer_of(&who).map(Does::Wait);
        }
        if let Some(who) = named("notify") {
            return self.component_named(&who.value, who.at).map(|_| Does::Notify);
        }
        if let Some(store) = named("promote") {
            let (index, to) = (self.store_hit(&store)?, self.target_region(named("to"))?);
            let places = &self.out.incidents.stores[index as usize].places;
            if to.is_some_and(|to| places[to as usize] == NONE) {
                let says = format!("`{}` has no copy there", store.value);
                self.error(store.at, says, "`regions` of the part says where its copies are");
            }
            return Some(Does::Promote { store: index, to });
        }
        if let Some(name) = named("restore") {
            return self.restore(&name);
        }
        if let Some(name) = named("point") {
            let name = self.name_hit(&name)?;
            return Some(Does::Point { name, to: self.target_region(named("to"))? });
        }
        if let Some(region) = named("drain") {
            return self.target_region(Some(region)).flatten().map(|region| Does::Drain { region });
        }
        if let Some(settings) = table.get("set").and_then(Node::table) {
            return Some(Does::Set(self.settings(settings, named("in"))));
        }
        if let Some(branches) = table.get("parallel").and_then(Node::list) {
            let lists = branches.iter().map(|branch| match branch.list() {
                Some(steps) => self.actions(steps),
                None => self.actions(std::slice::from_ref(branch)),
            });
            return Some(Does::Parallel(lists.collect()));
        }
        if let Some(cache) = named("flush") {
            return Some(Does::Set(self.forgetful("flush", &cache, |part| Effect::Flush { part })));
        }
        if let Some(from) = named("replay") {
            return self.replay(&from, named("to")?, table);
        }
        let verb = ["deploy"].into_iter().find(|verb| table.get(verb).is_some());
        let says = format!("the action `{}` is not run by this version of archsim", verb.unwrap_or("of this kind"));
        self.error(
            at,
            says,
            "there are set, promote, restore, point, drain, flush, replay, ask, notify, wait and parallel",
        );
        None
    }

    fn share_of(&mut self, node: &Node) -> f64 {
        let share = match &node.kind {
            Kind::Float(share) => *share,
            Kind::Whole(share) => *share as f64,
            _ => node.text().and_then(|text| quantity::ratio(text).ok()).unwrap_or(0.0),
        };
        if !(0.0..=1.0).contains(&share) {
            self.error(node.at, "a chance lies between 0 and 100 %", "`fail = \"20%\"`");
        }
        share.clamp(0.0, 1.0)
    }

    /// What lies in a queue goes to another store, at a rate.
    fn replay(&mut self, from: &Placed<String>, to: Placed<String>, table: &Table) -> Option<Does> {
        let source = self.messages_of(&from.value);
        let boxes = |index: &u32| matches!(self.out.messages[*index as usize].kind, StoreKind::Mailbox { .. });
        let Some(source) = source.filter(boxes) else {
            self.error(
                from.at,
                format!("nothing lies in `{}` that could be sent again", from.value),
                "`model = \"queue\"`",
            );
            return None;
        };
        let Some(target) = self.messages_of(&to.value).filter(|target| *target != source) else {
            self.error(to.at, format!("`{}` takes no messages from there", to.value), "name another queue, or a log");
            return None;
        };
        let rate = table.get("rate").and_then(|node| Some((quantity::rate(node.text()?).ok()?, node.at)));
        let every = match rate {
            None => Span::ZERO,
            Some((rate, at)) if rate.per_second <= 0.0 => {
                self.error(at, "at this rate nothing is ever sent", "`rate = \"20/s\"`; all at once, unless said");
                return None;
            }
            Some((rate, _)) => Span::from_nanos(1e9 / rate.per_second),
        };
        Some(Does::Replay { from: source, to: target, every })
    }

    /// The region of `to`; "rest": the first other one that is up.
    fn target_region(&mut self, to: Option<Placed<String>>) -> Option<Option<u32>> {
        let to = to?;
        if to.value == "rest" {
            return Some(None);
        }
        let region = self.region_number(&to.value).filter(|_| !self.ast.regions.is_empty());
        if region.is_none() {
            let says = format!("`{}` is no region of this scenario", to.value);
            self.error(to.at, says, "a region of the head, or \"rest\": the first other one that is up");
        }
        region.map(Some)
    }

    fn restore(&mut self, name: &Placed<String>) -> Option<Does> {
        let store = self.store_hit(name)?;
        let spec = &self.out.incidents.stores[store as usize];
        if spec.backups.is_none() || spec.restore.is_none() {
            let says = format!("`{}` has no backup from which it could be restored", name.value);
            self.error(name.at, says, "`backups = { every = \"5m\" }, restore = \"20m\"`");
            return None;
        }
        Some(Does::Restore { store })
    }

    /// How long people take to answer.
    fn answer_of(&mut self, who: &Placed<String>) -> Option<Law> {
        let name = self.component_named(&who.value, who.at)?;
        let law = self.parts[&name].stages.iter().find_map(|bound| match bound {
            super::parts::Bound::Delay(laws) => laws.first().cloned(),
            _ => None,
        });
        if law.is_none() {
            let says = format!("nobody answers at `{name}`");
            self.error(who.at, says, "`model = \"people\", answer = \"lognormal(12m, p99=45m)\"`");
        }
        law
    }

    fn settings(&mut self, table: &Table, within: Option<Placed<String>>) -> Vec<Effect> {
        let mut effects = Vec::new();
        let regions: Vec<u32> = match &within {
            Some(region) => self.region_number(&region.value).into_iter().collect(),
            None => (0..self.out.incidents.regions.len() as u32).collect(),
        };
        let mut settings = Vec::new();
        super::happenings::flatten("", table, &mut settings);
        for (path, at, node) in settings {
            let part = path.split('.').next().unwrap_or("").to_owned();
            let there = |compiler: &Self, region: u32| {
                compiler
                    .parts
                    .get(&part)
                    .is_some_and(|part| part.region == region || part.elsewhere.contains_key(&region))
            };
            let mut places: Vec<u32> = regions.iter().copied().filter(|region| there(self, *region)).collect();
            if places.is_empty() {
                places.extend(self.parts.get(&part).map(|part| part.home));
            }
            for region in places {
                let was = self.move_part(&part, region);
                self.setting_change(&path, at, &node, &mut effects);
                self.move_part(&part, was);
            }
        }
        effects
    }
}
