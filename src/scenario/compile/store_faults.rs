//! Faults of what is kept and asked for by key: a store that forgets, answers that are too old, a key that gets hot.

use super::Compiler;
use super::parts::Bound;
use crate::components::blueprint::Effect;
use crate::scenario::ast::Fault;
use crate::scenario::quantity;
use crate::scenario::suggest;
use crate::scenario::tree::{At, Kind, Placed};

/// Faults of this page.
pub(crate) const KINDS: [&str; 4] = ["flush", "cold", "expire", "hot-key"];

impl Compiler<'_> {
    /// What such a fault does to one target.
    pub fn store_fault(&mut self, what: &Placed<String>, target: &Placed<String>, fault: &Fault) -> Vec<Effect> {
        match what.value.as_str() {
            "hot-key" => self.hot_key(target, fault).into_iter().collect(),
            "expire" => {
                let keys = self.so_many_keys(fault);
                self.forgetful(&what.value, target, |part| Effect::Expire { part, keys })
            }
            _ => self.forgetful(&what.value, target, |part| Effect::Flush { part }),
        }
    }

    fn hot_key(&mut self, target: &Placed<String>, fault: &Fault) -> Option<Effect> {
        let Some(key) = self.key_named(&target.value) else {
            let near = suggest::nearest(&target.value, self.ast.keys.keys().map(String::as_str));
            let help = near.map_or_else(|| "name it under `[keys]`".to_owned(), |near| format!("there is a `{near}`"));
            self.error(target.at, format!("no key called `{}`", target.value), help);
            return None;
        };
        let Some((at, _)) = fault.settings.get("share") else {
            let says = "how much of the draws does the hot key get?";
            self.error(fault.at, says, "`share = \"20%\"`");
            return None;
        };
        let (at, share) = (*at, self.setting(fault, "share", 0.0));
        if !(0.0..=1.0).contains(&share) {
            self.error(at, "`share` is a share of all draws", "a number between 0 and 1, or \"20%\"");
        }
        if self.out.keys[key as usize].fresh {
            let says = format!("every request makes a new `{}`: none of them can be hot", target.value);
            self.error(target.at, says, "aim it at a key with a `count`");
        }
        Some(Effect::HotKey { key, share })
    }

    /// `keys = 100`: the first so many.
    fn so_many_keys(&mut self, fault: &Fault) -> u64 {
        let Some((_, node)) = fault.settings.get("keys") else { return u64::MAX };
        match &node.kind {
            Kind::Whole(number) => u64::try_from(*number).unwrap_or(0),
            Kind::Float(number) => *number as u64,
            Kind::Text(text) => quantity::count(text).map(|count| count as u64).unwrap_or_else(|complaint| {
                self.error(node.at, complaint.says, complaint.help);
                0
            }),
            _ => u64::MAX,
        }
    }

    /// The stores of a part, and of what lives on it.
    pub(super) fn forgetful(
        &mut self,
        what: &str,
        target: &Placed<String>,
        does: impl Fn(u32) -> Effect,
    ) -> Vec<Effect> {
        let Some(part) = self.parts.get(&target.value) else {
            self.no_such_part(&target.value, target.at);
            return Vec::new();
        };
        let here = part.component;
        let on_it = |name: &str| self.parts[name].component.on.as_ref().is_some_and(|on| on.value == target.value);
        let all = self.parts.iter().filter(|(name, part)| std::ptr::eq(part.component, here) || on_it(name));
        let stores = all.filter(|(_, part)| part.stages.iter().any(|stage| matches!(stage, Bound::Cache { .. })));
        let effects: Vec<Effect> = stores.map(|(_, part)| does(part.index)).collect();
        if effects.is_empty() {
            let says = format!("`{}` keeps nothing that `{what}` could take away", target.value);
            self.error(target.at, says, "aim it at a cache, or at what caches live on");
        }
        effects
    }

    fn no_such_part(&mut self, name: &str, at: At) {
        let help = "faults hit parts; places need regions and zones";
        self.error(at, format!("no component called `{name}`"), help);
    }
}
