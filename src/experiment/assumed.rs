//! What the models of a scenario's parts assume: values with no source but a reason, where the scenario gives no other.

use std::collections::BTreeMap;

use crate::outcome::Assumption;
use crate::scenario::model::{Given, Instance};

/// All of them, by part and name.
pub(super) fn of(instances: &BTreeMap<String, Instance>) -> Vec<Assumption> {
    let of_part = |(part, instance): (&String, &Instance)| {
        let one = |(name, given): (&String, &Given)| Assumption {
            part: part.clone(),
            model: instance.model.clone(),
            name: name.clone(),
            why: given.why.clone().unwrap_or_default(),
        };
        let assumed = instance.quantities.iter().filter(|(_, given)| given.status == "assumed");
        assumed.map(one).collect::<Vec<_>>()
    };
    instances.iter().flat_map(of_part).collect()
}
