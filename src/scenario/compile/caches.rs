//! Caches bound, and the places at which they are asked: a look, what is done when it misses, a fill.
//!
//! A part that passes its question on to what is inside of it (a front) is filled while the answer passes back. One that
//! only says what it knows is left first; whoever asked does what is to be done after a miss, and fills it then.

use super::Compiler;
use super::calls::Way;
use super::parts::{Bound, Part, whole};
use super::programs::{Body, Context, Goes, Pending, Work};
use crate::components::store_specs::{CachePart, Keeps, KeyRef, LookSpec};
use crate::engine::program::{NONE, Op, Pc, ScopeKind};
use crate::queueing::cache::{CacheSpec, Evicts};
use crate::scenario::ast::{Call, Step};
use crate::scenario::model::{PathStep, StageInstance, Target, Value};
use crate::scenario::tree::At;
use crate::units::Span;

/// A look on a way that is not over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Open {
    look: u32,
    pc: Pc,
    /// So many things were held when it was made.
    held: usize,
    /// What surrounds it.
    outer: u32,
}

/// Where the caches of a part live.
#[derive(Clone, Debug)]
pub(crate) struct House {
    /// The part, and its members.
    host: String,
    set: Option<u32>,
}

impl<'a> Compiler<'a> {
    /// A stage that keeps things by key.
    pub fn bind_cache(&mut self, part: &Part<'_>, stage: &StageInstance, set: Option<u32>, at: At) -> Bound {
        let name = self.out.parts[part.index as usize].name.clone();
        let several = part.instance.stages.iter().filter(|other| other.mechanism == "cache").count() > 1;
        let hits = match stage.settings.get("hit") {
            Some(Value::Number(hits, _)) => Some(*hits),
            _ => None,
        };
        if let Some(hits) = hits.filter(|hits| !(0.0..=1.0).contains(hits)) {
            self.error(at, format!("`{name}` hits {hits} times as often as it is asked"), "a share: 0.9, or \"90%\"");
        }
        let keeps = match hits {
            Some(hits) => Keeps::Nothing { hits },
            None => self.entries(&name, part, stage, at),
        };
        let cache = self.out.stores.caches.len() as u32;
        let flag = |setting: &str| matches!(stage.settings.get(setting), Some(Value::Bool(true)));
        self.out.stores.caches.push(CachePart {
            part: part.index,
            lead: if several { format!("{}.", stage.name) } else { String::new() },
            keeps,
            set: set.unwrap_or(NONE),
            copies: self.members(set),
            first: 0,
            coalesce: flag("coalesce"),
        });
        self.ordered.insert(part.index);
        Bound::Cache { cache, set }
    }

    fn entries(&mut self, name: &str, part: &Part<'_>, stage: &StageInstance, at: At) -> Keeps {
        let number = |setting: &str| {
            stage.settings.get(setting).and_then(|value| match value {
                Value::Number(number, _) => Some(*number),
                _ => None,
            })
        };
        let span = |setting: &str| stage.settings.get(setting).and_then(Value::span);
        let room = match (number("room"), number("item")) {
            (Some(room), Some(item)) if item > 0.0 => Some((room / item).floor()),
            (Some(_), _) => {
                let says = format!("nobody knows how many entries fit into `{name}`");
                self.error(at, says, "say how large one is: `item = \"1KB\"`");
                None
            }
            (None, _) => None,
        };
        let most = whole(stage, "most").map(f64::from);
        let room = [room, most].into_iter().flatten().fold(f64::INFINITY, f64::min);
        let evicts = match stage.settings.get("policy") {
            Some(Value::Word(word)) if word == "fifo" => Evicts::Fifo,
            Some(Value::Word(word)) if word == "random" => Evicts::Random,
            Some(Value::Word(word)) if word == "lfu" || word == "none" => {
                let says = format!("the policy `{word}` of `{name}` is not run by this version of archsim");
                self.error(at, says, "`policy` is \"lru\", \"fifo\" or \"random\"");
                Evicts::Lru
            }
            _ => Evicts::Lru,
        };
        let keys = self.key_name(part, stage).and_then(|name| self.key_named(&name));
        let keys = keys.map(|key| &self.out.keys[key as usize]).filter(|key| !key.fresh).map(|key| key.count);
        Keeps::Entries {
            spec: CacheSpec {
                room: if room.is_finite() { room.min(f64::from(u32::MAX - 1)) as u32 } else { u32::MAX },
                evicts,
                sliding: matches!(stage.settings.get("sliding"), Some(Value::Bool(true))),
                stale: span("stale").unwrap_or(Span::ZERO),
                keys: keys.unwrap_or(u64::MAX),
                copies: 1,
            },
            life: span("ttl").unwrap_or(Span::FOREVER),
            jitter: number("jitter").unwrap_or(0.0).clamp(0.0, 1.0),
            failures: span("keeps_errors"),
        }
    }

