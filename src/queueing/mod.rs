//! Queueing mechanisms, one file each, each proved against a closed form.
