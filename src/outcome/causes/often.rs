//! Which account is told of many replications, and in how many of them it is the same.

use std::collections::BTreeMap;

use super::{Account, Story};

/// An account and how often it was so.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Often {
    /// That of the first replication in which the commonest causes led to the commonest effects.
    pub account: Account,
    /// Which replication that is.
    pub replication: usize,
    /// In so many replications the causes and effects were the same, in the same order.
    pub same: usize,
    /// So many were looked at.
    pub of: usize,
}

/// The commonest account; of equally common ones that of the earlier replication.
pub fn often(accounts: Vec<Account>) -> Option<Often> {
    let mut names: BTreeMap<Vec<String>, (usize, usize)> = BTreeMap::new();
    let of = accounts.len();
    for (number, account) in accounts.iter().enumerate() {
        let name = account.stories.iter().map(Story::name).collect();
        names.entry(name).or_insert((0, number)).0 += 1;
    }
    let (same, replication) = names.into_values().min_by_key(|(same, first)| (usize::MAX - same, *first))?;
    let account = accounts.into_iter().nth(replication)?;
    Some(Often { account, replication, same, of })
}
