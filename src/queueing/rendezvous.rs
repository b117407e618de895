//! Keys that belong to members: rendezvous hashing (Thaler and Ravishankar 1998).
//!
//! Each member bids for each key and the highest bid wins. So whoever goes loses only its own keys, and who comes takes an
//! even part from each of the others; nothing has to be kept. A choice costs one hash a member.

use crate::units::random::join;

/// Of `there` members the one to which a key belongs; `at` says who stands at a place of the list.
pub fn of_key(key: u64, there: u32, at: impl Fn(u32) -> u32) -> Option<u32> {
    (0..there).max_by_key(|&place| join(key, u64::from(at(place))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_keeps_its_member_when_another_goes() {
        let (four, three) = ([0, 1, 2, 3], [0, 1, 3]);
        let of = |key: u64, places: &[u32]| {
            of_key(key, places.len() as u32, |i| places[i as usize]).map(|place| places[place as usize])
        };
        let mut moved = 0;
        for key in 0..8000 {
            let (before, after) = (of(key, &four), of(key, &three));
            assert!(before == after || before == Some(2));
            moved += u32::from(before != after);
        }
        // A quarter of 8,000, of which the deviation is 39.
        assert!((i64::from(moved) - 2000).abs() <= 4 * 39, "{moved} of 8,000 belonged to the one that went");
        assert_eq!(of(7, &[]), None);
    }
}
