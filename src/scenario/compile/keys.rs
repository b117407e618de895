//! Keys: what requests are about, which one is meant at a place, and another one for a step and all inside of it.

use super::Compiler;
use super::programs::Context;
use crate::components::store_specs::{KeyRef, KeySpec, PickSpec};
use crate::engine::program::Op;
use crate::scenario::ast::Key;
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::quantity::Pick;
use crate::scenario::tree::{At, Placed};
use crate::units::zipf::Zipf;

/// Numbers above which a double does not know its neighbours: no law picks among more.
const MOST: f64 = (1u64 << 52) as f64;

impl Compiler<'_> {
    /// Keys, with their picks and attributes.
    pub fn keys(&mut self) {
        let index_of = |name: &str| self.ast.keys.keys().position(|key| key == name).map(|i| i as u32);
        let specs = self.ast.keys.iter().map(|(name, key)| {
            let count = key.count.unwrap_or(1.0).clamp(1.0, MOST);
            KeySpec {
                name: name.clone(),
                count: count as u64,
                pick: match key.pick {
                    Pick::Uniform => PickSpec::Uniform,
                    Pick::Zipf(exponent) => PickSpec::Zipf(Zipf::new(count as u64, exponent)),
                    Pick::Hot { keys, share } => {
                        let keys = if keys < 1.0 { keys * count } else { keys };
                        PickSpec::Hot { keys: (keys as u64).max(1), share }
                    }
                },
                fresh: key.fresh,
                of: key.of.as_ref().and_then(|of| index_of(&of.value)),
                follows: None,
                attributes: key.attributes.iter().map(|(name, law)| (name.clone(), law.value.clone())).collect(),
            }
        });
        self.out.keys = specs.collect();
        for (index, (name, key)) in self.ast.keys.iter().enumerate() {
            self.check_key(index, name, key);
        }
        let sound = !self.say.failed();
        for index in (0..self.out.keys.len()).filter(|_| sound) {
            let follows = self.belonging(index as u32).next();
            self.out.keys[index].follows = follows;
        }
    }

    fn check_key(&mut self, index: usize, name: &str, key: &Key) {
        if key.roams > 0.0 {
            let says = format!("keys that are used from several regions (`roams` of `{name}`) are not run");
            self.error(key.at, format!("{says} by this version of archsim"), "take it away");
        }
        if key.count.is_some_and(|count| count > MOST) {
            let help = "a law that picks among more cannot tell neighbours apart";
            self.error(key.at, format!("at most 4,503,599,627,370,496 of `{name}`"), help);
        }
        let Some(of) = &key.of else { return };
        if self.out.keys[index].of.is_some_and(|of| self.out.keys[of as usize].fresh) {
            let says = format!("a `{name}` belongs to a `{}`, of which every request makes a new one", of.value);
            self.error(of.at, says, "give what it belongs to a `count`");
        }
        let owners = std::iter::successors(self.out.keys[index].of, |owner| self.out.keys[*owner as usize].of);
        if owners.take(self.out.keys.len() + 1).any(|owner| owner as usize == index) {
            let help = "one of them belongs to nothing";
            self.error(of.at, format!("a `{name}` belongs, in the end, to itself"), help);
        }
    }

    /// The number of a key.
    pub fn key_named(&self, name: &str) -> Option<u32> {
        self.ast.keys.keys().position(|key| key == name).map(|index| index as u32)
    }

    /// Keys each of which belongs to one of this.
    fn belonging(&self, key: u32) -> impl Iterator<Item = u32> + '_ {
        (0..self.out.keys.len() as u32).filter(move |other| self.out.keys[*other as usize].of == Some(key))
    }

    fn belongs(&self, key: u32, to: u32) -> bool {
        let mut owners = std::iter::successors(Some(key), |owner| self.out.keys[*owner as usize].of);
        owners.any(|owner| owner == to)
    }

    /// Which one of a key is meant here: the innermost other one, or what that belongs to; else the request's own.
    pub fn key_ref(&mut self, key: u32, at: At, context: &Context) -> KeyRef {
        let other = context.others.iter().rev().find(|(from, _)| self.belongs(*from, key));
        if let Some(&(from, cell)) = other {
            return KeyRef { key, cell, from };
        }
        let user = self.out.sources.get(context.asker as usize).and_then(|source| source.key);
        if !user.is_some_and(|user| self.belongs(user, key)) {
            self.check_followed(key, at);
        }
        KeyRef::own(key)
    }

    /// A key follows from one that belongs to it: from which?
    fn check_followed(&mut self, key: u32, at: At) {
        let mut key = key;
        loop {
            let mut below = self.belonging(key);
            let (first, second) = (below.next(), below.next());
            drop(below);
            let Some(first) = first else { return };
            if let Some(second) = second {
                let name = |key: u32| self.out.keys[key as usize].name.clone();
                let (key, first, second) = (name(key), name(first), name(second));
                let says = format!("which `{key}`? that of the `{first}`, or that of the `{second}`");
                let help = format!("`key = \"{first}\"` on the traffic, or `another = \"{key}\"` on the step");
                return self.say.say(Diagnostic::error(at, says).help(help));
            }
            key = first;
        }
    }

    /// Draws another one of a key, for all that is written with this context from here on.
    pub fn another(&mut self, another: &Placed<String>, context: &mut Context) {
        let Some(key) = self.key_named(&another.value) else { return };
        let depth = context.depth;
        context.depth += 1;
        let site = self.site(&format!("another {}", another.value));
        self.emit(Op::Another { key, site, depth }, context);
        context.others.push((key, depth));
    }

    /// The number of a text in a trace: equal text is an equal key.
    pub fn key_of_text(&mut self, key: Option<u32>, text: &str, at: At) -> u64 {
        let texts = self.key_texts.entry(key.unwrap_or(u32::MAX)).or_default();
        let next = texts.len() as u64;
        let number = *texts.entry(text.to_owned()).or_insert(next);
        if let Some(spec) = key.map(|key| &self.out.keys[key as usize])
            && !spec.fresh
            && number == next
            && number == spec.count
        {
            let says = format!("the trace has more than {} different keys", spec.count);
            let help =
                format!("`{}` under `[keys]` has `count = {}`: make it as many as there are", spec.name, spec.count);
            self.error(at, says, help);
        }
        number
    }
}
