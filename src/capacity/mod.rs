//! Closed forms: what a design does on the back of an envelope.
