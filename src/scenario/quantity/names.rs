//! Names of what a scenario is made of.

use super::Complaint;
use super::complaints::shown;

/// Words that mean something in a path already.
pub const RESERVED: [&str; 10] =
    ["run", "end", "all", "rest", "records", "errors", "month", "availability", "bill", "done"];

/// A name: a small letter, then small letters, digits and dashes.
pub fn name(text: &str) -> Result<String, Complaint> {
    if RESERVED.contains(&text) {
        let says = format!("`{text}` means something already");
        return Err(Complaint::new(says, format!("reserved are: {}", RESERVED.join(", "))));
    }
    if is_name(text) {
        return Ok(text.to_string());
    }
    if text.is_empty() {
        return Err(Complaint::new("a name is missing here", "write it like `orders` or `payment-q`"));
    }
    let right = text.trim().to_ascii_lowercase().replace([' ', '_', '.'], "-");
    let told = Complaint::new(
        format!("\"{}\" is not a name", shown(text)),
        "names have small letters, digits and dashes, and begin with a letter",
    );
    Err(if is_name(&right) && !RESERVED.contains(&right.as_str()) { told.fix(&right) } else { told })
}

pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_small_letters_digits_and_dashes() {
        assert_eq!(name("payment-q2"), Ok("payment-q2".to_string()));
        for (wrong, right) in [("PaymentQ", "paymentq"), ("payment_q", "payment-q"), ("payment q", "payment-q")] {
            assert_eq!(name(wrong).expect_err(wrong).fix, Some(format!("\"{right}\"")));
        }
        for wrong in ["", "2fast", "-x", "über", "run", "month"] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
        assert_eq!(name("Run").expect_err("reserved").fix, None);
    }
}
