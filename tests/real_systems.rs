//! Real systems: a Redis node and a PostgreSQL pool, measured on a machine of two cores, and the same load simulated.
//!
//! The rows were measured with an open loop of Poisson arrivals; `docs/real-systems.md` says how, which constants were
//! fitted to them, and what is left. A model is good enough if over all rows the logarithms of simulated over measured
//! are, in the mean of their sizes, at most these.

use archsim::Scenario;
use archsim::outcome::Outcome;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;

const GOOD_ENOUGH: [(&str, f64); 4] = [("mean", 0.08), ("p50", 0.10), ("p90", 0.08), ("p99", 0.12)];

/// A row of a file of measurements: by the name of its column.
struct Row<'a> {
    columns: Vec<&'a str>,
    values: Vec<&'a str>,
}

impl Row<'_> {
    fn text(&self, column: &str) -> &str {
        let place = self.columns.iter().position(|known| *known == column);
        place.and_then(|place| self.values.get(place)).unwrap_or_else(|| panic!("a column {column}"))
    }

    fn number(&self, column: &str) -> f64 {
        self.text(column).parse().unwrap_or_else(|_| panic!("{column} is a number"))
    }
}

fn rows(csv: &str) -> Vec<Row<'_>> {
    let mut lines = csv.lines();
    let columns: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    lines.map(|line| Row { columns: columns.clone(), values: line.split(',').collect() }).collect()
}

fn run(text: &str) -> Outcome {
    let files = MemoryFiles::new([("case.toml", text)]);
    let scenario = Scenario::load(&files, "case.toml", &[], Options::default());
    scenario.unwrap_or_else(|trouble| panic!("{trouble}\n{text}")).run(1).unwrap_or_else(|trouble| panic!("{trouble}"))
}

/// Simulates every row and holds the measures against it; prints what it found.
fn agrees(csv: &str, scenario: impl Fn(&Row<'_>) -> String) {
    let rows = rows(csv);
    let mut sums = [0.0; GOOD_ENOUGH.len()];
    for row in &rows {
        let outcome = run(&scenario(row));
        let found = GOOD_ENOUGH.map(|(stat, _)| {
            let simulated = outcome.value(&format!("ask.{stat}")).expect("measured") * 1e6;
            (simulated, row.number(&format!("{stat}_us")))
        });
        println!("{}: {found:.0?}", row.text("label"));
        for (sum, (simulated, measured)) in sums.iter_mut().zip(found) {
            *sum += archsim::units::maths::ln(simulated / measured).abs() / rows.len() as f64;
        }
    }
    println!("mean sizes of the logarithms: {sums:.4?}");
    for ((stat, most), sum) in GOOD_ENOUGH.iter().zip(sums) {
        assert!(sum <= *most, "{stat}: off by {:.1} % in the mean, at most {:.0} %", 100.0 * sum, 100.0 * most);
    }
}

#[test]
fn an_event_loop_agrees_with_a_real_redis() {
    agrees(include_str!("real/redis-sleep.csv"), |row| {
        let command = if row.text("label") == "sleep-exp" { "exp(1ms)" } else { "1ms" };
        let rate = row.number("achieved_rps");
        let seconds = (300_000.0 / rate).ceil();
        format!(
            "name = \"x\"\nduration = \"{seconds}s\"\nwarmup = \"10s\"\n[traffic]\nask = {{ rate = \"{rate}/s\" }}\n\
             [components]\nredis = {{ model = \"event-loop\", time = \"{command}\" }}\n[flows]\nask = {{ steps = [\"redis\"] }}\n"
        )
    });
}

#[test]
fn a_pool_of_connections_agrees_with_a_real_postgres() {
    agrees(include_str!("real/postgres-pool.csv"), |row| {
        // A sleep that is no whole number of milliseconds is rounded up to one: half a millisecond more in the mean.
        let statement = match row.text("label") {
            "pool-exp" => "work = \"exp(5ms)\"\nsteps = [{ work = \"uniform(0ms..1ms)\" }]",
            _ => "work = \"5ms\"",
        };
        let (rate, connections) = (row.number("achieved_tps"), row.number("connections"));
        let seconds = (300_000.0 / rate).ceil();
        format!(
            "name = \"x\"\nduration = \"{seconds}s\"\nwarmup = \"10s\"\n[traffic]\nask = {{ rate = \"{rate}/s\" }}\n\
             [components]\napp = {{ model = \"server\", workers = 10000, pool = {{ db = {connections} }} }}\n\
             db = {{ model = \"postgres\" }}\n\
             [handlers]\napp = {{ work = \"0s\", steps = [\"db\"] }}\n[handlers.db]\n{statement}\n\
             [flows]\nask = {{ steps = [\"app\"] }}\n"
        )
    });
}

/// A turn costs 50 us whatever is in it, a request 10 us, and 16,000 come in a second: alone in their turns they would
/// need 0.96 s of a second; a hundred and more of them share one when they come faster than that.
#[test]
fn a_loop_of_many_shares_the_cost_of_its_turns() {
    let ask = |rate: u32| {
        let text = format!(
            "name = \"x\"\nduration = \"30s\"\nwarmup = \"1s\"\n[traffic]\nask = {{ rate = \"{rate}/s\" }}\n[components]\n\
             redis = {{ model = \"event-loop\", time = \"0s\", turn = \"50us\", each = \"10us\", network = \"0s\" }}\n\
             [flows]\nask = {{ steps = [\"redis\"] }}\n"
        );
        let outcome = run(&text);
        ["redis.busy", "redis.batch.mean", "redis.turns", "ask.p50"].map(|path| outcome.value(path).expect("measured"))
    };
    for rate in [1000, 16_000, 90_000] {
        let [busy, batch, turns, p50] = ask(rate);
        // What the loop does, request by request and turn by turn.
        let worked = f64::from(rate) * 29.0 * 10e-6 + turns * 50e-6;
        assert!((busy - worked / 29.0).abs() < 0.01 * busy + 1e-3, "{rate}: busy {busy}, worked {worked} of 29 s");
        assert!((batch - f64::from(rate) * 29.0 / turns).abs() < 0.01 * batch + 1e-3, "{rate}: {batch} in a turn");
        match rate {
            1000 => assert!(batch < 1.1 && (p50 - 60e-6).abs() < 1e-6, "{rate}: {batch}, {p50}"),
            // Near what it can do at all, 100,000 a second, it still answers, in turns of dozens.
            90_000 => assert!(batch > 20.0 && busy <= 1.0 && p50 < 3e-3, "{rate}: {batch}, {busy}, {p50}"),
            _ => assert!(batch > 1.3 && busy < 0.9, "{rate}: {batch}, {busy}"),
        }
    }
}
