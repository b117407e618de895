//! The read side: measures, intervals, objectives, books.
