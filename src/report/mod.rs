//! How results are shown: terminal and JSON.
