//! The same system under another load: every source scaled, nothing that breaks or is changed on purpose.

use super::blueprint::{Blueprint, SourceShape};
use crate::queueing::arrivals::{Curve, Pattern, Piece};
use crate::units::Time;

impl Blueprint {
    /// With so many times the traffic, until a moment. A trace is as it was recorded.
    #[must_use]
    pub fn at_load(&self, load: f64, to: Time) -> Blueprint {
        let mut plan = self.clone();
        plan.happenings.clear();
        plan.to = to.min(plan.to);
        for source in &mut plan.sources {
            match &mut source.shape {
                SourceShape::Open { curve, pattern } => {
                    scale(curve, load);
                    if let Pattern::Modulated(states) = pattern {
                        states.iter_mut().for_each(|(rate, _)| *rate *= load);
                    }
                }
                SourceShape::Users { users, most, .. }
                | SourceShape::Ticks { users, most, .. }
                | SourceShape::IrregularTicks { users, most, .. } => {
                    users.iter_mut().for_each(|(_, number)| *number *= load);
                    *most = users.iter().fold(0.0f64, |peak, (_, number)| peak.max(*number)).ceil() as u32;
                }
                SourceShape::Trace(_) => {}
            }
        }
        plan
    }
}

fn scale(curve: &mut Curve, load: f64) {
    match curve {
        Curve::Lines(pieces) => {
            for Piece { before, rate, slope, .. } in pieces {
                (*before, *rate, *slope) = (*before * load, *rate * load, *slope * load);
            }
        }
        Curve::Sine { mean, amplitude, .. } => (*mean, *amplitude) = (*mean * load, *amplitude * load),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::blueprint::SourceSpec;

    #[test]
    fn every_source_is_scaled_and_nothing_breaks() {
        let source = |shape| SourceSpec { name: "a".into(), mix: vec![], site: 0, shape, key: None };
        let users = vec![(Time::ZERO, 5.0), (Time(10), 9.0)];
        let open = SourceShape::Open { curve: Curve::constant(8.0), pattern: Pattern::Even };
        let closed = SourceShape::Users { users, most: 9, think: 0, site: 0 };
        let plan = Blueprint { to: Time(100), sources: vec![source(open), source(closed)], ..Blueprint::default() };
        let half = plan.at_load(0.5, Time(60));
        assert_eq!(half.to, Time(60));
        let SourceShape::Open { curve, .. } = &half.sources[0].shape else { panic!("it stays open") };
        assert_eq!(*curve, Curve::constant(4.0));
        let SourceShape::Users { users, most, .. } = &half.sources[1].shape else { panic!("they stay users") };
        assert_eq!((users[0].1, users[1].1, *most), (2.5, 4.5, 5));
    }
}
