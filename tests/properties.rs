//! What holds for every scenario: books balance, Little's law is an equation, scale and number of workers do as they must.

mod support;

use archsim::experiment::{Scenario, Simulation};
use archsim::outcome::books::audit;
use archsim::record::Results;
use archsim::record::results::{Cause, FlowWindow};
use archsim::units::Time;
use support::dice::Dice;
use support::generator::scenario;
use support::runs::{many, results, valid};

/// A run of a text that must end.
fn run_of(text: &str, seed: u64) -> Results {
    results(&valid(text).plan, seed).unwrap_or_else(|failure| panic!("seed {seed}: {failure}\n{text}"))
}

#[test]
fn every_run_ends_and_its_books_balance() {
    let mut exact = 0;
    for seed in 0..many(1_000) {
        let text = scenario(seed).text();
        let run = run_of(&text, seed);
        let breaches = audit(std::slice::from_ref(&run), seed);
        assert!(breaches.is_empty(), "{}\n{text}", breaches[0]);
        requests_end_once(&run, &text);
        exact += run.parts.iter().filter(|part| little_holds(part)).count();
    }
    // Otherwise Little's law was never held against anything.
    assert!(exact > 250, "{exact} parts had everything timed");
}

/// Everybody who came also left, and was timed.
fn little_holds(part: &archsim::record::results::PartResult) -> bool {
    let work = &part.work;
    let all_timed = work.carried_in + work.withdrawn + work.killed + work.inside == 0;
    all_timed && work.done > 0 && part.latency.count() == work.done && part.present.integral() == part.latency.sum()
}

fn requests_end_once(run: &Results, text: &str) {
    for flow in &run.flows {
        let window = &flow.whole;
        let failed: u64 = Cause::ALL.iter().map(|cause| window.failed[*cause as usize]).sum();
        assert_eq!(window.requests, window.ok + window.late + failed + window.in_flight, "{}\n{text}", flow.name);
        let longest = window.latency.max().map_or(0, |span| span.0);
        assert!(longest <= run.to.0, "{} took longer than the run\n{text}", flow.name);
    }
    // Those who share cores are more than the cores, and who is served when servers go is served to the end.
    let only_lines = !["cores", "shared", "set = "].iter().any(|word| text.contains(word));
    for part in &run.parts {
        assert!(part.last_departure < run.to || run.to == Time::ZERO, "{} left after the end\n{text}", part.name);
        for used in part.uses.iter().filter(|used| only_lines && used.limit.is_some()) {
            assert!(used.held.max() <= used.limit.unwrap_or(0), "{}: more at a time than there are\n{text}", part.name);
        }
    }
}

#[test]
fn the_clock_never_goes_back() {
    for seed in 0..many(200) {
        let scenario = valid(&scenario(seed).text());
        let mut simulation: Simulation = Simulation::new(&scenario.plan, seed, 0);
        let mut before = (Time::ZERO, 0);
        for piece in 1..=20 {
            simulation.run_until(Time(scenario.plan.to.0 / 20 * piece)).expect("it goes on");
            let now = (simulation.now(), simulation.results().events);
            assert!(now >= before, "seed {seed}: {now:?} after {before:?}");
            before = now;
        }
    }
}

