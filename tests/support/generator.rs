//! A random valid scenario from a number: small, and made to meet what is hard (ties, overload, taking back).

use super::dice::Dice;
use super::draft::Draft;

/// Names of parts; the order in which they are taken has nothing to do with their alphabet.
const PARTS: [&str; 5] = ["mill", "api", "zoo", "desk", "bank"];
/// Names of flows.
const FLOWS: [&str; 4] = ["view", "buy", "find", "ask"];

/// A part, as those who call it see it.
#[derive(Clone)]
pub struct Part {
    pub name: &'static str,
    /// What can be called.
    pub targets: Vec<String>,
    /// The step says how much work it is.
    pub needs_work: bool,
    /// It has a line in which somebody may lose patience or go first.
    pub line: bool,
    /// What a change may set.
    pub limit: Option<&'static str>,
    /// Mean work (us).
    pub work: u64,
}

/// A scenario in the making.
pub struct Maker {
    pub dice: Dice,
    pub draft: Draft,
    /// Times are whole multiples of a few milliseconds, so that much happens at one instant.
    pub ties: bool,
    /// Length of the run (ms).
    pub length: u64,
    /// Requests of a traffic, about.
    pub requests: u64,
    pub parts: Vec<Part>,
    /// Flows that are there, which others may hold.
    pub flows: Vec<&'static str>,
    pub keyed: bool,
    pub routine: bool,
}

/// A random scenario.
pub fn scenario(seed: u64) -> Draft {
    let mut dice = Dice::new(seed);
    let ties = dice.chance(0.35);
    let length = dice.one_of(&[200, 500, 1_000, 3_000]);
    let requests = dice.one_of(&[10, 60, 150, 300]);
    let (keyed, routine) = (dice.chance(0.3), dice.chance(0.2));
    let (parts, flows) = (Vec::new(), Vec::new());
    let mut maker = Maker { dice, draft: Draft::default(), ties, length, requests, parts, flows, keyed, routine };
    maker.head();
    let (parts, flows) = (maker.dice.between(1, 5) as usize, maker.dice.between(1, 4) as usize);
    // Whoever is called is there before who calls, so that nobody calls in a circle.
    for name in &PARTS[..parts] {
        maker.part(name);
    }
    if routine {
        let steps = maker.steps(1, false);
        maker.draft.add("routines", "chore", &format!("{{ steps = {steps} }}"));
    }
    for name in &FLOWS[..flows] {
        maker.flow(name);
    }
    maker.traffics();
    maker.happenings();
    maker.draft
}

impl Maker {
    fn head(&mut self) {
        let length = self.length;
        self.draft.head = vec!["name = \"Random\"".to_owned(), format!("duration = \"{length}ms\"")];
        if self.dice.chance(0.4) {
            let warmup = self.dice.one_of(&[length / 10, length / 4, length / 2, 7]);
            self.draft.head.push(format!("warmup = \"{warmup}ms\""));
        }
        if self.dice.chance(0.3) {
            let from = self.dice.below(length / 2);
            let to = self.dice.between(from + 1, length);
            self.draft.add("phases", "rush", &format!("\"{from}ms..{to}ms\""));
            self.draft.add("phases", "all-of-it", &format!("\"0ms..{length}ms\""));
        }
        if self.keyed {
            let pick = self.dice.one_of(&["uniform", "zipf(1.1)", "hot(2, 50%)"]);
            let value =
                format!("{{ count = 50, pick = \"{pick}\", weight = \"uniform(0..20)\", copies = \"geometric(2)\" }}");
            self.draft.add("keys", "item", &value);
        }
    }

    fn flow(&mut self, name: &'static str) {
        let mut entries = vec![];
        if self.dice.chance(0.15) {
            let time = self.law(2_000);
            let front = format!("{{ model = \"delay\", time = {time} }}");
            self.draft.add("components", &format!("front-{name}"), &front);
            entries.push(format!("through = [\"front-{name}\"]"));
        }
        entries.push(format!("steps = {}", self.steps(2, true)));
        self.draft.add("flows", name, &format!("{{ {} }}", entries.join(", ")));
        self.flows.push(name);
    }

