//! Mistakes that people make, one each: what stands in a good file, and what stands there instead.

/// A file without mistakes.
pub const SHOP: &str = r#"name     = "Photo page"
region   = "us-east-1"
duration = "10m"

[values]
limit = "10k"

[phases]
rush = "4m..6m"

[keys]
photo = { count = "100k", pick = "zipf(1.0)", tags = "geometric(3)" }

[traffic]
visit = { rate = "200/s" }

[components]
web    = { model = "server", cores = 2 }
kept   = { model = "cache", on = "web", key = "photo", item = "2KB" }
photos = { model = "store", key = "photo", item = "2KB" }
thumbs = { model = "queue", visibility = "2m" }
shrink = { model = "server" }
ops    = { model = "people", answer = "12m" }

[handlers.web.page]
work  = "lognormal(12ms, p99=60ms)"
steps = [{ call = "kept.get", miss = ["photos.read"] }, { send = "thumbs" }]

[handlers.web.tags]
work  = "3ms"
steps = [{ repeat = "photo.tags", steps = ["photos.read"] }]

[handlers.shrink]
from    = "thumbs"
work    = "5ms"
timeout = "20s"

[routines.rest-a-bit]
steps = [{ wait = "1s" }]

[flows.visit]
steps = ["web.page", "web.tags"]
slo   = { p99 = "300ms", success = "99.9%" }

[alarms.busy]
when = "web.busy > 80%"
then = "grow"

[runbooks.grow]
steps = [{ ask = "ops" }, { set = { web.cores = 4 } }]

[faults.dark]
what   = "outage"
target = "photos"
at     = "5m"
for    = "30s"

[expect]
errors      = "< 0.1% in rush"
visit.p99   = "< 400ms"
photos.lost = 0
"#;