/// Random steps without chance, and how long they take if nobody is in the way (us).
fn constant_steps(dice: &mut Dice, depth: u64) -> (String, u64) {
    let mut total = 0;
    let mut all = vec![];
    for _ in 0..dice.between(1, 3) {
        let time = dice.between(0, 5_000);
        let (step, lasts) = match dice.below(if depth > 0 { 8 } else { 4 }) {
            0 => (format!("{{ wait = \"{time}us\" }}"), time),
            1 => (format!("{{ call = \"wide\", work = \"{time}us\" }}"), time),
            2 => ("\"pause\"".to_owned(), 250),
            3 => ("\"nested\"".to_owned(), 1_000 + 250 + 77),
            4 => {
                let (steps, lasts) = constant_steps(dice, depth - 1);
                let turns = dice.between(0, 3);
                (format!("{{ repeat = {turns}, steps = {steps} }}"), turns * lasts)
            }
            5 => {
                let (steps, lasts) = constant_steps(dice, depth - 1);
                (format!("{{ repeat = 4, at_once = 2, steps = {steps} }}"), 2 * lasts)
            }
            6 => {
                let ((left, a), (right, b)) = (constant_steps(dice, depth - 1), constant_steps(dice, depth - 1));
                (format!("{{ parallel = [{left}, {right}] }}"), a.max(b))
            }
            _ => {
                let (steps, lasts) = constant_steps(dice, depth - 1);
                (format!("{{ steps = {steps}, timeout = \"10s\", retries = 2 }}"), lasts)
            }
        };
        all.push(step);
        total += lasts;
    }
    (format!("[{}]", all.join(", ")), total)
}

fn constant_scenario(steps: &str, users: u64, think: &str, workers: u64) -> String {
    format!(
        "name = \"Constant\"\nduration = \"60s\"\n\n[traffic]\nask = {{ users = {users}, think = \"{think}\" }}\n\n\
         [components]\nwide = {{ model = \"server\", workers = {workers} }}\n\
         pause = {{ model = \"delay\", time = \"250us\" }}\n\
         nested = {{ model = \"server\", cores = 64, pool = {{ wide = 64 }} }}\n\n\
         [handlers]\nnested = {{ work = \"1ms\", steps = [\"pause\", {{ call = \"wide\", work = \"77us\" }}] }}\n\n\
         [flows]\nask = {{ steps = {steps} }}\n"
    )
}

#[test]
fn without_load_a_latency_is_the_sum_of_what_it_is_made_of() {
    for seed in 0..many(300) {
        let (steps, lasts) = constant_steps(&mut Dice::new(seed), 2);
        let run = run_of(&constant_scenario(&steps, 1, "1s", 4_000), seed);
        let latency = &run.flows[0].whole.latency;
        let expected = u128::from(lasts) * 1_000;
        assert_eq!(latency.min().map(|span| u128::from(span.0)), Some(expected), "seed {seed}: {steps}");
        assert_eq!(latency.sum(), expected * u128::from(latency.count()), "seed {seed}: {steps}");
        // One after another: think a second, take so long.
        let cycles = (60_000_000_u64 - 1 - 1_000_000) / (1_000_000 + lasts) + 1;
        assert_eq!(run.flows[0].whole.requests, cycles, "seed {seed}: {steps}");
    }
}

#[test]
fn under_load_no_latency_is_shorter_than_what_it_is_made_of() {
    for seed in 0..many(100) {
        let (steps, lasts) = constant_steps(&mut Dice::new(seed), 2);
        let run = run_of(&constant_scenario(&steps, 20, "exp(100ms)", 2), seed);
        let shortest = run.flows[0].whole.latency.min().map_or(u64::MAX, |span| span.0);
        assert!(shortest >= lasts * 1_000, "seed {seed}: {shortest} ns: {steps}");
    }
}

/// The same text with all durations so many times as long and all rates so many times as low.
fn slower(text: &str, times: u64) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let end = at + rest[at..].find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len() - at);
        let (number, behind) = (&rest[at..end], &rest[end..]);
        // A digit of a name is no number.
        let named = rest[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        let unit: String = behind.chars().take_while(char::is_ascii_alphabetic).collect();
        out.push_str(&rest[..at]);
        match (unit.as_str(), number.parse::<f64>()) {
            ("us" | "ms" | "s", Ok(value)) if !named && !number.contains('.') => {
                out.push_str(&format!("{}", value * times as f64));
            }
            ("", Ok(value)) if behind.starts_with("/s") => out.push_str(&format!("{}", value / times as f64)),
            _ => out.push_str(number),
        }
        rest = behind;
    }
    out + rest
}

