//! Random steps: calls and what may stand around them.

use super::generator::Maker;

impl Maker {
    /// A list of steps that nest at most so deep; `top`: of a flow, where marks may stand.
    pub fn steps(&mut self, depth: u64, top: bool) -> String {
        let many = self.dice.between(1, if depth > 1 { 3 } else { 2 });
        let steps: Vec<String> = (0..many).map(|_| self.step(depth, top)).collect();
        format!("[{}]", steps.join(", "))
    }

    fn step(&mut self, depth: u64, top: bool) -> String {
        let mut entries = match self.dice.below(if depth > 0 { 16 } else { 9 }) {
            8 => vec![format!("wait = {}", self.law(3_000))],
            9 => self.repeat(depth),
            10 => self.parallel(depth),
            11 => self.choose(depth),
            12 => vec![format!("steps = {}", self.steps(depth - 1, top))],
            13 => match self.parts.last() {
                Some(part) if !part.needs_work => vec![format!("send = \"{}\"", part.targets[0])],
                _ => self.call(),
            },
            14 if self.routine && top => vec!["run = \"chore\"".to_owned()],
            14 if top => vec![format!("mark = \"m{}\"", self.dice.below(3))],
            15 if top && !self.flows.is_empty() => {
                let at = self.dice.below(self.flows.len() as u64) as usize;
                vec![format!("flow = \"{}\"", self.flows[at])]
            }
            14 => vec!["fail = \"no luck\"".to_owned(), "chance = 0.1".to_owned()],
            _ => self.call(),
        };
        self.around(depth, &mut entries);
        format!("{{ {} }}", entries.join(", "))
    }

    fn call(&mut self) -> Vec<String> {
        if self.parts.is_empty() {
            return vec![format!("wait = {}", self.law(3_000))];
        }
        let at = self.dice.below(self.parts.len() as u64) as usize;
        let part = self.parts[at].clone();
        let target = self.dice.below(part.targets.len() as u64) as usize;
        let mut entries = vec![format!("call = \"{}\"", part.targets[target])];
        if part.needs_work {
            entries.push(format!("work = {}", self.law(part.work)));
        }
        if part.line && self.dice.chance(0.3) {
            entries.push(format!("priority = {}", self.dice.below(3)));
        }
        if part.line && self.dice.chance(0.1) {
            entries.push(format!("patience = {}", self.law(part.work)));
        }
        if self.dice.chance(0.08) {
            entries.push("refused = 0.1".to_owned());
        }
        if self.dice.chance(0.3) {
            entries.extend(self.client_words());
        }
        entries
    }

    fn repeat(&mut self, depth: u64) -> Vec<String> {
        let times = if self.keyed && self.dice.chance(0.4) {
            "\"item.copies\""
        } else {
            self.dice.one_of(&["0", "1", "3", "\"geometric(2)\""])
        };
        let mut entries = vec![format!("repeat = {times}"), format!("steps = {}", self.steps(depth - 1, false))];
        if self.dice.chance(0.5) {
            entries.push(format!("at_once = {}", self.dice.one_of(&["1", "2", "\"all\""])));
        }
        if times == "3" && self.dice.chance(0.4) {
            entries.push(format!("need = {}", self.dice.between(1, 3)));
        }
        if self.dice.chance(0.1) {
            entries.push("pack = 2".to_owned());
            entries.retain(|entry| !entry.starts_with("need"));
        }
        entries
    }

    fn parallel(&mut self, depth: u64) -> Vec<String> {
        let branches = self.dice.between(2, 3);
        let each: Vec<String> = (0..branches).map(|_| self.steps(depth - 1, false)).collect();
        let mut entries = vec![format!("parallel = [{}]", each.join(", "))];
        if self.dice.chance(0.4) {
            entries.push(format!("need = {}", self.dice.between(1, branches)));
        }
        entries
    }

    fn choose(&mut self, depth: u64) -> Vec<String> {
        let rare = if self.keyed && self.dice.chance(0.5) { "when = \"item.weight < 5\"" } else { "chance = 0.3" };
        let branches: Vec<String> = [rare, "chance = 0.4", "note = \"else\""]
            .map(|modifier| format!("{{ steps = {}, {modifier} }}", self.steps(depth - 1, false)))
            .into();
        vec![format!("choose = [{}]", branches.join(", "))]
    }

    /// What may stand on any step.
    fn around(&mut self, depth: u64, entries: &mut Vec<String>) {
        let group = ["repeat", "parallel", "steps", "choose"].iter().any(|verb| entries[0].starts_with(verb));
        if group && self.dice.chance(0.2) {
            entries.extend(self.client_words());
        }
        if self.dice.chance(0.1) && !entries.iter().any(|entry| entry.starts_with("chance")) {
            entries.push(format!("chance = {}", self.dice.one_of(&["0.05", "0.5", "1.0", "0"])));
        }
        if self.keyed && self.dice.chance(0.1) {
            entries.push("when = \"item.weight > 8\"".to_owned());
        }
        if self.dice.chance(0.15) {
            let otherwise = if depth > 0 { self.steps(depth - 1, false) } else { "[]".to_owned() };
            entries.push(format!("else = {}", if self.dice.chance(0.5) { "[]" } else { &otherwise }));
        }
        if depth > 0 && self.dice.chance(0.08) {
            entries.push(format!("undo = {}", self.steps(0, false)));
        }
    }

    /// What a caller does when things go wrong.
    pub fn client_words(&mut self) -> Vec<String> {
        let mut words = vec![];
        if self.dice.chance(0.7) {
            words.push(format!("timeout = \"{}\"", self.time(2_000, 60_000)));
        }
        if self.dice.chance(0.6) {
            words.push(format!("retries = {}", self.dice.between(1, 3)));
            words.extend(self.pause());
        }
        if self.dice.chance(0.15) {
            words.push(
                self.dice.one_of(&["retry_budget = 0.2", "retry_budget = { ratio = 0.1, burst = 2 }"]).to_owned(),
            );
        }
        if self.dice.chance(0.15) {
            words.push("retry_on = [\"broken\", \"timed_out\"]".to_owned());
        }
        if self.dice.chance(0.3) {
            words.push("withdraw = true".to_owned());
        }
        if self.dice.chance(0.1) {
            words.push("deadline = true".to_owned());
        }
        if self.dice.chance(0.15) {
            words.push(format!("hedge = \"{}\"", self.dice.one_of(&["p95", "p50", "5ms", "20ms"])));
        }
        if self.dice.chance(0.15) {
            words.push(format!("breaker = {{ errors = \"50%\", of = 4, rest = \"{}\" }}", self.time(5_000, 100_000)));
        }
        if self.dice.chance(0.15) || words.is_empty() {
            words.push(format!("at_most = {}", self.dice.between(1, 6)));
        }
        words
    }

    fn pause(&mut self) -> Option<String> {
        let first = self.time(1_000, 20_000);
        let pause = match self.dice.below(8) {
            0 => format!("fixed({first})"),
            1 => format!("fixed(exp({first}))"),
            2 => format!("exponential({first}, cap=100ms)"),
            3 => format!("equal-jitter({first}, cap=100ms)"),
            4 => format!("full-jitter({first}, cap=100ms)"),
            5 => format!("decorrelated({first}, cap=100ms)"),
            6 => format!("schedule(2 x 0s, {first})"),
            _ => return None,
        };
        Some(format!("backoff = \"{pause}\""))
    }
}
