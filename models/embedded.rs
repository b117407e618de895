//! The model files that are part of the program. A test compares this list with the folder.

/// Path within `models/`, and text.
pub(crate) const EMBEDDED: [(&str, &str); 9] = [
    ("generic/cache.toml", include_str!("generic/cache.toml")),
    ("generic/delay.toml", include_str!("generic/delay.toml")),
    ("generic/event-loop.toml", include_str!("generic/event-loop.toml")),
    ("generic/external.toml", include_str!("generic/external.toml")),
    ("generic/limiter.toml", include_str!("generic/limiter.toml")),
    ("generic/people.toml", include_str!("generic/people.toml")),
    ("generic/postgres.toml", include_str!("generic/postgres.toml")),
    ("generic/server.toml", include_str!("generic/server.toml")),
    ("generic/token-bucket.toml", include_str!("generic/token-bucket.toml")),
];
