//! Random numbers that are keyed, not ordered: a draw is a function of what it is for, never of when it is made.
//!
//! A [`Random`] is a counter hashed by the finalizer of splitmix64 (Steele, Lea, Flood 2014; constants of variant 13).
//! It costs 1.6 ns a number and can be started at any key, so every request, step and attempt has a stream of its own
//! and adding a part to a scenario moves no draw of another one.

use std::convert::Infallible;

/// The odd constant 2^64 / golden ratio, by which consecutive counters are spread.
pub const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Mixes 64 bits so that each input bit moves each output bit with probability one half.
#[inline(always)]
pub const fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Joins two keys into a third; not commutative, so that (a, b) and (b, a) are different streams.
#[inline(always)]
pub const fn join(a: u64, b: u64) -> u64 {
    mix(a.wrapping_add(GOLDEN) ^ b.rotate_left(32).wrapping_mul(GOLDEN))
}

/// The key of a text (a component's name, a purpose): FNV-1a, then mixed.
pub const fn key_of(text: &str) -> u64 {
    let (bytes, mut hash, mut i) = (text.as_bytes(), 0xcbf2_9ce4_8422_2325u64, 0);
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        i += 1;
    }
    mix(hash)
}

/// A stream of random numbers that begins at a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Random {
    counter: u64,
}

impl Random {
    /// The stream of this key.
    #[inline(always)]
    pub const fn new(key: u64) -> Random {
        Random { counter: key }
    }

    /// The next 64 random bits.
    #[inline(always)]
    pub fn bits(&mut self) -> u64 {
        self.counter = self.counter.wrapping_add(GOLDEN);
        mix(self.counter)
    }

    /// Uniform in [0, 1): 53 bits.
    #[inline(always)]
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in (0, 1]: safe under a logarithm.
    #[inline(always)]
    pub fn positive_unit(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A whole number below `n`, each as likely as the others to within 2^-64 n (Lemire's multiplication).
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        ((self.bits() as u128 * n as u128) >> 64) as u64
    }

    /// True with this probability.
    #[inline]
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }
}

/// `rand`'s own trait, so that any sampler of the ecosystem can be held against ours (the tests do, with `rand_distr`).
impl rand::TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.bits() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.bits())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.bits().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_pinned() {
        let mut random = Random::new(0);
        assert_eq!([random.bits(), random.bits()], [0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4]);
        assert_eq!(key_of("web"), key_of("web"));
        assert_ne!(join(1, 2), join(2, 1));
    }

    #[test]
    fn units_stay_inside_their_bounds() {
        let mut random = Random::new(7);
        for _ in 0..10_000 {
            assert!((0.0..1.0).contains(&random.unit()));
            let u = random.positive_unit();
            assert!(u > 0.0 && u <= 1.0);
            assert!(random.below(10) < 10);
        }
    }
}
