//! Random traffic: whoever may ask.

use super::generator::Maker;

impl Maker {
    /// One traffic or two.
    pub fn traffics(&mut self) {
        let flows = self.flows.clone();
        for name in ["people", "bots", "crew"].into_iter().take(self.dice.between(1, 3) as usize) {
            let flow = flows[self.dice.below(flows.len() as u64) as usize];
            let mut entries = match self.dice.below(9) {
                0 => self.users(false),
                1 => self.users(true),
                2 => self.ticks(flow),
                3 => self.profile(),
                4 => self.modulated(),
                5 => self.sine(),
                _ => self.rate(),
            };
            let ticks = entries.iter().any(|entry| entry.starts_with("every"));
            let users = entries.iter().any(|entry| entry.starts_with("think"));
            if users && self.dice.chance(0.2) {
                let wait = self.law(10_000);
                entries.push(format!(
                    "journey = [{{ flow = \"{flow}\" }}, {{ wait = {wait} }}, {{ flow = \"{}\" }}]",
                    flows[0]
                ));
            } else if !ticks {
                match flows.iter().find(|other| **other != flow).filter(|_| self.dice.chance(0.25)) {
                    Some(other) => entries.push(format!("mix = {{ {flow} = 0.8, {other} = 0.2 }}")),
                    None => entries.push(format!("flow = \"{flow}\"")),
                }
            }
            let journey = entries.iter().any(|entry| entry.starts_with("journey"));
            if !journey && self.dice.chance(0.25) {
                entries.extend(self.client_words());
            }
            self.draft.add("traffic", name, &format!("{{ {} }}", entries.join(", ")));
        }
    }

    /// So many a second that the wanted number comes; a whole number of milliseconds apart where ties are wanted.
    fn per_second(&mut self, share: f64) -> String {
        if self.ties {
            return format!("\"{}/s\"", self.dice.one_of(&[10, 20, 40, 50, 100, 200]));
        }
        format!("\"{:.3}/s\"", self.requests as f64 * share / self.length as f64 * 1e3)
    }

    fn rate(&mut self) -> Vec<String> {
        let rate = format!("rate = {}", self.per_second(1.0));
        let gap = self.law(10_000);
        match self.dice.below(if self.ties { 3 } else { 8 }) {
            0 | 1 => vec![rate, "arrivals = \"even\"".to_owned()],
            2 => vec![rate, "arrivals = \"bursts(mean=4)\"".to_owned()],
            3 => vec![rate, format!("arrivals = \"renewal({})\"", gap.trim_matches('"'))],
            _ => vec![rate],
        }
    }

    fn profile(&mut self) -> Vec<String> {
        let (half, most) = (self.length / 2, self.length * 3 / 4);
        let (low, high) = (self.per_second(0.3), self.per_second(1.5));
        let even = if self.dice.chance(0.3) { "even" } else { "poisson" };
        let points = self.dice.one_of(&[
            "[[\"0s\", LOW], [\"HALFms\", HIGH]]",
            "[[\"0s\", LOW], [\"HALFms\", LOW], [\"HALFms\", HIGH], [\"MOSTms\", LOW]]",
            "[[\"0s\", HIGH], [\"HALFms\", \"0/s\"], [\"MOSTms\", \"0/s\"], [\"MOSTms\", HIGH]]",
        ]);
        let points = points.replace("LOW", &low).replace("HIGH", &high);
        let points = points.replace("HALF", &half.to_string()).replace("MOST", &most.to_string());
        vec![format!("rate = {points}"), format!("arrivals = \"{even}\"")]
    }

    fn sine(&mut self) -> Vec<String> {
        let rate = self.requests * 1_000 / self.length + 1;
        vec![format!("rate = \"sine({rate}/s, amplitude={}/s, period={}ms)\"", rate / 2, self.length / 2)]
    }

    fn modulated(&mut self) -> Vec<String> {
        let rate = self.requests * 1_000 / self.length + 1;
        let arrivals = format!("mmpp({}/s for 50ms, {}/s for 20ms)", rate / 2, rate * 2);
        vec![format!("rate = \"{rate}/s\""), format!("arrivals = \"{arrivals}\"")]
    }

    fn users(&mut self, changing: bool) -> Vec<String> {
        let think = self.law(30_000);
        let (few, many) = (self.dice.between(1, 4), self.dice.between(5, 12));
        let users = if changing {
            format!("[[\"0s\", {few}], [\"{}ms\", {many}], [\"{}ms\", {few}]]", self.length / 3, self.length / 2)
        } else {
            self.dice.one_of(&[few, many]).to_string()
        };
        vec![format!("users = {users}"), format!("think = {think}")]
    }

    fn ticks(&mut self, flow: &str) -> Vec<String> {
        let users = self.dice.between(1, 6);
        let period = if self.ties { "\"30ms\"".to_owned() } else { self.law(30_000) };
        vec![format!("users = {users}"), format!("every = {{ {flow} = {period} }}")]
    }
}
