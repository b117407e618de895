//! Which key a request is about: "uniform", "zipf(1.1)", "hot(1, 50%)".

use super::complaints::{nearest, shown};
use super::scan::call;
use super::{Complaint, Pick, count, ratio, share};

const EXAMPLES: &str = r#"write it like "uniform", "zipf(1.1)" or "hot(1, 50%)""#;

/// A pick.
pub fn pick(text: &str) -> Result<Pick, Complaint> {
    let text = text.trim();
    let Some(mut call) = call(text)? else {
        return if text == "uniform" { Ok(Pick::Uniform) } else { Err(unknown(text, text)) };
    };
    let pick = match call.name {
        "uniform" => Pick::Uniform,
        "zipf" => {
            let exponent = call.first("its exponent", "zipf(1.1)")?;
            let value = count(exponent).map_err(|told| told.within(text, exponent))?;
            if value > 100.0 {
                return Err(Complaint::new(
                    format!("no popularity falls with the power {}", shown(exponent)),
                    EXAMPLES,
                ));
            }
            Pick::Zipf(value)
        }
        "hot" => {
            let keys = call.first("how many keys are hot", "hot(1, 50%)")?;
            let part = call.first("their share of the requests", "hot(1, 50%)")?;
            let share = share(part).map_err(|told| told.within(text, part))?;
            Pick::Hot { keys: hot_keys(keys).map_err(|told| told.within(text, keys))?, share }
        }
        other => return Err(unknown(text, other)),
    };
    call.finish(&[])?;
    Ok(pick)
}

/// So many keys, or a share of them (below 1).
fn hot_keys(text: &str) -> Result<f64, Complaint> {
    let keys = if text.ends_with('%') { ratio(text)? } else { count(text)? };
    if text.ends_with('%') && keys >= 1.0 {
        return Err(Complaint::new(
            format!("{} of the keys is everybody", shown(text)),
            "\"uniform\", or fewer hot keys",
        ));
    }
    if keys <= 0.0 {
        return Err(Complaint::new("at least one key is hot", EXAMPLES));
    }
    if keys > 1.0 && keys.fract() != 0.0 {
        return Err(Complaint::new(format!("{} is no number of keys", shown(text)), EXAMPLES));
    }
    Ok(keys)
}

fn unknown(text: &str, name: &str) -> Complaint {
    let told = Complaint::new(format!("no pick is called `{}`", shown(name)), EXAMPLES);
    if ["zipf", "hot"].contains(&text) {
        return Complaint::new(format!("`{text}` needs its numbers"), EXAMPLES);
    }
    match nearest(name, ["uniform", "zipf", "hot"]) {
        Some(meant) if !name.is_empty() => told.fix(&text.replacen(name, meant, 1)),
        _ => told,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_picked_evenly_by_rank_or_hot() {
        assert_eq!(pick("uniform"), Ok(Pick::Uniform));
        assert_eq!(pick("zipf(1.1)"), Ok(Pick::Zipf(1.1)));
        assert_eq!(pick("hot(1, 50%)"), Ok(Pick::Hot { keys: 1.0, share: 0.5 }));
        assert_eq!(pick("hot( 0.1% , 10% )"), Ok(Pick::Hot { keys: 0.001, share: 0.1 }));
    }

    #[test]
    fn a_wrong_pick_hears_what_there_is() {
        assert_eq!(pick("zipff(1)").expect_err("name").fix.as_deref(), Some("\"zipf(1)\""));
        assert_eq!(pick("hot(1, 50)").expect_err("share").fix.as_deref(), Some("\"hot(1, 50%)\""));
        for wrong in [
            "",
            "zipf",
            "zipf()",
            "zipf(-1)",
            "zipf(1, 2)",
            "hot(1)",
            "hot(0, 5%)",
            "hot(100%, 5%)",
            "hot(1.5, 5%)",
            "hot(1, 150%)",
            "zipf(x=1)",
        ] {
            assert!(pick(wrong).is_err(), "{wrong}");
        }
    }
}
