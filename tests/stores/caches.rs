//! Caches: what is looked for, fetched, filled, waited for and forgotten.

use super::{comes_out, load, read};
use archsim::outcome::Outcome;

/// Looks at these moments for these keys (of four), at a cache and what stands behind it.
fn looks(trace: &str, parts: &str, miss: &str) -> Outcome {
    let text = format!(
        "name = \"x\"\nduration = \"60s\"\nwarmup = \"0s\"\n[keys]\npage = {{ count = 4 }}\n\
         [traffic]\nreaders = {{ trace = \"looks.csv\", key = \"page\" }}\n[components]\n{parts}\n\
         [flows.read]\nsteps = [{{ call = \"kept.get\", miss = [{miss}] }}]\n"
    );
    let lines: String = trace
        .split(' ')
        .filter_map(|at| at.split_once(':'))
        .fold(String::from("time,flow,key\n"), |lines, (at, key)| format!("{lines}{at},read,{key}\n"));
    load(&text, &lines).unwrap_or_else(|said| panic!("{said}")).run(1).expect("runs")
}

#[test]
fn lru_and_fifo_meet_the_chains_solved_by_enumeration() {
    comes_out(&["lru-exact-8-3", "fifo-exact-8-3"]);
}

#[test]
fn lives_meet_their_closed_forms() {
    comes_out(&["ttl-cache", "ttl-cache-sliding"]);
}

#[test]
fn a_cache_looks_as_on_paper() {
    comes_out(&["worked-cache"]);
}

#[test]
fn an_answer_is_filled_in_when_it_is_there() {
    // The fetch takes two seconds: a look after one finds nothing, one after two does.
    let parts =
        "kept = { model = \"cache\", key = \"page\", time = \"0s\" }\ndb = { model = \"delay\", time = \"2s\" }";
    let outcome = looks("0s:a 1s:a 2s:a", parts, "\"db\"");
    assert_eq!((read(&outcome, "kept.hits"), read(&outcome, "kept.misses")), (1.0, 2.0));
    assert_eq!((read(&outcome, "kept.fills"), read(&outcome, "kept.replaced")), (2.0, 1.0));
    assert_eq!(read(&outcome, "kept.entries"), 1.0);
}

#[test]
fn nothing_is_kept_of_what_is_not_to_be_filled_in() {
    let text = "name = \"x\"\nduration = \"9s\"\nwarmup = \"0s\"\n[keys]\npage = { count = 1 }\n[traffic]\n\
                read = { rate = \"1/s\", arrivals = \"even\" }\n[components]\nkept = { model = \"cache\", key = \"page\" }\n\
                db = { model = \"delay\", time = \"1ms\" }\n[flows.read]\n\
                steps = [{ call = \"kept.get\", miss = [\"db\"], fill = false }]\n";
    let outcome = load(text, "").expect("in order").run(1).expect("runs");
    assert_eq!((read(&outcome, "kept.misses"), read(&outcome, "kept.entries")), (9.0, 0.0));
}

#[test]
fn a_stampede_is_one_fetch_when_misses_are_joined() {
    let with = |coalesce: bool| {
        let parts = format!(
            "kept = {{ model = \"cache\", key = \"page\", time = \"0s\", coalesce = {coalesce} }}\n\
             db = {{ model = \"server\", workers = 9 }}"
        );
        looks("0s:a 1s:a 2s:b 3s:a 4s:a 6s:b", &parts, "{ call = \"db\", work = \"4s\" }")
    };
    let (alone, joined) = (with(false), with(true));
    assert_eq!(read(&alone, "db.books.came_in"), 4.0);
    // a at 0, answered at 4, before anybody asks in that instant; b at 2, answered at 6: its last look finds it.
    assert_eq!(read(&joined, "db.books.came_in"), 2.0);
    assert_eq!((read(&joined, "kept.coalesced"), read(&joined, "kept.hits")), (2.0, 2.0));
    // 4 s, and those who waited for it 3 and 1; 4 s of b; two hits.
    assert_eq!(read(&joined, "read.mean"), 12.0 / 6.0);
    assert_eq!(read(&joined, "kept.fills"), 2.0);
}

#[test]
fn a_fetch_that_fails_fails_all_who_wait_for_it_and_is_tried_again() {
    let parts = "kept = { model = \"cache\", key = \"page\", time = \"0s\", coalesce = true }\n\
                 db = { model = \"server\", workers = 9 }\n[faults]\nbad = { what = \"errors\", target = \"db\", at = \"0s\", for = \"2s\" }";
    let outcome = looks("0s:a 1s:a 5s:a 6s:a", parts, "{ call = \"db\", work = \"3s\" }");
    assert_eq!((read(&outcome, "read.failed_by.broken"), read(&outcome, "read.ok")), (2.0, 2.0));
    assert_eq!((read(&outcome, "kept.coalesced"), read(&outcome, "kept.entries")), (2.0, 1.0));
    // The cache itself has broken nothing.
    assert_eq!((read(&outcome, "kept.books.broken"), read(&outcome, "kept.books.done")), (0.0, 4.0));
}

