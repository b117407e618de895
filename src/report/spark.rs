//! A series in one line of text.

use crate::record::Series;
use crate::units::Time;

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Sums over equal stretches up to `end`, the highest with a full bar; empty where nothing happened.
pub fn line(series: &Series, end: Time, columns: usize) -> String {
    let sums = sums(series, end, columns);
    let top = sums.iter().copied().fold(0.0, f64::max);
    if top <= 0.0 {
        return String::new();
    }
    // Nothing at all is a blank: the lowest bar means a little.
    let bar = |sum: &f64| if *sum <= 0.0 { ' ' } else { BARS[((sum / top * 8.0).ceil() as usize).clamp(1, 8) - 1] };
    sums.iter().map(bar).collect::<String>().trim_end().to_string()
}

/// A slot that lies in two stretches is shared between them.
fn sums(series: &Series, end: Time, columns: usize) -> Vec<f64> {
    let mut sums = vec![0.0; columns];
    let wide = end.0 as f64 / columns.max(1) as f64;
    let slot = series.slot().0 as f64;
    if wide <= 0.0 {
        return sums;
    }
    for (from, sum) in series.points() {
        let (from, to) = (from.0 as f64, from.0 as f64 + slot);
        let (first, last) = ((from / wide) as usize, ((to / wide).ceil() as usize).min(columns));
        for (column, total) in sums.iter_mut().enumerate().take(last).skip(first) {
            let inside = to.min((column + 1) as f64 * wide) - from.max(column as f64 * wide);
            *total += sum as f64 * inside.max(0.0) / slot;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    #[test]
    fn a_ramp_rises_and_nothing_is_blank() {
        let mut series = Series::with_slot(Span(10));
        (0..8u64).for_each(|i| series.add(Time(i * 10), i));
        assert_eq!(line(&series, Time(80), 8), " ▂▃▄▅▆▇█");
        assert_eq!(line(&Series::with_slot(Span(10)), Time(80), 8), "");
    }
}
