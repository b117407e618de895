//! Fronts and buckets: caches at the edge, rules, the balancer, gateways, objects.

use super::{in_window, near, run, value};

/// A page for each of 100 products, a hundred a second, kept for two seconds at so many edges and regions.
fn shop(edges: u32, regional: u32) -> archsim::outcome::Outcome {
    run(
        "200s",
        &format!(
            r#"
[keys]
viewer  = {{ count = 10000 }}
product = {{ count = 100 }}
[traffic]
page = {{ rate = "100/s" }}
[components.cdn]
model    = "aws/cloudfront"
viewer   = "viewer"
edges    = {edges}
regional = {regional}
[components.cdn.facts]
mid_time = "0s"
[components.origin]
model = "delay"
time  = "0s"
[flows.page]
through = ["cdn"]
cache   = {{ for = "2s", key = "product" }}
reply   = "10KB"
steps   = ["origin"]
"#
        ),
    )
}

#[test]
fn an_edge_meets_the_closed_form_of_a_cache_with_lives() {
    // h = rT / (1 + rT) with one question a second for each product and T = 2 s; of 20,000 looks in about 6,667 lives
    // the standard error of the share is sqrt(2/9 / (9 x 6,667)) = 0.19 %.
    let outcome = shop(1, 1);
    near(&outcome, "cdn.edge.hit_ratio", 2.0 / 3.0, 4.0 * 0.0019);
    // What the one edge asks for is as old in the region behind it: that one never helps.
    assert!(value(&outcome, "cdn.mid.hit_ratio") < 0.001);
    assert_eq!(value(&outcome, "origin.books.done"), value(&outcome, "cdn.mid.misses"));
}

#[test]
fn two_tiers_ask_the_origin_less_than_one() {
    let outcome = shop(10, 1);
    // A tenth of the questions at each edge: h = 0.2 / 1.2.
    near(&outcome, "cdn.edge.hit_ratio", 1.0 / 6.0, 0.012);
    let (asked, found) = (value(&outcome, "cdn.edge.misses"), value(&outcome, "cdn.mid.hits"));
    assert_eq!(asked, found + value(&outcome, "cdn.mid.misses"));
    // 0.83 questions a second for each product, kept for two seconds: about 0.62 of them are answered in the middle.
    near(&outcome, "cdn.mid.hit_ratio", 0.625, 0.03);
    assert_eq!(value(&outcome, "origin.books.done"), value(&outcome, "cdn.mid.misses"));
}

#[test]
fn a_page_of_objects_takes_as_long_as_its_slowest_lane() {
    let outcome = run(
        "500s",
        r#"
[keys]
viewer = { count = 100 }
[traffic]
whole  = { rate = "10/s" }
single = { rate = "10/s" }
[components]
page   = { model = "aws/cloudfront", viewer = "viewer", objects = "page", facts = { mid_time = "0s" } }
one    = { model = "aws/cloudfront", viewer = "viewer", facts = { mid_time = "0s" } }
origin = { model = "delay", time = "0s" }
[flows]
whole  = { through = ["page"], reply = "1MB", steps = ["origin"] }
object = { through = ["one"], reply = "50KB", steps = ["origin"] }
single = { steps = [{ repeat = 20, at_once = 6, steps = [{ flow = "object" }] }] }
"#,
    );
    // Standard errors of a median and a p90 of 5,000 such draws are 0.3 and 1 ms; twice, and four of them.
    for (path, by) in [("p50", 0.0018), ("p90", 0.006), ("p99", 0.013)] {
        near(&outcome, &format!("whole.{path}"), value(&outcome, &format!("single.{path}")), by);
    }
    // On the bill twenty are twenty.
    let per_page = value(&outcome, "page.usage.requests") / value(&outcome, "whole.requests");
    let per_object = value(&outcome, "one.usage.requests") / value(&outcome, "single.requests");
    assert!((per_page - per_object).abs() < 0.01 * per_object, "{per_page} {per_object}");
}

/// How many of 150 a second find a limit of 100 a second closed, of which 100 are in hand: those of a minute.
const OVER: f64 = (60.0 * 150.0 - 60.0 * 100.0 - 100.0) / (60.0 * 150.0);

/// A front with a limit of 100 a second, asked so often.
fn front(part: &str, quota: &str, rate: &str) -> f64 {
    let text = format!(
        "[keys]\nviewer = {{ count = 9 }}\n[traffic]\nask = {{ rate = \"{rate}\", arrivals = \"even\" }}\n[quotas]\n{quota}\n\
         [components]\nfront = {{ {part} }}\norigin = {{ model = \"delay\", time = \"1ms\" }}\n\
         [flows.ask]\nthrough = [\"front\"]\nreply = \"1KB\"\nsteps = [\"origin\"]\n"
    );
    value(&run("60s", &text), "ask.throttled")
}

#[test]
fn an_edge_refuses_beyond_its_quota() {
    let (part, quota) = ("model = \"aws/cloudfront\", viewer = \"viewer\"", "cloudfront.requests = \"100/s\"");
    assert_eq!(front(part, quota, "90/s"), 0.0);
    assert!((front(part, quota, "150/s") - OVER).abs() < 0.001);
}

