//! The price books that are part of the program. A test compares this list with the folder.

/// Path within `pricing/`, and text.
pub(crate) const EMBEDDED: [(&str, &str); 3] = [
    ("aws/global.toml", include_str!("aws/global.toml")),
    ("aws/us-east-1.toml", include_str!("aws/us-east-1.toml")),
    ("aws/us-east-1@2023.toml", include_str!("aws/us-east-1@2023.toml")),
];
