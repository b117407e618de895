//! Parts bound from mechanisms, and the world in which requests run.
