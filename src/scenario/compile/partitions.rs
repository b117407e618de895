//! Partitions bound: keys to members, and the key by which a place of a program chooses.

use super::Compiler;
use super::parts::{Bound, Part, law, number, whole};
use super::programs::Context;
use crate::components::blueprint::PolicyOfChoice;
use crate::components::store_specs::{Heat, PartitionPart};
use crate::engine::program::NONE;
use crate::queueing::partitions::{By, PartitionsSpec};
use crate::scenario::ast::Call;
use crate::scenario::model::{PathStep, StageInstance, Target, Value};
use crate::scenario::tree::At;
use crate::units::random::key_of;

/// More partitions than this are a mistake, or need a machine of another size.
const MOST: u32 = 100_000;

impl Compiler<'_> {
    /// A set of partitions, of which a key chooses one.
    pub(super) fn bind_partitions(&mut self, name: &str, part: &Part<'_>, stage: &StageInstance, at: At) -> Bound {
        let several = part.instance.stages.iter().filter(|other| other.mechanism == "partitions").count() > 1;
        let lead = if several { format!("{}.", stage.name) } else { String::new() };
        let count = self.so_many(name, whole(stage, "count").unwrap_or(1), at);
        let splits = matches!(stage.settings.get("splits"), Some(Value::Bool(true)));
        let heat = law(stage, "split_after").filter(|_| splits).map(|after| Heat {
            after: self.law(&after),
            above: number(stage, "split_above").unwrap_or(1.0),
            site: self.named_site(format!("{name}/{lead}heat")),
        });
        let most = match heat {
            Some(_) => self.so_many(name, whole(stage, "most").unwrap_or(count.saturating_mul(4)), at).max(count),
            None => count,
        };
        let by = self.told_apart(name, part, stage, at);
        if heat.is_some() && by == By::Modulo {
            let says = format!("the partitions of `{name}` go by a remainder, and cannot split");
            self.error(at, says, "`by = \"hash\"` or \"range\"");
        }
        let partitions = self.out.stores.partitions.len() as u32;
        let set = self.new_set(name, most, PolicyOfChoice::Partition { partitions }, stage);
        let spec = PartitionsSpec { by, count, most };
        self.out.stores.partitions.push(PartitionPart {
            part: part.index,
            lead,
            set,
            spec,
            lines: Vec::new(),
            gates: Vec::new(),
            heat,
        });
        self.ordered.insert(part.index);
        Bound::Set(set)
    }

    fn so_many(&mut self, name: &str, count: u32, at: At) -> u32 {
        if !(1..=MOST).contains(&count) {
            let says = format!("`{name}` has {count} partitions");
            self.error(at, says, format!("one at least, and at most {MOST}"));
        }
        count.clamp(1, MOST)
    }

    fn told_apart(&mut self, name: &str, part: &Part<'_>, stage: &StageInstance, at: At) -> By {
        let word = match stage.settings.get("by") {
            Some(Value::Word(word)) => word.as_str(),
            _ => "hash",
        };
        let key = self.key_name(part, stage).and_then(|key| self.key_named(&key));
        match word {
            "modulo" => By::Modulo,
            "range" => match key.map(|key| &self.out.keys[key as usize]).filter(|key| !key.fresh) {
                Some(key) => By::Range { keys: key.count },
                None => {
                    let says = format!("the partitions of `{name}` hold ranges of a key: which, and of how many?");
                    self.error(at, says, "`key = \"product\"` on the component, and `product = { count = \"100k\" }`");
                    By::Modulo
                }
            },
            "key" => {
                let says = format!("a partition for each key, as `{name}` has, is not run by this version of archsim");
                self.error(at, says, "`by = \"hash\"`, and as many partitions as are worked on at a time");
                By::Modulo
            }
            _ => By::Hash { salt: key_of(name) },
        }
    }

    /// A group of lines, or of gates, of which each partition has one.
    pub(super) fn furnish_partitions(&mut self, set: Option<u32>, first: u32, gates: bool) {
        let of_set = |part: &&mut PartitionPart| Some(part.set) == set;
        if let Some(part) = self.out.stores.partitions.iter_mut().find(of_set) {
            (if gates { &mut part.gates } else { &mut part.lines }).push(first);
        }
    }

    /// Lines of partitions that may split.
    pub(super) fn lines_that_split(&self) -> Vec<u32> {
        let splitting = self.out.stores.partitions.iter().filter(|part| part.heat.is_some());
        let lines = splitting.flat_map(|part| part.lines.iter().flat_map(|&first| first..first + part.spec.most));
        lines.collect()
    }

    /// The key that is meant at a stop of a part's way: the step's own, or the path's, or the stage's, or the part's.
    pub(super) fn key_here(&self, name: &str, path: &PathStep, call: Option<&Call>) -> Option<u32> {
        let part = &self.parts[name];
        let Target::Stage { index, .. } = path.target else { return None };
        let said = call.and_then(|call| call.key.as_ref()).map(|key| key.value.clone());
        let key = said.or_else(|| path.key.clone()).or_else(|| self.key_name(part, &part.instance.stages[index]));
        self.key_named(&key?)
    }

    /// By what a stage of a part is keyed, unless a step says otherwise.
    pub(super) fn key_name(&self, part: &Part<'_>, stage: &StageInstance) -> Option<String> {
        match stage.settings.get("key") {
            Some(Value::Key(name)) => Some(name.clone()),
            _ => part.component.key.as_ref().map(|key| key.value.clone()),
        }
    }

    /// The place in the table of the key by which a member is chosen here; `NONE` where no key is asked.
    pub(super) fn key_of_choice(&mut self, name: &str, set: u32, key: Option<u32>, at: At, context: &Context) -> u32 {
        match self.out.sets[set as usize].policy {
            _ if self.out.sets[set as usize].sticky => {}
            PolicyOfChoice::Hash { .. } | PolicyOfChoice::Partition { .. } => {}
            _ => return NONE,
        }
        let Some(key) = key else {
            // One partition needs no key.
            if self.out.sets[set as usize].members > 1 {
                let says = format!("`{name}` chooses by key, and has none");
                self.error(at, says, format!("`{name} = {{ model = .., key = \"product\" }}`, or `key` on the step"));
            }
            return NONE;
        };
        self.reference_to(key, at, context)
    }

    /// Which one of a key is meant at a place, in the table of those.
    pub(super) fn reference_to(&mut self, key: u32, at: At, context: &Context) -> u32 {
        let meant = self.key_ref(key, at, context);
        if let Some(there) = self.out.stores.refs.iter().position(|other| *other == meant) {
            return there as u32;
        }
        self.out.stores.refs.push(meant);
        (self.out.stores.refs.len() - 1) as u32
    }
}
