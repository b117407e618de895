//! A number that changes with time: its integral, its greatest value, how long it was at least so much.
