//! Who is not over, as sums of moments: an integral that nobody has to follow.

use crate::units::Time;

/// An integral of a number of members from sums of the moments at which they came and went.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stays {
    came_sum: u128,
    went_sum: u128,
    came: u64,
    went: u64,
}

impl Stays {
    /// Somebody comes.
    #[inline]
    pub fn enters(&mut self, at: Time, from: Time) {
        self.came += 1;
        self.came_sum += u128::from(at.max(from).0);
    }

    /// Somebody goes.
    #[inline]
    pub fn leaves(&mut self, at: Time, from: Time) {
        self.went += 1;
        self.went_sum += u128::from(at.max(from).0);
    }

    /// So many whole stays inside the measured span, so long together.
    pub fn add(&mut self, stays: u64, together: u128) {
        (self.came, self.went) = (self.came + stays, self.went + stays);
        self.went_sum += together;
    }

    /// Integral of the number inside over the measured span; who is still inside stays until its end.
    pub fn integral(&self, from: Time, to: Time) -> u128 {
        let still = u128::from(self.came - self.went) * u128::from(to.max(from).0);
        (self.went_sum + still).saturating_sub(self.came_sum)
    }
}