#[test]
fn the_next_who_waits_takes_over_a_fetch_that_was_taken_back() {
    let text = "name = \"x\"\nduration = \"60s\"\nwarmup = \"0s\"\n[keys]\npage = { count = 1 }\n[traffic]\n\
                a = { trace = \"looks.csv\", timeout = \"2s\", withdraw = true }\n[components]\n\
                kept = { model = \"cache\", key = \"page\", time = \"0s\", coalesce = true }\ndb = { model = \"server\", workers = 9 }\n\
                [flows.read]\nsteps = [{ call = \"kept.get\", miss = [{ call = \"db\", work = \"3s\" }] }]\n\
                [flows.slow]\nsteps = [{ call = \"kept.get\", miss = [{ call = \"db\", work = \"3s\" }] }]\n";
    // All give up after two seconds: the fetch goes from hand to hand and is never done, until nobody waits.
    let lines = "time,flow,key\n0s,read,\n1s,read,\n1500ms,read,\n20s,slow,\n";
    let outcome = load(text, lines).expect("in order").run(1).expect("runs");
    assert_eq!(read(&outcome, "read.failed_by.timed_out"), 3.0);
    // At 2 s the second takes over, at 3 s the third: three fetches, none of which is waited for.
    assert_eq!((read(&outcome, "db.books.came_in"), read(&outcome, "db.books.withdrawn")), (4.0, 4.0));
    assert_eq!((read(&outcome, "kept.fills"), read(&outcome, "kept.coalesced")), (0.0, 0.0));
    assert_eq!(read(&outcome, "kept.misses"), 4.0);
}

#[test]
fn a_stale_answer_is_fetched_anew_behind_it() {
    let parts = "kept = { model = \"cache\", key = \"page\", time = \"0s\", ttl = \"10s\", stale = \"5s\" }\n\
                 db = { model = \"delay\", time = \"2s\" }";
    // Filled at 2, too old at 12: at 12 and 13 stale, one refresh, which is there at 14; too old again at 24, gone at 29.
    let outcome = looks("0s:a 11s:a 12s:a 13s:a 14s:a 29s:a", parts, "\"db\"");
    assert_eq!((read(&outcome, "kept.hits"), read(&outcome, "kept.misses")), (4.0, 2.0));
    assert_eq!((read(&outcome, "kept.stale"), read(&outcome, "kept.expired")), (2.0, 1.0));
    assert_eq!(read(&outcome, "db.books.came_in"), 3.0);
    // Nobody waits for a refresh: two misses of 2 s among six.
    assert_eq!(read(&outcome, "read.mean"), 4.0 / 6.0);
}

#[test]
fn a_share_of_hits_that_is_typed_in_is_drawn() {
    let text = "name = \"x\"\nduration = \"20000s\"\nwarmup = \"0s\"\n[traffic]\n\
                read = { rate = \"1/s\", arrivals = \"even\" }\n[components]\nkept = { model = \"cache\", hit_ratio = \"80%\" }\n\
                db = { model = \"delay\", time = \"1ms\" }\n[flows.read]\nsteps = [{ call = \"kept.get\", miss = [\"db\"] }]\n";
    let outcome = load(text, "").expect("in order").run(1).expect("runs");
    let sd = (0.8f64 * 0.2 / 20_000.0).sqrt();
    assert!((read(&outcome, "kept.hit_ratio") - 0.8).abs() < 4.0 * sd);
    assert_eq!(read(&outcome, "db.books.came_in"), read(&outcome, "kept.misses"));
}

#[test]
fn what_misses_the_first_cache_may_be_in_the_second() {
    let text = "name = \"x\"\nduration = \"60s\"\nwarmup = \"0s\"\n[keys]\npage = { count = 4 }\n\
                [traffic]\nreaders = { trace = \"looks.csv\", key = \"page\" }\n[components]\n\
                near = { model = \"cache\", key = \"page\", time = \"0s\", entries = 1 }\n\
                far = { model = \"cache\", key = \"page\", time = \"0s\", entries = 2 }\ndb = { model = \"delay\", time = \"0s\" }\n\
                [flows.read]\nsteps = [{ call = \"near.get\", miss = [{ call = \"far.get\", miss = [\"db\"] }] }]\n";
    let lines = "time,flow,key\n0s,read,a\n1s,read,b\n2s,read,a\n3s,read,a\n4s,read,c\n5s,read,b\n";
    let outcome = load(text, lines).expect("in order").run(1).expect("runs");
    // near: a, b, a, hit, c, b. far: a, b, hit a, -, c (b goes), b (a goes).
    assert_eq!((read(&outcome, "near.hits"), read(&outcome, "near.fills")), (1.0, 5.0));
    assert_eq!((read(&outcome, "far.hits"), read(&outcome, "far.misses")), (1.0, 4.0));
    assert_eq!(read(&outcome, "db.books.came_in"), 4.0);
}