    /// Caches that live on other parts are as many as those have members; all caches get their places in a row.
    pub fn settle_caches(&mut self) {
        let housed: Vec<(u32, String, At)> = self
            .parts
            .values()
            .filter_map(|part| part.component.on.as_ref().map(|on| (part.index, on.value.clone(), on.at)))
            .collect();
        for (index, host, at) in housed {
            self.house(index, &host, at);
        }
        let mut first = 0;
        for cache in &mut self.out.stores.caches {
            cache.first = first;
            first += cache.copies;
            if let Keeps::Entries { spec, .. } = &mut cache.keeps {
                spec.copies = u64::from(cache.copies);
            }
        }
    }

    fn house(&mut self, part: u32, host: &str, at: At) {
        let name = self.out.parts[part as usize].name.clone();
        let Some(there) = self.parts.get(host) else { return };
        let caches = self.parts[&name].stages.iter().filter_map(|bound| match bound {
            Bound::Cache { cache, .. } => Some(*cache),
            _ => None,
        });
        let caches: Vec<u32> = caches.collect();
        if caches.is_empty() {
            let says = format!("`{name}` lives on `{host}`, which this version of archsim does not run");
            return self.error(at, says, "only a cache lives on another part");
        }
        if there.component.on.is_some() || there.instance.gives.contains_key("cache") {
            let says = format!("a cache that lives on `{host}` is not run by this version of archsim");
            return self.error(at, says, "it may live on a server or a fleet, in each member by itself");
        }
        let set = there.stages.iter().find_map(|bound| if let Bound::Set(set) = bound { Some(*set) } else { None });
        for cache in caches {
            let copies = self.members(set);
            let cache = &mut self.out.stores.caches[cache as usize];
            (cache.set, cache.copies) = (set.unwrap_or(NONE), copies);
        }
        self.houses.insert(name, House { host: host.to_owned(), set });
    }

    /// A stop of a way at a cache.
    pub(super) fn cache_step(
        &mut self,
        name: &str,
        (cache, set): (u32, Option<u32>),
        path: &PathStep,
        step: Option<(&'a Call, &'a Step)>,
        way: &mut Way,
        context: &mut Context,
    ) {
        let call = step.map(|(call, _)| call);
        let at = call.map_or(self.parts[name].component.at, |call| call.target.at);
        let Some(key) = self.looked_for(name, cache, path, at, call, context) else { return };
        let Some(member) = self.copy_at(name, set, at, way, context) else { return };
        let keeps = matches!(self.out.stores.caches[cache as usize].keeps, Keeps::Entries { .. });
        let site = self.site(&format!("{name}/look"));
        let fill = keeps && call.is_none_or(|call| call.fill);
        let depth = context.depth;
        let look = self.out.stores.looks.len() as u32;
        self.out.stores.looks.push(LookSpec { cache, member, key, depth, fill, site, refresh: NONE });
        let verb = if let Target::Stage { verb, .. } = &path.target { verb.as_str() } else { "get" };
        match verb {
            "put" => drop(self.emit(Op::Keep { look }, context)),
            "delete" => drop(self.emit(Op::Drop { look }, context)),
            _ => {
                context.depth += 2;
                let pc = self.emit(Op::Look { look, to: 0 }, context);
                way.looks.push(Open { look, pc, held: way.held.len(), outer: context.scope });
                context.scope = self.fetching(look, context.scope);
            }
        }
    }

    /// For what a cache is asked here; none if that is a mistake, which has been told.
    fn looked_for(
        &mut self,
        name: &str,
        cache: u32,
        path: &PathStep,
        at: At,
        call: Option<&Call>,
        context: &Context,
    ) -> Option<Option<KeyRef>> {
        match self.key_here(name, path, call) {
            Some(key) => Some(Some(self.key_ref(key, at, context))),
            None if matches!(self.out.stores.caches[cache as usize].keeps, Keeps::Nothing { .. }) => Some(None),
            None => {
                let help =
                    format!("say by what: `{name} = {{ model = .., key = \"product\" }}`, and `[keys] product = ..`");
                self.error(at, format!("`{name}` keeps things by key, and has none"), help);
                None
            }
        }
    }

    /// The cell that says which copy is asked here; none if that is a mistake, which has been told.
    fn copy_at(&mut self, name: &str, set: Option<u32>, at: At, way: &Way, context: &Context) -> Option<u16> {
        let Some(house) = self.houses.get(name) else { return Some(way.member_of(set)) };
        if context.part.as_deref() == Some(&house.host) {
            return Some(if house.set.is_some() { context.member } else { u16::MAX });
        }
        let says = format!("`{name}` lives in `{0}`: only what `{0}` does can ask it", house.host);
        let help = format!("ask it in the steps of `[handlers.{}]`", house.host);
        self.error(at, says, help);
        None
    }