/// Name, what stands in the good file (nothing: the end of it), what stands there instead.
pub const CASES: &[(&str, &str, &str)] = &[
    ("a_number_without_a_unit", "p99 = \"300ms\"", "p99 = 800"),
    ("a_duration_without_a_unit", "duration = \"10m\"", "duration = 600"),
    ("a_rate_without_a_time", "\"200/s\"", "\"578\""),
    ("a_rate_as_a_number", "\"200/s\"", "578"),
    ("two_bytes_for_two_billion", "count = \"100k\"", "count = \"2B\""),
    ("a_percentile_with_a_point", "visit.p99 ", "visit.p99.9"),
    ("an_impossible_lognormal", "lognormal(12ms, p99=60ms)", "lognormal(40s, p99=12m)"),
    ("a_wrong_condition", "\"< 400ms\"", "\"below 400ms\""),
    ("a_wrong_pick", "zipf(1.0)", "zip(1.0)"),
    ("a_one_line_table_added_to", "[handlers.web.page]", "[components.web.pool]\nphotos = 3\n\n[handlers.web.page]"),
    ("a_one_line_table_opened_again", "[handlers.web.page]", "[components.web]\npool = 3\n\n[handlers.web.page]"),
    (
        "steps_as_array_of_tables",
        "[flows.visit]\nsteps = [\"web.page\", \"web.tags\"]\n",
        "[[flows.visit.steps]]\ncall = \"web.page\"\n[flows.visit]\n",
    ),
    ("a_flow_as_array_of_tables", "", "[[flows.other]]\nsteps = [\"web.page\"]\n"),
    ("two_verbs", "{ send = \"thumbs\" }", "{ call = \"photos.read\", send = \"thumbs\" }"),
    ("two_verbs_and_more", "{ send = \"thumbs\" }", "{ call = \"photos.read\", send = \"thumbs\", size = \"1KB\" }"),
    ("no_verb_of_this_name", "{ send = \"thumbs\" }", "{ calls = \"photos.read\" }"),
    ("no_verb_at_all", "{ send = \"thumbs\" }", "{ timeout = \"1s\" }"),
    ("a_step_that_is_a_number", "{ send = \"thumbs\" }", "3"),
    ("a_list_among_steps", "{ send = \"thumbs\" }", "[\"photos.read\"]"),
    ("a_key_mistyped", "{ send = \"thumbs\" }", "{ call = \"photos.read\", retires = 2 }"),
    ("a_key_of_another_verb", "{ send = \"thumbs\" }", "{ send = \"thumbs\", miss = [] }"),
    ("a_word_of_another_tool", "{ send = \"thumbs\" }", "{ call = \"photos.read\", fallback = [] }"),
    ("a_section_mistyped", "[expect]", "[expects]"),
    ("a_key_of_traffic_mistyped", "{ rate = \"200/s\" }", "{ rate = \"200/s\", arival = \"even\" }"),
    ("a_key_of_a_flow_unknown", "slo   =", "colour = \"red\"\nslo   ="),
    ("a_wrong_word", "duration = \"10m\"", "duration = \"10m\"\nmode = \"exakt\""),
    ("steps_that_are_no_list", "steps = [\"web.page\", \"web.tags\"]", "steps = \"web.page\""),
    ("a_flag_that_is_a_text", "{ count = \"100k\", pick", "{ fresh = \"yes\", pick"),
    ("no_such_component", "miss = [\"photos.read\"]", "miss = [\"photo.read\"]"),
    ("no_such_component_far_from_all", "miss = [\"photos.read\"]", "miss = [\"archive.read\"]"),
    ("a_flow_where_a_component_must_stand", "miss = [\"photos.read\"]", "miss = [\"visit\"]"),
    ("no_such_handler", "\"web.page\"", "\"web.pages\""),
    ("which_of_several_handlers", "\"web.page\"", "\"web\""),
    ("an_operation_of_one_handler", "{ send = \"thumbs\" }", "{ send = \"shrink.fast\" }"),
    ("a_queue_that_is_called", "{ send = \"thumbs\" }", "\"thumbs\""),
    ("a_queue_that_nobody_takes_from", "from    = \"thumbs\"\n", "every = \"1m\"\n"),
    ("a_topic_that_nobody_hears", "shrink = {", "news = { model = \"topic\" }\nshrink = {"),
    ("a_handler_that_nobody_calls", "\"web.page\", \"web.tags\"", "\"web.page\""),
    ("a_miss_on_no_cache", "\"web.page\", ", "\"web.page\", { call = \"photos.read\", miss = [] }, "),
    (
        "chances_above_one",
        "\"web.page\", ",
        "\"web.page\", { choose = [{ chance = 0.9, steps = [] }, { chance = 0.2, steps = [] }] }, ",
    ),
    (
        "chances_below_one",
        "\"web.page\", ",
        "\"web.page\", { choose = [{ chance = 0.3, steps = [] }, { chance = 0.2, steps = [] }] }, ",
    ),
    (
        "a_branch_that_hides_others",
        "\"web.page\", ",
        "\"web.page\", { choose = [\"web.tags\", { chance = 0.2, steps = [] }] }, ",
    ),
    ("a_chance_of_two", "\"web.page\", ", "{ call = \"web.page\", chance = 2 }, "),
    ("an_attribute_mistyped", "repeat = \"photo.tags\"", "repeat = \"photo.tag\""),
    ("an_attribute_in_when", "\"web.page\", ", "{ call = \"web.page\", when = \"photo.likes < limit\" }, "),
    (
        "a_when_that_computes",
        "\"web.page\", ",
        "{ call = \"web.page\", when = \"photo.tags < 3 and photo.tags > 1\" }, ",
    ),
    ("a_value_that_is_not_there", "\"web.page\", ", "{ call = \"web.page\", when = \"photo.tags < limits\" }, "),
    ("another_of_no_key", "\"web.page\", ", "{ call = \"web.page\", another = \"photos\" }, "),
    ("no_such_key", "key = \"photo\", item = \"2KB\" }\nthumbs", "key = \"product\", item = \"2KB\" }\nthumbs"),
    ("records_without_a_batch", "repeat = \"photo.tags\"", "repeat = \"records\""),
    ("a_batch_from_nowhere", "work  = \"3ms\"", "work  = \"3ms\"\nbatch = 10"),
    ("a_need_that_cannot_be", "\"web.page\", ", "{ parallel = [\"web.page\", \"web.tags\"], need = 3 }, "),
    ("no_such_routine", "\"web.page\", ", "\"web.page\", { run = \"rest-bit\" }, "),
    (
        "a_routine_that_calls_itself",
        "{ wait = \"1s\" }",
        "{ wait = \"1s\" }, { run = \"twice\" }] \n[routines.twice]\nsteps = [{ run = \"rest-a-bit\" }",
    ),
    ("a_flow_that_starts_itself", "\"web.page\", ", "\"web.page\", { flow = \"visit\" }, "),
    ("a_flow_that_starts_itself_in_a_handler", "{ send = \"thumbs\" }", "{ send = \"thumbs\" }, { flow = \"visit\" }"),
    ("no_such_runbook", "then = \"grow\"", "then = \"grwo\""),
    ("an_alarm_without_a_condition", "\"web.busy > 80%\"", "\"web.busy\""),
    ("an_action_without_a_target", "{ ask = \"ops\" }", "{ promote = \"photos\" }"),
    ("an_action_mistyped", "{ ask = \"ops\" }", "{ asks = \"ops\" }"),
    ("a_change_without_a_time", "", "[changes.more]\nset = { web.cores = 8 }\n"),
    ("a_change_of_nothing_there", "", "[changes.more]\nat = \"2m\"\nset = { wep.cores = 8 }\n"),
    ("a_change_after_the_end", "", "[changes.more]\nat = \"20m\"\nset = { web.cores = 8 }\n"),
    ("no_such_fault", "what   = \"outage\"", "what   = \"outtage\""),
    ("a_fault_without_a_time", "at     = \"5m\"\n", ""),
    ("a_key_of_another_fault", "for    = \"30s\"", "for    = \"30s\"\nfactor = 3"),
    ("no_such_target", "target = \"photos\"", "target = \"fotos\""),
    ("no_such_zone", "what   = \"outage\"\ntarget = \"photos\"", "what   = \"zone-outage\"\ntarget = \"us-east-1d\""),
    ("no_such_region", "{ rate = \"200/s\" }", "{ rate = \"200/s\", near = { us-east-2 = 1 } }"),
    ("shares_that_are_not_all", "{ rate = \"200/s\" }", "{ rate = \"200/s\", near = { us-east-1 = 0.9 } }"),
    ("a_flow_and_a_component_of_one_name", "[flows.visit]", "[flows.web]\nsteps = [\"web.tags\"]\n\n[flows.visit]"),
    ("a_fault_named_like_a_component", "[faults.dark]", "[faults.photos]"),
    ("a_reserved_name", "rush = \"4m..6m\"", "rush = \"4m..6m\"\nrest = \"6m..7m\""),
    ("a_name_with_capitals", "limit = \"10k\"", "limit = \"10k\"\nMaxSize = 3"),
    ("a_path_that_leads_nowhere", "photos.lost = 0", "fotos.lost = 0"),
    ("an_assumption_about_nothing", "[values]", "[assumed]\nvisiting = \"guessed\"\n\n[values]"),
    ("a_window_that_is_not_there", "in rush", "in rash"),
    ("a_mark_that_is_not_there", "p99 = \"300ms\", ", "p99 = \"300ms\", paid.p95 = \"5s\", "),
    ("an_objective_without_success", ", success = \"99.9%\" }", " }"),
    (
        "a_month_that_is_too_short",
        "[expect]",
        "[month]\nrush = \"30h\"\nnights = { hours = 670, like = \"run\", load = 0.1 }\n\n[expect]",
    ),
    ("a_month_of_no_phase", "[expect]", "[month]\nrash = \"730h\"\n\n[expect]"),
    ("a_phase_after_the_end", "\"4m..6m\"", "\"4m..60m\""),
    ("a_warmup_as_long_as_the_run", "duration = \"10m\"", "duration = \"10m\"\nwarmup = \"10m\""),
    ("no_duration", "duration = \"10m\"\n", ""),
    (
        "a_duration_and_an_until",
        "duration = \"10m\"",
        "duration = \"10m\"\nuntil = { of = \"web.wait.mean\", within = \"5%\", at_most = \"10d\" }",
    ),
    ("a_traffic_without_a_flow", "visit = {", "visits = {"),
    ("a_traffic_without_a_rate", "{ rate = \"200/s\" }", "{ timeout = \"3s\" }"),
    ("a_traffic_with_two_shapes", "{ rate = \"200/s\" }", "{ rate = \"200/s\", users = 3 }"),
    ("thinking_without_users", "{ rate = \"200/s\" }", "{ rate = \"200/s\", think = \"1s\" }"),
    ("points_out_of_order", "\"200/s\"", "[[\"5m\", \"20/s\"], [\"1m\", \"30/s\"]]"),
    ("a_component_without_a_model", "shrink = { model = \"server\" }", "shrink = { cores = 2 }"),
    (
        "a_component_like_itself",
        "shrink = { model = \"server\" }",
        "shrink = { like = \"shrink2\" }\nshrink2 = { like = \"shrink\" }",
    ),
    ("a_key_without_a_count", "{ count = \"100k\", pick", "{ pick"),
    ("messages_that_come_back_too_early", "visibility = \"2m\"", "visibility = \"15s\""),
    ("a_date", "duration = \"10m\"", "duration = \"10m\"\nstart = 2026-11-27"),
    ("curly_quotes", "\"Photo page\"", "“Photo page”"),
    ("a_text_without_quotes", "duration = \"10m\"", "duration = 10m"),
    ("a_missing_comma", "{ model = \"store\", key", "{ model = \"store\" key"),
    ("a_key_twice", "duration = \"10m\"", "duration = \"10m\"\nname = \"Again\""),
    ("an_open_list", "steps = [\"web.page\", \"web.tags\"]", "steps = [\"web.page\", \"web.tags\""),
    ("an_open_text", "\"Photo page\"", "\"Photo page"),
    ("a_colon", "duration = \"10m\"", "duration: \"10m\""),
    ("true_in_capitals", "{ count = \"100k\", pick", "{ fresh = True, pick"),
    ("a_key_without_a_value", "duration = \"10m\"", "duration ="),
    ("known_as_a_table", "", "[known]\nhow = \"x\"\nvisit.p99 = \"1s\"\n"),
    ("known_from_nowhere", "", "[[known]]\nvisit.p99 = \"1s\"\n"),
    (
        "known_with_two_tolerances",
        "",
        "[[known]]\nhow = \"x\"\nvisit.mean = { value = \"1s\", sigma = \"1s\", abs_tol = 0 }\n",
    ),
    ("a_claim_that_says_nothing", "", "[claims.fast]\nsays = \"it is fast\"\n"),
    ("false_for_what_is_not_there", "[expect]", "[claims]\nold = false\n\n[expect]"),
    ("a_breaker_in_part", "\"web.page\", ", "{ call = \"web.page\", breaker = { errors = \"50%\" } }, "),
    ("a_file_that_is_not_there", "{ rate = \"200/s\" }", "{ trace = \"requests.csv\" }"),
];
