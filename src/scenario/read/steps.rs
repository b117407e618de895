//! Steps: from strings, tables and lists to verbs and what modifies them.

use super::reader::{Reader, flag, name, small, text};
use super::survey::verb_of;
use super::tables::Quantity;
use crate::scenario::ast::{AtOnce, Branch, Call, Client, Compare, Number, Step, Verb, When};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::suggest::plain;
use crate::scenario::tree::{At, Kind, Node, Placed, Table};

impl Reader<'_> {
    /// The steps behind a key; none if it is not there.
    pub(crate) fn steps_of(&mut self, table: &Table, key: &str) -> Option<Vec<Step>> {
        let list = table.get(key)?.list()?;
        Some(self.steps(list))
    }

    /// A list of steps.
    pub(crate) fn steps(&mut self, list: &[Node]) -> Vec<Step> {
        list.iter().filter_map(|node| self.step(node)).collect()
    }

    fn step(&mut self, node: &Node) -> Option<Step> {
        match &node.kind {
            Kind::Text(target) => Some(bare_step(Verb::Call(self.bare_call(target, node.at)), node.at)),
            Kind::Table(table) => {
                let verb = verb_of(table).ok()?;
                let verb = self.verb(verb, table, node.at)?;
                Some(Step {
                    verb,
                    chance: table.get("chance").and_then(|node| self.chance("chance", node)),
                    when: table.get("when").and_then(|node| self.when(node)),
                    client: self.client(table),
                    otherwise: self.steps_of(table, "else"),
                    undo: self.steps_of(table, "undo"),
                    another: name(table, "another"),
                    note: text(table, "note"),
                    at: node.at,
                })
            }
            _ => None,
        }
    }

    fn verb(&mut self, verb: &str, table: &Table, at: At) -> Option<Verb> {
        Some(match verb {
            "call" => Verb::Call(self.call("call", table)?),
            "send" => Verb::Send(self.call("send", table)?),
            "run" => Verb::Run(name(table, "run")?),
            "flow" => Verb::Flow(name(table, "flow")?),
            "work" => Verb::Work(self.law_of_time("work", table.get("work")?)?),
            "wait" => Verb::Wait(self.law_of_time("wait", table.get("wait")?)?),
            "repeat" => self.repeat(table, at)?,
            "parallel" => self.parallel(table, at),
            "choose" => self.choose(table, at),
            "mark" => {
                let mark = name(table, "mark")?;
                if let Some(mistake) = super::mistakes::bad_name(&mark) {
                    self.say(mistake);
                }
                Verb::Mark(mark)
            }
            "fail" => Verb::Fail(text(table, "fail")?),
            _ => Verb::Group(self.steps_of(table, "steps").unwrap_or_default()),
        })
    }

    fn bare_call(&mut self, target: &str, at: At) -> Call {
        Call {
            target: Placed::new(target.to_string(), at),
            work: None,
            steps: Vec::new(),
            miss: None,
            fill: true,
            refused: None,
            key: None,
            size: None,
            reply: None,
            priority: None,
            region: None,
            idempotent: None,
            patience: None,
        }
    }

    fn call(&mut self, verb: &str, table: &Table) -> Option<Call> {
        let target = name(table, verb)?;
        let bare = self.bare_call(&target.value, target.at);
        Some(Call {
            work: table.get("work").filter(|_| verb == "call").and_then(|node| self.placed_law("work", node)),
            steps: self.steps_of(table, "steps").unwrap_or_default(),
            miss: self.steps_of(table, "miss"),
            fill: flag(table, "fill").unwrap_or(true),
            refused: table.get("refused").and_then(|node| self.chance("refused", node)),
            key: name(table, "key"),
            size: table.get("size").and_then(|node| self.law_of_size("size", node)),
            reply: table.get("reply").and_then(|node| self.law_of_size("reply", node)),
            priority: self.priority(table),
            region: name(table, "region"),
            idempotent: flag(table, "idempotent"),
            patience: table.get("patience").and_then(|node| self.law_of_time("patience", node)),
            ..bare
        })
    }

    fn priority(&mut self, table: &Table) -> Option<u8> {
        let written = small(table, "priority")?;
        if written.value > 255 {
            self.say(
                Diagnostic::error(written.at, "a priority is a number from 0 to 255").help("low numbers come first"),
            );
        }
        u8::try_from(written.value).ok()
    }

    fn repeat(&mut self, table: &Table, at: At) -> Option<Verb> {
        let times = self.number("repeat", table.get("repeat")?)?;
        let Some(steps) = self.steps_of(table, "steps") else {
            if table.get("steps").is_none() {
                let says = "there is nothing to repeat";
                self.say_missing(Diagnostic::error(at, says).help("`{ repeat = 3, steps = [..] }`"));
            }
            return None;
        };
        let pack = small(table, "pack").map_or(1, |pack| pack.value).max(1);
        Some(Verb::Repeat { times, at_once: self.at_once(table), pack, need: self.need(table, None), steps })
    }

    fn at_once(&mut self, table: &Table) -> AtOnce {
        match table.get("at_once").map(|node| (&node.kind, node.at)) {
            Some((Kind::Text(text), _)) if text == "all" => AtOnce::All,
            Some((Kind::Text(text), at)) => {
                let says = format!("`at_once` cannot be \"{text}\"");
                self.say(Diagnostic::error(at, says).help("it is a whole number, or \"all\""));
                AtOnce::All
            }
            Some((Kind::Whole(number), _)) => AtOnce::Just(u32::try_from(*number).unwrap_or(u32::MAX).max(1)),
            _ => AtOnce::Just(1),
        }
    }

    fn need(&mut self, table: &Table, branches: Option<usize>) -> Option<u32> {
        let need = small(table, "need")?;
        if let Some(branches) = branches.filter(|branches| need.value as usize > *branches) {
            let says = format!("{} of {branches} branches can never succeed", need.value);
            self.say(Diagnostic::error(need.at, says).help(format!("`need` is at most {branches} here")));
        }
        Some(need.value)
    }

    fn parallel(&mut self, table: &Table, _at: At) -> Verb {
        let branches: Vec<Vec<Step>> = list_of(table, "parallel").iter().map(|node| self.branch(node)).collect();
        let need = self.need(table, Some(branches.len()));
        Verb::Parallel { branches, need }
    }

    fn branch(&mut self, node: &Node) -> Vec<Step> {
        match node.list() {
            Some(list) => self.steps(list),
            None => self.steps(std::slice::from_ref(node)),
        }
    }

    /// A branch's condition is that of its step: it decides whether the branch is chosen, not whether it then runs.
    fn choose(&mut self, table: &Table, at: At) -> Verb {
        let mut branches = Vec::new();
        for node in list_of(table, "choose") {
            let mut steps = self.branch(node);
            let single = steps.len() == 1 && node.list().is_none();
            let first = steps.first_mut().filter(|_| single);
            let (chance, when) = first.map_or((None, None), |step| (step.chance.take(), step.when.take()));
            branches.push(Branch { chance, when, steps, at: node.at });
        }
        self.check_choices(&branches, at);
        Verb::Choose(branches)
    }

    fn check_choices(&mut self, branches: &[Branch], at: At) {
        if branches.is_empty() {
            self.say(
                Diagnostic::error(at, "there is nothing to choose from")
                    .help("`{ choose = [{ chance = 0.9, steps = [..] }, \"b\"] }`"),
            );
        }
        let free = |branch: &Branch| branch.chance.is_none() && branch.when.is_none();
        if let Some(branch) = branches.iter().rev().skip(1).find(|branch| free(branch)) {
            let says = "this branch is always taken: those after it never are";
            let help = "only the last branch may have neither `chance` nor `when`";
            self.say(Diagnostic::error(branch.at, says).help(help));
            return;
        }
        let chances: Option<Vec<f64>> = branches
            .iter()
            .filter(|branch| !free(branch))
            .map(|branch| match branch.chance {
                Some(Number::Just(chance)) => Some(chance),
                _ => None,
            })
            .collect();
        let Some(chances) = chances.filter(|chances| !chances.is_empty()) else { return };
        let sum: f64 = chances.iter().sum();
        let open = branches.last().is_some_and(free);
        let wrong = if open { sum > 1.0 + 1e-9 } else { (sum - 1.0).abs() > 1e-9 };
        if wrong {
            let says = format!("the chances of `choose` add up to {}", plain(sum));
            let help = "they add up to 1, or the last branch has none and takes the rest (weights are for `mix`)";
            self.say(Diagnostic::error(at, says).help(help));
        }
    }

    /// A share: a number between 0 and 1, or the name of a value, or an attribute.
    pub(crate) fn chance(&mut self, key: &str, node: &Node) -> Option<Number> {
        let number = match self.named(node) {
            Some(number) => number,
            None => Number::Just(self.ratio(key, node)?),
        };
        if let Number::Just(chance) = number
            && !(0.0..=1.0).contains(&chance)
        {
            let says = format!("`{key}` is {}, and a chance is between 0 and 1", plain(chance));
            self.say(Diagnostic::error(node.at, says).help("write 0.05 or \"5%\""));
        }
        Some(number)
    }

    /// A number that may be named, drawn, or belong to a key.
    pub(crate) fn number(&mut self, key: &str, node: &Node) -> Option<Number> {
        if let Some(number) = self.named(node) {
            return Some(number);
        }
        match node.text() {
            Some(text) if text.contains('(') => self.law_of_number(key, node).map(Number::Law),
            _ => self.count(key, node).map(Number::Just),
        }
    }

    /// `records`, `limit`, `author.followers`.
    fn named(&mut self, node: &Node) -> Option<Number> {
        let name = node.text()?.trim();
        let named = name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.contains('(');
        let placed = || Placed::new(name.to_string(), node.at);
        match name {
            _ if !named => None,
            "records" => Some(Number::Records),
            _ if name.contains('.') => Some(Number::Attribute(placed())),
            _ => Some(Number::Value(placed())),
        }
    }

    fn when(&mut self, node: &Node) -> Option<When> {
        let text = node.text()?;
        let comparison = text.find(['<', '=', '>']).map(|index| {
            let (left, rest) = text.split_at(index);
            let end = rest.find(|c| !"<=>".contains(c)).unwrap_or(rest.len());
            (left.trim(), &rest[..end], rest[end..].trim())
        });
        let compare = comparison.and_then(|(_, sign, _)| match sign {
            "<" => Some(Compare::Less),
            "<=" => Some(Compare::AtMost),
            "=" | "==" => Some(Compare::Equal),
            ">=" => Some(Compare::AtLeast),
            ">" => Some(Compare::More),
            _ => None,
        });
        let (Some((left, _, right)), Some(compare)) = (comparison, compare) else {
            self.say(no_comparison(node.at));
            return None;
        };
        if !left.contains('.') || right.is_empty() || right.contains(['<', '=', '>', '&', '|']) {
            self.say(no_comparison(node.at));
            return None;
        }
        let right = Node { kind: Kind::Text(right.to_string()), at: node.at };
        let than = match self.named(&right) {
            Some(Number::Value(value)) => Number::Value(value),
            Some(_) => {
                self.say(no_comparison(node.at));
                return None;
            }
            None => Number::Just(self.of_quantity("when", &right, Quantity::Count, super::values::count)?),
        };
        Some(When { attribute: Placed::new(left.to_string(), node.at), compare, than })
    }
}

fn no_comparison(at: At) -> Diagnostic {
    Diagnostic::error(at, "`when` compares one attribute of a key with one number")
        .help("\"author.followers < 10k\"; what needs more is two flows or two keys")
}

fn list_of<'t>(table: &'t Table, key: &str) -> &'t [Node] {
    table.get(key).and_then(Node::list).unwrap_or(&[])
}

/// A step with nothing but its verb.
pub(crate) fn bare_step(verb: Verb, at: At) -> Step {
    Step {
        verb,
        chance: None,
        when: None,
        client: Client::default(),
        otherwise: None,
        undo: None,
        another: None,
        note: None,
        at,
    }
}
