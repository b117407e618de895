//! Portable mathematics: the only door to transcendental functions.
