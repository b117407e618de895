//! Partitions: a hot key makes a hot one, and one that stays hot splits.

use super::{read, refused, run};

fn table(keys: &str, settings: &str, rate: &str, seconds: u32) -> String {
    format!(
        "name = \"x\"\nduration = \"{seconds}s\"\nwarmup = \"0s\"\n[keys]\npage = {{ {keys} }}\n[traffic]\n\
         ask = {{ rate = \"{rate}\" }}\n[components]\nposts = {{ model = \"table\", key = \"page\", {settings} }}\n\
         [flows.ask]\nsteps = [\"posts.get\"]\n"
    )
}

#[test]
fn a_partition_gets_the_share_of_its_keys() {
    // Weights 1, 1/2, 1/3, 1/4: of 25 parts 12, 6, 4, 3; each partition has one key.
    let settings = "partitions = 4, by = \"modulo\", time = \"exp(10ms)\"";
    let outcome = run(&table("count = 4, pick = \"zipf(1.0)\"", settings, "100/s", 2000), "");
    let n = read(&outcome, "posts.books.came_in");
    let sd = (0.48f64 * 0.52 / n).sqrt();
    assert!((read(&outcome, "posts.hottest") - 0.48).abs() < 4.0 * sd);
    assert!((read(&outcome, "posts.imbalance") - 1.92).abs() < 16.0 * sd);
    // Load 1 on four: a quarter on average, 0.48 on the hottest; work is exponential.
    let of_work = 4.0 * (2.0f64 / n).sqrt();
    assert!((read(&outcome, "posts.busy") - 0.48).abs() < of_work, "{}", read(&outcome, "posts.busy"));
    assert!((read(&outcome, "posts.busy.mean") - 0.25).abs() < of_work);
}

#[test]
fn a_hot_partition_splits_and_a_hot_key_stays_hot() {
    let settings = "partitions = 1, time = \"1ms\", splits = true, most = 4, split_after = \"10s\"";
    let many = run(&table("count = 1000", settings, "900/s", 100), "");
    // 0.9 is more than 0.8: two of 0.45 each, which stay.
    assert_eq!((read(&many, "posts.partitions"), read(&many, "posts.splits")), (2.0, 1.0));
    assert!(read(&many, "posts.busy.mean") < 0.55 && read(&many, "posts.busy") < 0.6);
    let one = run(&table("count = 1", settings, "900/s", 100), "");
    assert_eq!(read(&one, "posts.partitions"), 4.0);
    assert!(read(&one, "posts.hottest") > 0.8 && read(&one, "posts.busy") > 0.8);
}

#[test]
fn each_partition_has_a_limit_of_its_own() {
    // Two partitions with 10 a second each, nearly nothing in hand; 15 a second, two thirds of them for one.
    let settings = "partitions = 2, by = \"modulo\", time = \"1us\", limit = \"10/s\"";
    let text = table("count = 2, pick = \"hot(1, 80%)\"", settings, "15/s", 4000)
        .replace("rate = \"15/s\"", "rate = \"15/s\", arrivals = \"even\"");
    let outcome = run(&text, "");
    // 12 a second want the first, which lets 10 in; 3 want the second, which lets all in.
    let refused = read(&outcome, "posts.throttled");
    assert!((refused - 2.0 / 15.0).abs() < 0.005, "{refused}");
    assert!((read(&outcome, "posts.limit_of.busy") - 1.0).abs() < 0.01, "{}", read(&outcome, "posts.limit_of.busy"));
    assert!((read(&outcome, "posts.limit_of.busy.mean") - 0.65).abs() < 0.01);
}

#[test]
fn a_partition_at_its_limit_splits() {
    let settings = "partitions = 1, time = \"1us\", limit = \"100/s\", splits = true, most = 8, split_after = \"20s\"";
    let outcome = run(&table("count = \"100k\"", settings, "150/s", 200), "");
    // 1.5 on one, 0.75 on each of two: more is not wanted.
    assert_eq!(read(&outcome, "posts.partitions"), 2.0);
    assert!(read(&outcome, "posts.throttled") < 0.05);
}

#[test]
fn a_step_may_be_about_another_key_than_the_table() {
    let text = table("count = 1000", "partitions = 8, time = \"1us\"", "100/s", 100)
        .replace("[traffic]", "user = { count = 1 }\n[traffic]")
        .replace("steps = [\"posts.get\"]", "steps = [{ call = \"posts.get\", key = \"user\" }]");
    // There is just one user, so there is just one partition that is asked.
    assert_eq!(read(&run(&text, ""), "posts.hottest"), 1.0);
}

#[test]
fn partitions_that_cannot_be_are_refused() {
    let said = |keys: &str, settings: &str| refused(&table(keys, settings, "1/s", 9));
    let modulo = said("count = 9", "partitions = 2, by = \"modulo\", splits = true");
    assert!(modulo.contains("cannot split"), "{modulo}");
    let range = said("fresh = true", "partitions = 2, by = \"range\"");
    assert!(range.contains("ranges of a key"), "{range}");
    let none = refused(&table("count = 9", "partitions = 2", "1/s", 9).replace("key = \"page\", ", ""));
    assert!(none.contains("has none"), "{none}");
}
