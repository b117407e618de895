//! A member of a fleet: what it is doing, and what may become of it.

use crate::units::{Span, Time};

/// What a fleet is.
#[derive(Clone, Debug, PartialEq)]
pub struct FleetSpec {
    /// Fewest and most members that may be wanted.
    pub least: u32,
    /// See `least`.
    pub most: u32,
    /// Members at the beginning, all of them in service and warm.
    pub begins: u32,
    /// Places for members.
    pub places: u32,
    /// From the end of the start to being counted.
    pub warms: Span,
    /// Who is let go may finish for so long.
    pub drain: Span,
    /// Zones over which members are spread: place i lies in zone i mod zones.
    pub zones: u32,
}

/// What a member is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Life {
    /// There is none at this place.
    #[default]
    Absent,
    /// Launched, takes nobody yet.
    Starts,
    /// In service, not counted yet.
    Warms,
    /// In service.
    Serves,
    /// Finishes what it has.
    Drains,
    /// Dead, and nobody has noticed: it is given requests, and answers none.
    Dead,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Member {
    pub life: Life,
    /// When it changes by itself.
    pub due: Time,
    /// The number of its launch.
    pub launch: u64,
    /// Requests that were given to it and have not left.
    pub inside: u32,
    /// Requests that were ever given to it.
    pub given: u64,
    /// It takes nobody: whoever watches it thinks that it is dead.
    pub avoided: bool,
}

/// What has become of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It is in service.
    InService,
    /// It is counted.
    Counted,
    /// Its time to finish is over, or it has finished: its end.
    Gone,
}
