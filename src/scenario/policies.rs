//! Policies of callers that have a name, read from `models/policies.toml`: no number of them stands here.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::ast::Backoff;
use super::quantity;

/// The names, in their order; a test holds them against the file.
pub(crate) const NAMES: &[&str] = &["standard", "standard-2026"];

/// What a named policy does.
#[derive(Debug)]
pub(crate) struct Named {
    /// Attempts after the first.
    pub retries: u32,
    /// Pause before each.
    pub backoff: Backoff,
    /// Pause after "too much", where that is another one.
    pub throttled: Option<Backoff>,
    /// Tokens in hand at most, and at the start.
    pub bucket: f64,
    /// Tokens that a retry takes.
    pub takes: Takes,
    /// Tokens that a good answer to a first attempt gives.
    pub answer: f64,
    /// Does a retry that is answered give back what it took?
    pub refunds: bool,
}

/// Tokens that a retry takes, by what went wrong.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Takes {
    pub error: f64,
    pub timeout: f64,
    pub throttled: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[expect(dead_code, reason = "for readers of the file, who must find it in each")]
    is: String,
    attempts: u32,
    backoff: String,
    throttled: Option<String>,
    bucket: f64,
    retry: Takes,
    answer: f64,
    refunds: bool,
    by: String,
}

#[derive(Deserialize)]
struct File {
    sources: BTreeMap<String, toml::Table>,
    #[serde(flatten)]
    policies: BTreeMap<String, Raw>,
}

/// The policy of a name.
pub(crate) fn named(name: &str) -> Option<&'static Named> {
    static ALL: LazyLock<BTreeMap<String, Named>> =
        LazyLock::new(|| parse(include_str!("../../models/policies.toml")).expect("models/policies.toml is in order"));
    ALL.get(name)
}

fn parse(text: &str) -> Result<BTreeMap<String, Named>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let backoff = |text: &str| quantity::backoff(text).map_err(|_| format!("`{text}` is no backoff"));
    let one = |(name, raw): (String, Raw)| {
        if !file.sources.contains_key(&raw.by) {
            return Err(format!("`{name}` is from nowhere"));
        }
        let policy = Named {
            retries: raw.attempts.saturating_sub(1),
            backoff: backoff(&raw.backoff)?,
            throttled: raw.throttled.as_deref().map(backoff).transpose()?,
            bucket: raw.bucket,
            takes: raw.retry,
            answer: raw.answer,
            refunds: raw.refunds,
        };
        Ok((name, policy))
    };
    file.policies.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_file() {
        let all = parse(include_str!("../../models/policies.toml")).expect("in order");
        assert_eq!(all.keys().map(String::as_str).collect::<Vec<_>>(), NAMES);
        assert!(all.values().all(|policy| policy.retries > 0 && policy.bucket > policy.takes.timeout));
    }

    #[test]
    fn a_policy_without_a_source_is_refused() {
        let text = include_str!("../../models/policies.toml").replace("[sources.sdk-retry]", "[sources.other]");
        assert_eq!(parse(&text).err(), Some("`standard` is from nowhere".to_owned()));
    }
}