/// Is a slow run the fast one, but for its speed? Every draw is rounded to a nanosecond, and a line hands what was
/// rounded on to everybody behind.
fn alike(fast: &Results, slow: &Results) -> bool {
    fast.flows.iter().zip(&slow.flows).all(|(fast, slow)| {
        let (fast, slow) = (&fast.whole, &slow.whole);
        let counts = |it: &FlowWindow| (it.requests, it.ok, it.late, it.failed, it.in_flight);
        let apart = slow.latency.sum().abs_diff(4 * fast.latency.sum());
        counts(fast) == counts(slow) && apart <= u128::from(fast.requests) * 4 * 1_000
    })
}

#[test]
fn a_world_four_times_as_slow_is_the_same_world() {
    let (mut shared, mut apart) = (0, 0);
    for seed in 0..many(400) {
        let text = scenario(seed).text();
        // So slow that no two things of chance are as close to each other as what is rounded.
        let [fast, slow] = [1_000, 4_000].map(|times| run_of(&slower(&text, times), seed));
        if text.contains("cores") || text.contains("\"shared\"") {
            // Where cores are shared, a nanosecond that somebody comes later is a different one for all who are inside:
            // it grows, doubling again and again, until two things change places.
            shared += 1;
            apart += u64::from(!alike(&fast, &slow));
        } else {
            assert!(alike(&fast, &slow), "seed {seed}\n{text}");
        }
    }
    assert!(apart * 20 <= shared, "{apart} of {shared} went apart");
}

/// Poisson arrivals for ten seconds, and time enough for everybody to be served.
fn line(law: &str, workers: u64, rate: u64) -> String {
    format!(
        "name = \"Line\"\nduration = \"200s\"\n\n[traffic]\n\
         ask = {{ rate = [[\"0s\", \"{rate}/s\"], [\"10s\", \"{rate}/s\"], [\"10s\", \"0/s\"]] }}\n\n\
         [components]\ndesk = {{ model = \"server\", workers = {workers} }}\n\n\
         [flows]\nask = {{ steps = [{{ call = \"desk\", work = \"{law}\" }}] }}\n"
    )
}

#[test]
fn more_workers_make_no_wait_longer() {
    for seed in 0..many(60) {
        let mut dice = Dice::new(seed);
        let law = dice.one_of(&["exp(20ms)", "20ms", "lognormal(20ms, cv=3)", "uniform(0ms..40ms)"]);
        let rate = dice.between(40, 140);
        let runs: Vec<Results> = (1..=8).map(|workers| run_of(&line(law, workers, rate), seed)).collect();
        for pair in runs.windows(2) {
            let (few, many) = (&pair[0].parts[0], &pair[1].parts[0]);
            assert_eq!(few.wait.count(), many.wait.count(), "seed {seed}");
            assert!(many.wait.sum() <= few.wait.sum() && many.wait.max() <= few.wait.max(), "seed {seed}: {law}");
            for p in [0.1, 0.5, 0.9, 0.99, 0.999] {
                assert!(many.wait.quantile(p) <= few.wait.quantile(p), "seed {seed}: {law}, quantile {p}");
            }
            assert!(many.work.delayed <= few.work.delayed, "seed {seed}: {law}");
        }
    }
}

/// Constant steps, four hundred requests that come in groups of ten, and a name for the part that they all meet.
#[test]
fn another_name_changes_nothing_but_the_name() {
    for seed in 0..many(20) {
        let (steps, _) = constant_steps(&mut Dice::new(seed), 2);
        let text = constant_scenario(&steps, 10, "1s", 3);
        let wide = run_of(&text, seed);
        for name in ["aa", "other", "zz"] {
            let mut named = run_of(&text.replace("wide", name), seed);
            assert_eq!(wide.flows, named.flows, "seed {seed}, {name}: {steps}");
            let part = named.parts.iter_mut().find(|part| part.name == name).expect("it is there");
            let (before, after) = (wide.parts.iter().find(|part| part.name == "wide"), part.clone());
            let before = before.expect("it is there");
            assert_eq!((&before.wait, &before.latency, &before.work), (&after.wait, &after.latency, &after.work));
        }
    }
}