#[test]
fn each_member_of_a_fleet_has_a_cache_of_its_own() {
    let text = "name = \"x\"\nduration = \"12s\"\nwarmup = \"0s\"\n[keys]\npage = { count = 1 }\n[traffic]\n\
                read = { rate = \"1/s\", arrivals = \"even\" }\n[components]\napp = { model = \"server\", fleet = \"3..3\" }\n\
                kept = { model = \"cache\", key = \"page\", on = \"app\", time = \"0s\" }\n[handlers.app]\nwork = \"1ms\"\n\
                steps = [\"kept.get\"]\n[flows.read]\nsteps = [\"app\"]\n";
    let outcome = load(text, "").expect("in order").run(1).expect("runs");
    assert_eq!((read(&outcome, "kept.misses"), read(&outcome, "kept.hits")), (3.0, 9.0));
    assert_eq!(read(&outcome, "kept.entries"), 3.0);
}

#[test]
fn a_cache_can_be_written_to_and_forgets_what_it_is_told_to() {
    let text = "name = \"x\"\nduration = \"9s\"\nwarmup = \"0s\"\n[keys]\npage = { count = 1 }\n[traffic]\n\
                read = { rate = \"1/s\", arrivals = \"even\" }\n[components]\nkept = { model = \"cache\", key = \"page\" }\n\
                [flows.read]\nsteps = [\"kept.set\", \"kept.get\", \"kept.delete\", \"kept.get\"]\n";
    let outcome = load(text, "").expect("in order").run(1).expect("runs");
    assert_eq!((read(&outcome, "kept.hits"), read(&outcome, "kept.misses")), (9.0, 9.0));
    assert_eq!((read(&outcome, "kept.dropped"), read(&outcome, "kept.replaced")), (9.0, 8.0));
}

#[test]
fn a_flush_forgets_all_and_an_expiry_only_makes_old() {
    let faulty = |fault: &str| {
        let parts = format!(
            "kept = {{ model = \"cache\", key = \"page\", time = \"0s\" }}\n[faults.f]\ntarget = \"kept\"\nat = \"4s\"\n{fault}"
        );
        looks("0s:a 1s:b 2s:c 3s:a 5s:a 6s:b 7s:c", &parts, "")
    };
    let flush = faulty("what = \"flush\"");
    assert_eq!(
        (read(&flush, "kept.hits"), read(&flush, "kept.dropped"), read(&flush, "kept.expired")),
        (1.0, 3.0, 0.0)
    );
    let expire = faulty("what = \"expire\"\nkeys = 2");
    assert_eq!(
        (read(&expire, "kept.hits"), read(&expire, "kept.dropped"), read(&expire, "kept.expired")),
        (2.0, 0.0, 2.0)
    );
}

#[test]
fn looks_are_counted_by_phase() {
    let parts = "kept = { model = \"cache\", key = \"page\", time = \"0s\" }\n[phases]\nlate = \"2s..4s\"";
    let text = format!(
        "name = \"x\"\nduration = \"9s\"\nwarmup = \"0s\"\n[keys]\npage = {{ count = 4 }}\n[traffic]\n\
         readers = {{ trace = \"looks.csv\", key = \"page\" }}\n[components]\n{parts}\n[flows.read]\nsteps = [\"kept.get\"]\n\
         [[known]]\nhow = \"by hand\"\nkept.hits = {{ value = 1, in = \"late\", abs_tol = 0 }}\n\
         kept.hit_ratio = [{{ value = 0.5, in = \"late\", abs_tol = 0 }}, {{ value = 0.6, abs_tol = 0 }}]\n"
    );
    let outcome = super::run(&text, "time,flow,key\n0s,read,a\n1s,read,a\n2s,read,b\n3s,read,b\n4s,read,b\n");
    assert_eq!(outcome.known.len(), 3);
    outcome.known.iter().for_each(|row| assert!(row.pass, "{}: {}", row.name, row.why));
}

#[test]
fn a_failure_that_is_kept_asks_nobody() {
    let parts = "kept = { model = \"cache\", key = \"page\", time = \"0s\", error_ttl = \"5s\" }\n\
                 db = { model = \"server\", workers = 9 }\n[faults]\nbad = { what = \"errors\", target = \"db\", at = \"0s\", for = \"2s\" }";
    // The fetch of 0 s fails and is remembered for 5 s, so that those of 1 and 3 s fail as well and ask nobody; that of
    // 6 s is fetched anew, and all is well.
    let outcome = looks("0s:a 1s:a 3s:a 6s:a 7s:a 9s:a", parts, "{ call = \"db\", work = \"1s\" }");
    assert_eq!((read(&outcome, "read.failed_by.broken"), read(&outcome, "read.ok")), (3.0, 3.0));
    assert_eq!(read(&outcome, "db.books.came_in"), 2.0);
    assert_eq!((read(&outcome, "kept.hits"), read(&outcome, "kept.misses")), (4.0, 2.0));
}

#[test]
fn a_flush_may_be_a_change_or_an_action_of_a_runbook() {
    let parts = "kept = { model = \"cache\", key = \"page\", time = \"0s\" }\n[changes]\nclean = { at = \"2s\", flush = \"kept\" }";
    let outcome = looks("0s:a 1s:a 3s:a", parts, "");
    assert_eq!((read(&outcome, "kept.hits"), read(&outcome, "kept.dropped")), (1.0, 1.0));
}
