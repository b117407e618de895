//! What a month costs: what was metered, hour by hour, times the prices of a book.
//!
//! Knows meters, price books and the month; does not know latency, nor how a run goes. Usage is in whole numbers, money in
//! whole numbers of 1e-12 dollar; a line of a bill is one price and one tier, rounded once, and the month is the sum of its
//! lines.

mod bill;
mod book;
mod books;
mod measures;
mod read;
mod statement;
mod tariff;
mod usage;

pub use bill::{Bill, Line, lines};
pub use book::{Allowance, Book, Price, Source};
pub use books::Books;
pub use measures::measures;
pub use statement::{Statement, Used};
pub use tariff::{How, Metered, Parts, Priced, Tariff};
pub use usage::{Runs, Won};
