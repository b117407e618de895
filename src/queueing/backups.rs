//! Copies made now and then: what was acknowledged since the newest usable one is lost when it is restored.
//!
//! Copy k begins at `k every` and holds what was acknowledged up to then, that instant included; it is usable from
//! `ready` after its beginning on. A copy that is not yet usable when its original dies never will be.

use crate::units::{Span, Time};

/// When copies are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backups {
    every: Span,
    ready: Span,
}

impl Backups {
    /// One in each `every` (more than nothing), usable `ready` after it was begun.
    pub fn new(every: Span, ready: Span) -> Backups {
        Backups { every: every.max(Span(1)), ready }
    }

    /// The newest copy that is usable at a moment: when it was begun.
    pub fn newest(&self, at: Time) -> Option<Time> {
        let begun = at.0.checked_sub(self.ready.0)?;
        Some(Time(begun / self.every.0 * self.every.0))
    }

    /// The first moment that whoever restores at `at` lacks; without any usable copy that is the very first.
    pub fn lacks_from(&self, at: Time) -> Time {
        self.newest(at).map_or(Time::ZERO, |begun| begun + Span(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_usable_some_time_after_it_was_begun() {
        let copies = Backups::new(Span(300), Span(40));
        assert_eq!(copies.newest(Time(39)), None);
        assert_eq!(copies.newest(Time(40)), Some(Time(0)));
        assert_eq!(copies.newest(Time(339)), Some(Time(0)));
        assert_eq!(copies.newest(Time(340)), Some(Time(300)));
    }

    #[test]
    fn a_copy_holds_what_was_acknowledged_in_its_own_instant() {
        let copies = Backups::new(Span(300), Span(0));
        assert_eq!(copies.lacks_from(Time(692)), Time(601));
        assert_eq!(Backups::new(Span(300), Span(40)).lacks_from(Time(10)), Time::ZERO);
    }

    #[test]
    fn the_age_of_what_is_usable_lies_between_the_upload_and_a_period_more() {
        let copies = Backups::new(Span(300), Span(40));
        let ages = (40..2000).filter_map(|at| Some(at - copies.newest(Time(at))?.0));
        let (least, most) = ages.fold((u64::MAX, 0), |(least, most), age| (least.min(age), most.max(age)));
        assert_eq!((least, most), (40, 339));
    }
}
