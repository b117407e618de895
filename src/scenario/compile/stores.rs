//! Data with copies, names that point somewhere, parts of members: their mechanisms bound.

use super::Compiler;
use super::parts::{Bound, Part, laws, number};
use super::programs::Context;
use crate::components::incidents::{NameSpec, NeedSpec, StoreSpec, Way};
use crate::engine::program::{NONE, Op};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::model::{StageInstance, Value};
use crate::scenario::tree::At;
use crate::units::{Law, Span};

impl<'a> Compiler<'a> {
    /// The store of a part, made when one of its stages is bound first.
    fn store_of(&mut self, part: &Part<'_>) -> u32 {
        let stores = &self.out.incidents.stores;
        let found = stores.iter().position(|store| store.part == part.index);
        let regions = self.out.incidents.regions.len();
        let store = found.unwrap_or_else(|| {
            self.out.incidents.stores.push(StoreSpec {
                part: part.index,
                places: vec![NONE; regions],
                leader: 0,
                lag: Law::Constant(0.0),
                promote: Law::Constant(0.0),
                standbys: 0,
                together: false,
                detect: None,
                joins: None,
                without: None,
                ttl: Span::ZERO,
                work: Span::ZERO,
                restore: None,
                backups: None,
            });
            self.out.incidents.stores.len() - 1
        });
        if let Some(place) = self.out.incidents.stores[store].places.get_mut(part.region as usize) {
            *place = part.bound.place;
        }
        store as u32
    }

    /// Copies that follow.
    pub(super) fn bind_replicas(&mut self, name: &str, part: &Part<'_>, stage: &StageInstance) -> Bound {
        let store = self.store_of(part);
        let writer = match &part.component.writer {
            None => Some(0),
            Some(writer) if writer.value == "any" => {
                let says =
                    "data that are written everywhere (`writer = \"any\"`) are not run by this version of archsim";
                self.error(writer.at, says, "name the region in which they are written");
                None
            }
            Some(writer) => self.region_number(&writer.value),
        };
        let one = |setting: &str| laws(stage.settings.get(setting)).into_iter().next();
        let span = |setting: &str| number(stage, setting).map_or(Span::ZERO, |seconds| Span::from_nanos(seconds * 1e9));
        let standbys = super::parts::whole(stage, "copies").unwrap_or(0);
        let together = super::parts::whole(stage, "waits_for").is_some_and(|some| some > 0);
        if together && standbys == 0 {
            let says = format!("`{name}` waits for a standby at each write, and has none");
            self.error(part.component.at, says, "`standbys = 1`");
        }
        let spec = &mut self.out.incidents.stores[store as usize];
        spec.leader = writer.unwrap_or(0);
        spec.lag = one("lag").unwrap_or(Law::Constant(0.0));
        spec.promote = one("promote").unwrap_or(Law::Constant(0.0));
        (spec.standbys, spec.together) = (standbys, together);
        (spec.detect, spec.joins, spec.without) = (one("detect"), one("joins"), one("without"));
        (spec.ttl, spec.work) = (span("ttl"), span("work"));
        Bound::Store(store)
    }

    /// Copies made now and then.
    pub(super) fn bind_backups(&mut self, part: &Part<'_>, stage: &StageInstance) -> Bound {
        let store = self.store_of(part);
        let span = |setting: &str| number(stage, setting).map(|seconds| Span::from_nanos(seconds * 1e9));
        let spec = &mut self.out.incidents.stores[store as usize];
        spec.backups = span("every").map(|every| (every, span("ready").unwrap_or(Span::ZERO)));
        spec.restore = laws(stage.settings.get("restore")).into_iter().next();
        Bound::Nothing
    }

    /// A name that points to regions.
    pub(super) fn bind_directory(&mut self, part: &Part<'_>, stage: &StageInstance) -> Bound {
        let near = matches!(stage.settings.get("policy"), Some(Value::Word(word)) if word == "near");
        let regions = self.out.incidents.regions.len() as u32;
        self.out.incidents.names.push(NameSpec {
            part: part.index,
            ttl: Span::from_nanos(number(stage, "ttl").unwrap_or(0.0) * 1e9),
            age: laws(stage.settings.get("spread")).into_iter().next(),
            stuck: number(stage, "stuck").unwrap_or(0.0),
            to: (0..regions).map(|region| if near { region } else { 0 }).collect(),
        });
        Bound::Name(self.out.incidents.names.len() as u32 - 1)
    }

    /// Members of which so many must be up.
    pub(super) fn bind_quorum(&mut self, part: &Part<'_>, stage: &StageInstance) -> Bound {
        let whole = |setting: &str| super::parts::whole(stage, setting).unwrap_or(1).max(1);
        let need = NeedSpec { part: part.index, members: whole("of"), need: whole("need"), zones: whole("zones") };
        if need.need > need.members {
            let says = format!("{} of {} can never be up", need.need, need.members);
            self.error(part.component.at, says, "`need` is at most the number of members");
        }
        self.out.incidents.needs.push(need);
        Bound::Need(self.out.incidents.needs.len() as u32 - 1)
    }

    /// The way of an operation through the copies of a part: reads stay here, writes go to whoever leads.
    pub(super) fn copies(&mut self, name: &str, store: u32, verb: &str, context: &mut Context) -> Option<u16> {
        self.ordered.insert(self.parts[name].index);
        if verb != "write" {
            return None;
        }
        let region = self.parts[name].region;
        let crossed = self.crosses(Way::ToLeader { store, from: region }, context);
        self.emit(Op::Head { store }, context);
        let spec = &self.out.incidents.stores[store as usize];
        if spec.together {
            let lag = spec.lag.clone();
            self.wait(&lag, &format!("{name}/standby"), context);
        }
        crossed
    }

    /// Components that say `writer` without having copies, or where they have none.
    pub(super) fn writers(&mut self) {
        for part in self.parts.values() {
            let store = self.out.incidents.stores.iter().find(|store| store.part == part.index);
            if let (Some(store), Some(writer)) = (store, &part.component.writer)
                && store.places.get(store.leader as usize).is_none_or(|place| *place == NONE)
            {
                let says = format!("there is no copy in `{}` that could be written", writer.value);
                self.say.say(Diagnostic::error(writer.at, says).help("`regions` says where the copies are"));
            }
        }
        let wrong: Vec<(String, At)> = self
            .parts
            .iter()
            .filter(|(_, part)| !self.out.incidents.stores.iter().any(|store| store.part == part.index))
            .filter_map(|(name, part)| Some((name.clone(), part.component.writer.as_ref()?.at)))
            .collect();
        for (name, at) in wrong {
            let says = format!("`{name}` keeps nothing that could be written in one region and read in others");
            self.error(at, says, "`writer` belongs to data with copies: `model = \"store\"`");
        }
    }
}
