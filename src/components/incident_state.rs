//! What has become of what can go wrong, in one value of a run.

use super::alarms::Alarm;
use super::blueprint::Blueprint;
use super::outages::Outages;
use super::recovery::Recovery;
use super::regions::Roads;
use super::runbooks::Runs;
use super::stores::Store;
use super::world::State;
use crate::queueing::directory::Directory;

/// Outages, roads, names, copies, alarms, runbooks, and the watch on recoveries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Happened {
    pub outages: Outages,
    pub roads: Roads,
    pub names: Vec<Directory>,
    pub stores: Vec<Store>,
    pub alarms: Vec<Alarm>,
    pub runs: Runs,
    /// Parts whose numbers do not arrive, once for each fault that says so.
    pub blind: Vec<u32>,
    pub recovery: Recovery,
}

impl Happened {
    /// Nothing has happened yet.
    pub fn new(plan: &Blueprint, seed: u64) -> Happened {
        let incidents = &plan.incidents;
        Happened {
            outages: Outages::new(incidents, plan.happenings.len()),
            roads: Roads::new(incidents),
            names: State::names_of(incidents),
            stores: State::stores_of(plan, seed),
            alarms: incidents.alarms.iter().map(|_| Alarm::new()).collect(),
            runs: Runs::new(incidents.runbooks.len()),
            blind: Vec::new(),
            recovery: Recovery::new(plan),
        }
    }
}