#[test]
fn an_account_lets_ten_thousand_requests_a_second_into_its_apis() {
    // A hundredth of it: the same bucket with a hundredth of the numbers, of which the burst is half.
    let (part, quota) = ("model = \"aws/apigateway-http\"", "apigateway.rate = \"100/s\"\napigateway.burst = 50");
    assert_eq!(front(part, quota, "100/s"), 0.0);
    assert!((front(part, quota, "150/s") - (OVER + 50.0 / 9000.0)).abs() < 0.001);
}

#[test]
fn a_web_acl_blocks_its_share_and_refuses_beyond_its_quota() {
    assert!((front("model = \"aws/waf\"", "waf.requests = \"100/s\"", "150/s") - OVER).abs() < 0.001);
    let outcome = run(
        "100s",
        "[traffic]\nask = { rate = \"100/s\" }\n[components]\nwaf = { model = \"aws/waf\", blocks = \"10%\" }\n\
         origin = { model = \"delay\", time = \"1ms\" }\n[flows.ask]\nthrough = [\"waf\"]\nsteps = [\"origin\"]\n",
    );
    let sd = (0.1f64 * 0.9 / value(&outcome, "ask.requests")).sqrt();
    near(&outcome, "ask.success", 0.9, 4.0 * sd);
}

#[test]
fn alb_outgrown_in_five_minutes_refuses() {
    let outcome = run(
        "25m",
        r#"
[phases]
before = "0m..10m"
first  = "10m10s..15m"
second = "16m30s..20m"
third  = "22m30s..25m"
[traffic]
ask = { rate = [["0m", "5/s"], ["10m", "5/s"], ["10m", "60/s"], ["25m", "60/s"]], arrivals = "even" }
[components]
alb    = { model = "aws/alb", facts = { floor = 0.1 } }
origin = { model = "delay", time = "1ms" }
[flows.ask]
through = ["alb"]
size    = "1KB"
reply   = "1KB"
steps   = ["origin"]
[expect]
ask.throttled = [">= 0 in before", ">= 0 in first", ">= 0 in second", ">= 0 in third"]
"#,
    );
    // A floor of 0.1 units is 25 requests a second here. Sixty come: twenty-five are let in for five minutes, then fifty.
    assert_eq!(in_window(&outcome, "ask.throttled", "before"), 0.0);
    assert!((in_window(&outcome, "ask.throttled", "first") - 35.0 / 60.0).abs() < 0.02);
    assert!((in_window(&outcome, "ask.throttled", "second") - 10.0 / 60.0).abs() < 0.02);
    assert_eq!(in_window(&outcome, "ask.throttled", "third"), 0.0);
}

#[test]
fn a_bucket_slows_down_who_asks_too_much_of_its_prefixes() {
    let asked = |rate: &str, prefixes: u32| {
        let text = format!(
            "[traffic]\nask = {{ rate = \"{rate}\", arrivals = \"even\" }}\n\
             [components]\nthings = {{ model = \"aws/s3\", prefixes = {prefixes}, facts = {{ gets = \"10/s\" }} }}\n[flows.ask]\nsteps = [\"things.get\"]\n"
        );
        value(&run("60s", &text), "ask.throttled")
    };
    assert_eq!(asked("10/s", 1), 0.0);
    assert!((asked("30/s", 1) - (30.0 * 60.0 - 610.0) / (30.0 * 60.0)).abs() < 0.002);
    assert_eq!(asked("30/s", 3), 0.0, "three prefixes take three times as much");
}

#[test]
fn an_upload_tells_a_function() {
    let outcome = run(
        "100s",
        "[traffic]\nupload = { rate = \"1/s\", arrivals = \"even\" }\n[components]\nuploads = { model = \"aws/s3\" }\n\
         shrink = { model = \"aws/lambda\", memory = \"1769MB\" }\n[handlers.shrink]\nfrom = \"uploads\"\nwork = \"100ms\"\n\
         [flows.upload]\nsteps = [{ call = \"uploads.put\", size = \"3MB\" }]\n",
    );
    assert_eq!(value(&outcome, "upload.ok"), 100.0);
    // All but those whose notice, 20 s late at p99, is still on its way.
    let told = value(&outcome, "shrink.books.came_in");
    assert!((92.0..=100.0).contains(&told), "{told}");
}

#[test]
fn mail_is_refused_beyond_its_rate() {
    let asked = |rate: u32| {
        let text = format!(
            "[traffic]\nmail = {{ rate = \"{rate}/s\", arrivals = \"even\" }}\n[components]\nses = {{ model = \"aws/ses\" }}\n\
             [flows.mail]\nsteps = [\"ses.send\"]\n"
        );
        value(&run("60s", &text), "mail.throttled")
    };
    assert_eq!(asked(14), 0.0);
    assert!((asked(20) - (20.0 * 60.0 - 14.0 * 61.0) / 1200.0).abs() < 0.002);
}