#[test]
fn faster_servers_delay_nobody() {
    for seed in 0..many(60) {
        let mut dice = Dice::new(seed);
        let (workers, rate) = (dice.between(1, 4), dice.between(40, 140));
        let law = |mean: u64| match seed % 3 {
            0 => format!("exp({mean}us)"),
            1 => format!("lognormal({mean}us, cv=3)"),
            _ => format!("gamma({mean}us, cv=2)"),
        };
        let [slow, fast] = [20_000, 17_000].map(|mean| run_of(&line(&law(mean), workers, rate), seed));
        let (slow, fast) = (&slow.parts[0], &fast.parts[0]);
        // A draw is rounded to a nanosecond, and so is each before it in the line.
        let rounding = 2 * slow.latency.count();
        assert!(fast.last_departure.0 <= slow.last_departure.0 + rounding, "seed {seed}");
        for p in [0.1, 0.5, 0.9, 0.99, 0.999] {
            assert!(fast.latency.quantile(p) <= slow.latency.quantile(p), "seed {seed}, quantile {p}");
        }
        assert!(fast.wait.sum() < slow.wait.sum(), "seed {seed}");
    }
}

/// First, last or any first: the mean wait is the same, and the tail is not.
#[test]
fn the_order_of_a_line_moves_its_percentiles_and_not_its_mean() {
    let waits = |order: &str| {
        let text = format!(
            "name = \"Orders\"\nduration = \"100s\"\nwarmup = \"5s\"\n\n[traffic]\nask = {{ rate = \"100/s\" }}\n\n\
             [components]\ndesk = {{ model = \"server\", order = \"{order}\" }}\n\n\
             [flows]\nask = {{ steps = [{{ call = \"desk\", work = \"exp(7ms)\" }}] }}\n"
        );
        let scenario = valid(&text);
        let tail = run_of(&text, 1).parts[0].wait.quantile(0.99).expect("somebody waited");
        (mean_waits(&scenario, 1), tail)
    };
    let [fifo, lifo, random] = ["fifo", "lifo", "random"].map(waits);
    // The same customers come: compared one by one, most of the chance is gone.
    for other in [&lifo, &random] {
        let apart: Vec<f64> = fifo.0.iter().zip(&other.0).map(|(a, b)| a - b).collect();
        let z = mean(&apart) / error_of_mean(&apart);
        assert!(z.abs() <= 4.0, "{z} standard errors apart");
    }
    assert!(fifo.1 < random.1 && random.1 < lifo.1, "{:?} {:?} {:?}", fifo.1, random.1, lifo.1);
}

fn mean(list: &[f64]) -> f64 {
    list.iter().sum::<f64>() / list.len() as f64
}

fn squared(x: f64) -> f64 {
    x * x
}

fn error_of_mean(list: &[f64]) -> f64 {
    let mean = mean(list);
    let variance = list.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (list.len() - 1) as f64;
    (variance / list.len() as f64).sqrt()
}

/// Mean wait of each of some replications.
fn mean_waits(scenario: &Scenario, seed: u64) -> Vec<f64> {
    (0..60)
        .map(|number| {
            let run = archsim::experiment::simulation::replication(&scenario.plan, seed, number).expect("it ends");
            run.parts[0].wait.mean()
        })
        .collect()
}

