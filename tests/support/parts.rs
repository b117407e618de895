//! Random parts, with what they do when they are asked.

use super::generator::{Maker, Part};

impl Maker {
    /// A part, its model and its handlers.
    pub fn part(&mut self, name: &'static str) {
        let work = self.dice.one_of(&[300, 1_000, 4_000, 15_000, 60_000]);
        let mut part = Part { name, targets: vec![name.to_owned()], needs_work: false, line: false, limit: None, work };
        match self.dice.below(10) {
            0..6 => self.server(&mut part),
            6 => self.machine(&mut part),
            7 => self.fleet(&mut part),
            8 => {
                let time = self.law(work);
                self.component(name, "delay", &[format!("time = {time}")]);
            }
            _ => {
                let latency = self.law(work);
                let fail = self.dice.one_of(&["0%", "5%", "50%"]);
                self.component(name, "external", &[format!("latency = {latency}"), format!("fail = \"{fail}\"")]);
            }
        }
        self.parts.push(part);
    }

    fn component(&mut self, name: &str, model: &str, settings: &[String]) {
        let mut all = vec![format!("model = \"{model}\"")];
        all.extend_from_slice(settings);
        if self.dice.chance(0.1) {
            all.push(format!("client = {{ {} }}", self.client_words().join(", ")));
        }
        self.draft.add("components", name, &format!("{{ {} }}", all.join(", ")));
    }

    /// Workers and a line.
    fn server(&mut self, part: &mut Part) {
        let workers = self.dice.one_of(&[1, 1, 2, 3, 8]);
        let order = self.dice.one_of(&["fifo", "fifo", "fifo", "lifo", "random", "priority", "preempt", "shared"]);
        let mut settings = vec![format!("workers = {workers}"), format!("order = \"{order}\"")];
        part.line = order != "shared";
        // The count of servers who are interrupted or share stays as it is.
        part.limit = Some("workers");
        if part.line && self.dice.chance(0.25) {
            settings.push(format!("room = {}", self.dice.one_of(&[0, 1, 3, 20])));
        }
        if part.line && self.dice.chance(0.2) {
            settings.push(format!("patience = {}", self.law(part.work * 2)));
        }
        match self.dice.below(4) {
            0 => settings.push(format!("time = {}", self.law(part.work))),
            1 => part.needs_work = true,
            _ => self.handlers(part, order != "preempt"),
        }
        self.component(part.name, "server", &settings);
    }

    /// Cores, threads, connections.
    fn machine(&mut self, part: &mut Part) {
        let mut settings = vec![format!("cores = {}", self.dice.one_of(&[1, 2, 4]))];
        part.limit = Some("cores");
        if self.dice.chance(0.7) {
            settings.push(format!("threads = {}", self.dice.one_of(&[1, 3, 10])));
            if self.dice.chance(0.3) {
                settings.push(format!("room = {}", self.dice.one_of(&[0, 2, 10])));
            }
        }
        if let Some(callee) = self.parts.last().filter(|_| self.dice.chance(0.5)) {
            settings.push(format!("pool = {{ {} = {} }}", callee.name, self.dice.one_of(&[1, 2, 5])));
        }
        self.handlers(part, true);
        self.component(part.name, "server", &settings);
    }

    /// Several of a kind.
    fn fleet(&mut self, part: &mut Part) {
        let members = self.dice.one_of(&[1, 2, 4]);
        let policy = self.dice.one_of(&["round-robin", "random", "least", "two-choices"]);
        let mut settings = vec![format!("fleet = \"{members}..{members}\""), format!("policy = \"{policy}\"")];
        match self.dice.below(3) {
            0 => settings.push("order = \"shared\"".to_owned()),
            1 => settings.push("cores = 1".to_owned()),
            _ => settings.push(format!("workers = {}", self.dice.one_of(&[1, 2]))),
        }
        self.handlers(part, true);
        self.component(part.name, "server", &settings);
    }

    /// One handler or two, with or without steps.
    fn handlers(&mut self, part: &mut Part, may_call: bool) {
        let one = |maker: &mut Maker, work: u64| {
            let mut entries = vec![format!("work = {}", maker.law(work))];
            if may_call && maker.dice.chance(0.4) {
                entries.push(format!("steps = {}", maker.steps(1, false)));
            }
            if maker.dice.chance(0.2) {
                entries.push(format!("fail = {}", maker.dice.one_of(&["0.02", "0.3", "1.0"])));
            }
            format!("{{ {} }}", entries.join(", "))
        };
        let value = if self.dice.chance(0.25) {
            part.targets = vec![format!("{}.read", part.name), format!("{}.write", part.name)];
            format!("{{ read = {}, write = {} }}", one(self, part.work), one(self, part.work * 2))
        } else {
            one(self, part.work)
        };
        self.draft.add("handlers", part.name, &value);
    }
}