    /// A scope in which these looks may still have to be told of a failure.
    pub fn fetches(&mut self, looks: &[u32], outer: u32) -> u32 {
        looks.iter().fold(outer, |outer, look| self.fetching(*look, outer))
    }

    /// A scope of what is done while others may wait for it.
    fn fetching(&mut self, look: u32, outer: u32) -> u32 {
        let spec = self.out.stores.looks[look as usize];
        match self.out.stores.caches[spec.cache as usize].minds_failures() {
            true => self.out.program.scope(outer, ScopeKind::Fetch { look }),
            false => outer,
        }
    }

    /// Gives back what a way holds, in reverse order. What its caches missed is filled in on the way back, if the answer
    /// came from inside; else it is told, outermost first.
    pub(super) fn way_ends(&mut self, way: &mut Way, inside: bool, context: &mut Context) -> Vec<u32> {
        let mut missed = Vec::new();
        loop {
            while let Some(open) = way.looks.pop_if(|open| open.held == way.held.len()) {
                if inside {
                    self.fill(open.look, context);
                }
                context.scope = open.outer;
                self.out.program.land(open.pc);
                let depth = self.out.stores.looks[open.look as usize].depth;
                if inside {
                    let over = self.emit(Op::AfterLook { depth, to: 0 }, context);
                    self.out.program.land(over);
                }
                missed.push(open.look);
            }
            let Some((held, scope)) = way.held.pop() else { break };
            self.emit(held.given_back(), context);
            context.scope = scope;
        }
        missed.reverse();
        if inside { Vec::new() } else { missed }
    }

    fn fill(&mut self, look: u32, context: &mut Context) {
        let spec = self.out.stores.looks[look as usize];
        if spec.fill || self.out.stores.caches[spec.cache as usize].coalesce {
            self.emit(Op::Fill { look }, context);
        }
    }

    /// What is done after a miss, and the fill of every cache that missed.
    pub fn missed(&mut self, looks: &[u32], call: &'a Call, step: &'a Step, context: &mut Context) {
        if looks.is_empty() {
            if call.miss.is_some() || !call.fill {
                let part = call.target.value.split('.').next().unwrap_or_default();
                let says = format!("`{}` looks nothing up, and only a look misses", call.target.value);
                let help = format!("`{{ call = \"{part}.get\", miss = [..] }}` of a cache");
                self.error(call.target.at, says, help);
            }
            return;
        }
        let (outer, depth) = (context.scope, context.depth);
        // Their cells are kept until the fill.
        let cells = looks.iter().map(|look| self.out.stores.looks[*look as usize].depth + 2).max();
        context.depth = depth.max(cells.unwrap_or(0));
        let steps = call.miss.as_deref().unwrap_or(&[]);
        self.refreshed(looks, steps, step, context);
        let mut scopes = Vec::new();
        for look in looks {
            context.scope = self.fetching(*look, context.scope);
            scopes.push(context.scope);
        }
        let depths = looks.iter().map(|look| self.out.stores.looks[*look as usize].depth).collect::<Vec<u16>>();
        let skips: Vec<Pc> =
            depths.iter().map(|depth| self.emit(Op::AfterLook { depth: *depth, to: 0 }, context)).collect();
        self.steps(steps, context);
        for ((look, scope), skip) in looks.iter().zip(scopes).zip(skips).rev() {
            context.scope = scope;
            self.fill(*look, context);
            self.out.program.land(skip);
        }
        (context.scope, context.depth) = (outer, depth);
    }

    /// Stale answers are fetched anew behind: what is done after a miss, in a body of its own.
    fn refreshed(&mut self, looks: &[u32], steps: &'a [Step], step: &'a Step, context: &Context) {
        let stale = |look: &u32| {
            let cache = self.out.stores.looks[*look as usize].cache;
            let keeps = &self.out.stores.caches[cache as usize].keeps;
            matches!(keeps, Keeps::Entries { spec, .. } if spec.stale > Span::ZERO)
        };
        match looks {
            [look] if stale(look) => {
                let mut context = context.clone();
                // Whoever asked has gone on with the stale answer: its worker is not held any more.
                if let Work::Held(_) = context.work {
                    context.work = Work::Time;
                }
                self.pending.push(Pending { body: Body::Refresh(steps, *look), goes: Goes::Refresh(*look), context });
            }
            [_] => {}
            several if several.iter().any(stale) => {
                let help = "`stale` of a cache that stands alone on its way";
                self.error(step.at, "two caches on one way cannot give stale answers", help);
            }
            _ => {}
        }
    }

    /// The body that fetches an answer anew.
    pub fn refresh(&mut self, steps: &'a [Step], look: u32, context: &mut Context) {
        context.scope = self.out.program.scope(NONE, ScopeKind::Fetch { look });
        self.steps(steps, context);
        self.emit(Op::Fill { look }, context);
        context.scope = NONE;
    }
}
