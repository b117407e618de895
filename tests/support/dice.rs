//! Dice for random scenarios: the same numbers from the same seed, everywhere.

use archsim::units::Random;

/// A stream of choices.
pub struct Dice(Random);

impl Dice {
    /// Choices that follow from a number.
    pub fn new(seed: u64) -> Dice {
        Dice(Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5ce7_a710))
    }

    /// From 0 up to below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0.below(n)
    }

    /// From `low` to `high`, both possible.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True so often.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.0.chance(probability)
    }

    /// One of these.
    pub fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}
