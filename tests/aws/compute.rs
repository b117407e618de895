//! Instances that follow their load, and functions.

use super::{near, run, value};

/// Two instances of two processors, ninety hundredths busy for ever; a new one takes 75 s. Looked at each minute.
fn group(settings: &str, duration: &str) -> archsim::outcome::Outcome {
    run(
        duration,
        &format!(
            r#"
[traffic]
ask = {{ rate = "40/s", arrivals = "even" }}
[components.web]
model      = "aws/ec2-asg"
instance   = "c5.large"
fleet      = "2..10"
bootstrap  = "60s"
monitoring = "detailed"
purchase   = {{ on_demand = 2, then_spot = "50%" }}
{settings}
[components.web.facts]
pending = "10s"
boot    = "0s"
[handlers.web]
work = "90ms"
[flows.ask]
steps = ["web"]
"#
        ),
    )
}

#[test]
fn a_group_reacts_after_three_minutes_and_a_boot() {
    let outcome = group("scale = { by = \"cpu\", target = \"70%\", warmup = \"0s\" }", "10m");
    // Three datapoints of 90 % at a target of 70 %: 2 x 0.9 / 0.7, rounded up.
    assert_eq!(value(&outcome, "web.scale.out_at"), 180.0);
    assert_eq!(value(&outcome, "web.wanted.max"), 3.0);
    // Two instances for 255 s, then three.
    near(&outcome, "web.fleet.mean", (2.0 * 255.0 + 3.0 * 345.0) / 600.0, 0.001);
    // At 60 % it is below the target and above seven tenths of it: it stays.
    assert_eq!(value(&outcome, "web.scale.in"), 0.0);
}

#[test]
fn basic_monitoring_makes_it_a_quarter_of_an_hour() {
    let outcome = group("scale = { by = \"cpu\", target = \"70%\" }\n", "20m");
    assert_eq!(value(&outcome, "web.scale.out_at"), 180.0);
    let text = "[traffic]\nask = { rate = \"40/s\", arrivals = \"even\" }\n[components.web]\nmodel = \"aws/ec2-asg\"\n\
                instance = \"c5.large\"\nfleet = \"2..10\"\nscale = { by = \"cpu\", target = \"70%\" }\n\
                [handlers.web]\nwork = \"90ms\"\n[flows.ask]\nsteps = [\"web\"]\n";
    assert_eq!(value(&run("20m", text), "web.scale.out_at"), 900.0);
}

#[test]
fn a_group_waits_for_its_cooldown() {
    // A target of 30 %: three times as many are wanted. With warm-up no new instance counts, and the two old ones, at
    // 30 % with six, say nothing more; without a pause the ninety hundredths of the first minutes would say it again.
    let outs = |pause: &str| {
        let scale =
            format!("scale = {{ by = \"cpu\", target = \"30%\", out_cooldown = \"{pause}\", warmup = \"300s\" }}");
        let outcome = group(&scale, "15m");
        (value(&outcome, "web.scale.out"), value(&outcome, "web.wanted.max"))
    };
    assert_eq!(outs("300s"), (1.0, 6.0));
    assert!(outs("0s").1 >= 6.0);
}

#[test]
fn a_base_is_on_demand_and_the_rest_is_spot() {
    let outcome = group("start = 6", "10m");
    // Two on demand; of four above them half.
    assert_eq!(value(&outcome, "web.fleet.mean"), 6.0);
    near(&outcome, "web.usage.on_demand", 4.0 / 6.0, 1e-9);
    near(&outcome, "web.usage.spot", 2.0 / 6.0, 1e-9);
}

/// A function that is asked evenly, alone in its account.
fn function(rate: &str, duration: &str, work: &str, quota: u32) -> archsim::outcome::Outcome {
    run(
        duration,
        &format!(
            r#"
[traffic]
ask = {{ rate = "{rate}", arrivals = "even" }}
[quotas]
lambda.concurrency = {quota}
[components.code]
model    = "aws/lambda"
memory   = "1769MB"
app_init = "0s"
[components.code.facts]
platform_start = "0s"
overhead       = "0s"
[handlers.code]
work = "{work}"
[flows.ask]
steps = ["code"]
"#
        ),
    )
}

#[test]
fn a_function_gains_a_thousand_environments_in_ten_seconds() {
    // A thousand questions a second, each for a minute: a thousand may start at once, then a hundred a second.
    let outcome = function("1000/s", "10s", "60s", 5000);
    near(&outcome, "code.starts", 2000.0, 2.0);
    near(&outcome, "ask.failed_by.throttled", 8000.0, 2.0);
    let outcome = function("1000/s", "20s", "60s", 5000);
    near(&outcome, "code.starts", 3000.0, 2.0);
}

#[test]
fn a_function_answers_ten_requests_a_second_in_each_environment() {
    // Ten environments, a millisecond of work: a hundred a second, whatever the work would allow.
    assert_eq!(value(&function("100/s", "60s", "1ms", 10), "ask.throttled"), 0.0);
    near(&function("150/s", "60s", "1ms", 10), "ask.throttled", (9000.0 - 6100.0) / 9000.0, 0.001);
}

#[test]
fn functions_share_the_concurrency_of_their_account() {
    // Eight seats each, of ten in the account: alone all is well, together they lack six.
    let alone = function("8/s", "60s", "1s", 10);
    assert_eq!(value(&alone, "ask.throttled"), 0.0);
    let outcome = run(
        "100s",
        r#"
[traffic]
a = { rate = "8/s" }
b = { rate = "8/s" }
[quotas]
lambda.concurrency = 10
[components]
one   = { model = "aws/lambda", memory = "1769MB" }
other = { model = "aws/lambda", memory = "1769MB" }
[handlers.one]
work = "1s"
[handlers.other]
work = "1s"
[flows]
a = { steps = ["one"] }
b = { steps = ["other"] }
"#,
    );
    // Erlang's formula for sixteen calls offered to ten seats says that 44 % of them are lost.
    near(&outcome, "a.throttled", 0.4406, 0.05);
    near(&outcome, "b.throttled", 0.4406, 0.05);
}

#[test]
fn a_function_is_billed_by_the_millisecond() {
    let outcome = run(
        "100s",
        r#"
[traffic]
ask = { rate = "1/s", arrivals = "even" }
[components]
code = { model = "aws/lambda", memory = "1769MB", provisioned = 5 }
[handlers.code]
work = "100400us"
[flows.ask]
steps = ["code"]
"#,
    );
    // A hundred calls, each 101 ms of 1,769 MB, which is one whole processor.
    assert_eq!(value(&outcome, "code.usage.requests"), 100.0);
    let each = value(&outcome, "code.usage.duration") / 100.0;
    assert!((each - 0.101 * 1769.0 / 1024.0).abs() < 1e-6, "{each}");
}

#[test]
fn a_function_that_stands_still_leaves_the_account_to_the_others() {
    let outcome = run(
        "60s",
        r#"
[traffic]
a = { rate = "8/s", arrivals = "even" }
b = { rate = "1/s", arrivals = "even" }
[components]
one   = { model = "aws/lambda", memory = "1769MB" }
other = { model = "aws/lambda", memory = "1769MB" }
[handlers.one]
work = "10ms"
[handlers.other]
work = "10ms"
[flows]
a = { steps = ["one"] }
b = { steps = ["other"] }
[faults.pause]
what   = "stop"
target = "one"
at     = "10s"
for    = "40s"
"#,
    );
    assert_eq!(value(&outcome, "b.success"), 1.0);
}