    fn happenings(&mut self) {
        for number in 0..self.dice.one_of(&[0, 0, 0, 1, 1, 2]) {
            let part = self.dice.below(self.parts.len() as u64) as usize;
            let target = self.parts[part].name;
            let what = match self.dice.below(5) {
                4 => "what = \"outage\"".to_owned(),
                0 => "what = \"errors\"".to_owned(),
                1 => "what = \"errors\", share = 0.3".to_owned(),
                2 => format!("what = \"slow\", factor = {}", self.dice.one_of(&["3", "0.5", "10"])),
                _ => "what = \"stop\"".to_owned(),
            };
            let (early, late) = (self.length * 100, self.length * 300);
            let when = match self.dice.below(3) {
                0 => format!("at = \"{}\", for = {}", self.time(early, late), self.law(late)),
                1 => format!("at = {}", self.law(late)),
                _ => format!("every = {}, for = {}", self.law(late), self.law(early)),
            };
            let value = format!("{{ {what}, target = \"{target}\", {when} }}");
            self.draft.add("faults", &format!("trouble-{number}"), &value);
        }
        for number in 0..self.dice.one_of(&[0, 0, 1, 2]) {
            let part = self.dice.below(self.parts.len() as u64) as usize;
            let Part { name, limit: Some(limit), .. } = self.parts[part] else { continue };
            let (at, to) = (self.time(0, self.length * 900), self.dice.one_of(&[0, 1, 2, 5, 9]));
            let value = format!("{{ at = \"{at}\", set = {{ {name}.{limit} = {to} }} }}");
            self.draft.add("changes", &format!("other-{number}"), &value);
        }
        if self.dice.chance(0.2) {
            self.alarm();
        }
    }

    /// An alarm, and what is done about it.
    fn alarm(&mut self) {
        let part = self.dice.below(self.parts.len() as u64) as usize;
        let Part { name, limit: Some(limit), .. } = self.parts[part] else { return };
        let flow = self.flows[0];
        let (mean, most) = (self.length * 20, self.length * 100);
        let when = match self.dice.below(4) {
            0 => format!("{name}.up < 1"),
            1 => format!("{name}.present > 2"),
            2 => format!("{flow}.errors > 5%"),
            _ => format!("{name}.busy > 0.5"),
        };
        let (average, periods) = (self.time(mean, most), self.dice.one_of(&[1, 1, 2, 3]));
        let missing = self.dice.one_of(&["ignore", "ok", "breaching"]);
        let rest = format!("average = \"{average}\", periods = {periods}, missing = \"{missing}\", then = \"help\"");
        self.draft.add("alarms", "bell", &format!("{{ when = \"{when}\", {rest} }}"));
        let (pause, to) = (self.law(mean), self.dice.one_of(&[1, 2, 5, 9]));
        let set = format!("{{ set = {{ {name}.{limit} = {to} }} }}");
        self.draft.add("runbooks", "help", &format!("{{ steps = [{{ wait = {pause} }}, {set}] }}"));
    }

    /// A time between these (us): a whole number of milliseconds, steps of five, where ties are wanted.
    pub fn time(&mut self, low: u64, high: u64) -> String {
        let time = self.dice.between(low, high.max(low + 1));
        if self.ties { format!("{}ms", (time / 5_000).max(1) * 5) } else { format!("{}us", time.max(1)) }
    }

    /// A law of time with about this mean (us), in quotes.
    pub fn law(&mut self, mean: u64) -> String {
        let mean = mean.max(2);
        if self.ties && self.dice.chance(0.8) {
            return format!("\"{}\"", self.time(mean / 2, mean * 2));
        }
        let law = match self.dice.below(10) {
            0 | 1 => format!("{mean}us"),
            2 | 3 => format!("exp({mean}us)"),
            4 => format!("uniform({}us..{}us)", mean / 2, mean * 3 / 2),
            5 => format!("lognormal({mean}us, cv=1.5)"),
            6 => format!("erlang({mean}us, k=3)"),
            7 => format!("gamma({mean}us, cv=2)"),
            8 => format!("mix(90% {}us, 10% exp({}us))", mean / 2 + 1, mean * 5),
            _ => format!("pareto({mean}us, shape=2.2, max=1s)"),
        };
        format!("\"{law}\"")
    }
}
