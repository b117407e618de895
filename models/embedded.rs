//! The model files that are part of the program. A test compares this list with the folder.

/// Path within `models/`, and text.
pub(crate) const EMBEDDED: [(&str, &str); 22] = [
    ("aws/alb.toml", include_str!("aws/alb.toml")),
    ("aws/sources.toml", include_str!("aws/sources.toml")),
    ("generic/buffer.toml", include_str!("generic/buffer.toml")),
    ("generic/cache.toml", include_str!("generic/cache.toml")),
    ("generic/delay.toml", include_str!("generic/delay.toml")),
    ("generic/dns.toml", include_str!("generic/dns.toml")),
    ("generic/event-loop.toml", include_str!("generic/event-loop.toml")),
    ("generic/external.toml", include_str!("generic/external.toml")),
    ("generic/functions.toml", include_str!("generic/functions.toml")),
    ("generic/group.toml", include_str!("generic/group.toml")),
    ("generic/limiter.toml", include_str!("generic/limiter.toml")),
    ("generic/log.toml", include_str!("generic/log.toml")),
    ("generic/people.toml", include_str!("generic/people.toml")),
    ("generic/postgres.toml", include_str!("generic/postgres.toml")),
    ("generic/queue.toml", include_str!("generic/queue.toml")),
    ("generic/ratchet.toml", include_str!("generic/ratchet.toml")),
    ("generic/rows.toml", include_str!("generic/rows.toml")),
    ("generic/server.toml", include_str!("generic/server.toml")),
    ("generic/store.toml", include_str!("generic/store.toml")),
    ("generic/table.toml", include_str!("generic/table.toml")),
    ("generic/token-bucket.toml", include_str!("generic/token-bucket.toml")),
    ("generic/topic.toml", include_str!("generic/topic.toml")),
];
