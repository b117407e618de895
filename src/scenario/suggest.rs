//! "Did you mean": the nearest of the names that exist.

/// Longer names are not compared: nobody mistypes them, and a hostile file would be slow.
const LONGEST: usize = 64;

/// The nearest name, if it is near enough to be what was meant.
pub(crate) fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if wrong.len() > LONGEST {
        return None;
    }
    let wrong = wrong.to_lowercase();
    let (distance, name) = names
        .into_iter()
        .filter(|name| name.len() <= LONGEST)
        .map(|name| (distance(&wrong, &name.to_lowercase()), name))
        .min_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(b.1)))?;
    let allowed = match wrong.chars().count() {
        0..=4 => 1.5,
        5..=7 => 2.0,
        length => length as f64 / 3.0,
    };
    (distance <= allowed).then_some(name)
}

/// Letters that must change. A beginning or an end of the other is near: `app` of `app-server`, `order` of `orders`.
fn distance(wrong: &str, name: &str) -> f64 {
    let letters = strsim::damerau_levenshtein(wrong, name) as f64;
    let part = wrong.len() >= 3 && name.len() >= 3 && (name.starts_with(wrong) || wrong.starts_with(name));
    if part { letters.min(1.5) } else { letters }
}

/// `a`, `b` and `c`: names in a sentence, at most `most` of them.
pub(crate) fn listed<S: AsRef<str>>(names: &[S], most: usize, last: &str) -> String {
    let shown: Vec<String> = names.iter().take(most).map(|name| format!("`{}`", name.as_ref())).collect();
    match shown.split_last() {
        _ if names.len() > most => format!("{} and {} more", shown.join(", "), names.len() - most),
        Some((end, rest)) if !rest.is_empty() => format!("{} {last} {end}", rest.join(", ")),
        Some((end, _)) => end.clone(),
        None => String::new(),
    }
}

/// A number as people read it: no needless zeros, no digits of binary noise.
pub(crate) fn plain(number: f64) -> String {
    let text = format!("{number:.9}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_name() {
        assert_eq!(nearest("catalogue", ["cache", "catalog", "db"]), Some("catalog"));
        assert_eq!(nearest("retires", ["timeout", "retries"]), Some("retries"));
        assert_eq!(nearest("calls", ["call", "choose"]), Some("call"));
        assert_eq!(nearest("failovr", ["failover"]), Some("failover"));
        assert_eq!(nearest("Timeout", ["timeout"]), Some("timeout"));
    }

    #[test]
    fn what_is_far_away_is_not_offered() {
        assert_eq!(nearest("payments", ["db", "cdn"]), None);
        assert_eq!(nearest("db", ["ab-tests", "cdn"]), None);
        assert_eq!(nearest(&"x".repeat(1000), ["x"]), None);
    }

    #[test]
    fn names_stand_in_a_sentence() {
        assert_eq!(listed(&["a"], 5, "and"), "`a`");
        assert_eq!(listed(&["a", "b", "c"], 5, "or"), "`a`, `b` or `c`");
        assert_eq!(listed(&["a", "b", "c"], 2, "and"), "`a`, `b` and 1 more");
        assert_eq!(plain(0.1 + 0.2), "0.3");
        assert_eq!(plain(30.0), "30");
    }
}