#[test]
fn two_poisson_streams_together_are_one() {
    let text = |traffic: &str| {
        format!(
            "name = \"Streams\"\nduration = \"30s\"\nwarmup = \"2s\"\n\n[traffic]\n{traffic}\n\n\
             [components]\ndesk = {{ model = \"server\" }}\n\n\
             [flows]\nask = {{ steps = [{{ call = \"desk\", work = \"exp(7ms)\" }}] }}\n"
        )
    };
    let one = mean_waits(&valid(&text("both = { rate = \"100/s\", flow = \"ask\" }")), 1);
    let parts = "some = { rate = \"30/s\", flow = \"ask\" }\nmore = { rate = \"70/s\", flow = \"ask\" }";
    let two = mean_waits(&valid(&text(parts)), 2);
    let z = (mean(&one) - mean(&two)) / (squared(error_of_mean(&one)) + squared(error_of_mean(&two))).sqrt();
    assert!(z.abs() <= 4.0, "{z} standard errors apart");
}

/// A second of requests to one part.
fn desk(part: &str, flow: &str, rest: &str) -> String {
    format!(
        "name = \"Desk\"\nduration = \"1s\"\n\n[traffic]\nask = {{ rate = \"50/s\", arrivals = \"even\" }}\n\n\
         [components]\ndesk = {{ model = \"server\", {part} }}\n\n[flows]\nask = {{ steps = [{flow}] }}\n\n{rest}\n"
    )
}

#[test]
fn a_unit_without_cores_waits_for_some() {
    let call = "{ call = \"desk\", work = \"1ms\" }";
    let none = "[changes]\nnone = { at = \"95ms\", set = { desk.cores = 0 } }";
    let run = run_of(&desk("cores = 1", call, none), 1);
    // At 0, 20, 40, 60 and 80 ms.
    assert_eq!((run.flows[0].whole.ok, run.flows[0].whole.in_flight), (5, 45));
}

#[test]
fn cores_that_are_faster_than_usual_come_to_an_end_and_are_no_more_than_busy() {
    let call = "{ call = \"desk\", work = \"exp(30ms)\" }";
    let fast = "[faults]\nfast = { what = \"slow\", target = \"desk\", at = \"100ms\", factor = 0.3 }";
    let run = run_of(&desk("workers = 1, order = \"shared\"", call, fast), 1);
    assert!(run.flows[0].whole.ok > 40, "{} are done", run.flows[0].whole.ok);
    assert_eq!(audit(&[run], 1), []);
}

#[test]
fn who_holds_a_server_for_something_else_is_not_interrupted() {
    let call = "{ call = \"desk\", priority = 2 }, { call = \"desk\", priority = 1 }";
    let handler = "[handlers]\ndesk = { work = \"exp(25ms)\", fail = 0.1 }";
    assert_eq!(audit(&[run_of(&desk("order = \"preempt\"", call, handler), 1)], 1), []);
}

#[test]
fn servers_that_go_are_there_until_their_work_is_done() {
    let call = "{ call = \"desk\", work = \"200ms\" }";
    let fewer = "[changes]\nfewer = { at = \"500ms\", set = { desk.workers = 0 } }";
    let run = run_of(&desk("workers = 8", call, fewer), 1);
    // They come 20 ms apart and take 200 ms. Eight began from 0 to 140 ms, eight from 200 to 340 ms, five from 400 to
    // 480 ms; at 500 ms a server is done just when it goes. The last one inside is done at 680 ms.
    assert_eq!((run.flows[0].whole.ok, run.flows[0].whole.in_flight), (8 + 8 + 5, 29));
    assert_eq!(run.parts[0].last_departure, Time(680_000_000));
    assert_eq!(audit(&[run], 1), []);
}

#[test]
fn a_fault_is_seen_by_who_comes_while_it_lasts_also_after_a_wait() {
    let flow = "{ wait = \"10ms\" }, \"desk\"";
    let text = desk(
        "workers = 1",
        flow,
        "[faults]\nbad = { what = \"errors\", target = \"desk\", at = \"25ms\", for = \"10ms\" }",
    );
    let text = text.replace("model = \"server\", workers = 1", "model = \"delay\", time = \"1ms\"");
    // They come in at 10, 30, 50 ms ...: just the one at 30 ms meets the fault.
    assert_eq!(run_of(&text, 1).flows[0].whole.failed[Cause::Broken as usize], 1);
}
