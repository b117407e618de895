//! Helps for messages: the nearest name, and lists of names.

use crate::scenario::quantity::nearest;

/// "did you mean `x`?", or the list of what there is.
pub(crate) fn cure<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match nearest(word, names.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if names.is_empty() => "there is none".to_string(),
        None => format!("there is: {}", list(names)),
    }
}

/// The name that was probably meant.
pub(crate) fn meant<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest(word, names)
}

/// "a, b, c"; long lists are cut.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    if names.len() <= 16 {
        return names.join(", ");
    }
    format!("{} and {} more", names[..14].join(", "), names.len() - 14)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_finds_its_word() {
        assert_eq!(cure("treads", ["threads", "cores"]), "did you mean `threads`?");
        assert_eq!(cure("xyz", ["threads", "cores"]), "there is: threads, cores");
    }
}
