//! Durations, counts and ratios as a reader likes them.

pub use crate::record::number::count;

/// A duration in nanoseconds with three significant digits: `950 ns`, `1.93 ms`, `152 ms`, `2 min 5 s`.
pub fn duration(ns: u64) -> String {
    let (value, unit) = match ns {
        0 => return "0 s".to_owned(),
        1..1_000 => return format!("{ns}\u{a0}ns"),
        1_000..1_000_000 => (ns as f64 / 1e3, "µs"),
        1_000_000..1_000_000_000 => (ns as f64 / 1e6, "ms"),
        1_000_000_000..120_000_000_000 => (ns as f64 / 1e9, "s"),
        _ => return format!("{}\u{a0}min {}\u{a0}s", ns / 60_000_000_000, ns / 1_000_000_000 % 60),
    };
    format!("{}\u{a0}{unit}", digits(value))
}

/// A number with three significant digits, without trailing zeros behind the point.
pub fn digits(value: f64) -> String {
    let decimals = match value.abs() {
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Durations that stand below each other, in one unit and with one number of decimals; where some are a thousand times as long as others,
/// each in its own. What took no time at all is a dash.
pub fn durations(ns: &[u64]) -> Vec<String> {
    let is_some = |ns: &&u64| **ns > 0;
    let (Some(most), Some(least)) = (ns.iter().max(), ns.iter().filter(is_some).min()) else {
        return ns.iter().map(|_| "–".to_owned()).collect();
    };
    let unit =
        [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs"), (1, "ns")].into_iter().find(|(size, _)| most >= size);
    let written: Vec<String> = match unit {
        Some((size, unit)) if size > 1 && most / 1_000 < *least && *most < 120_000_000_000 => {
            let values: Vec<f64> = ns.iter().map(|ns| *ns as f64 / size as f64).collect();
            column(&values).into_iter().map(|text| format!("{text}\u{a0}{unit}")).collect()
        }
        _ => ns.iter().map(|ns| duration(*ns)).collect(),
    };
    ns.iter().zip(written).map(|(ns, text)| if *ns == 0 { "–".to_owned() } else { text }).collect()
}

/// Numbers that stand below each other, with one number of decimals: the largest has three digits, the least at least two.
pub fn column(values: &[f64]) -> Vec<String> {
    let most = values.iter().copied().fold(0.0, f64::max);
    let least = values.iter().copied().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
    let mut decimals = match most {
        _ if most >= 99.95 => 0,
        _ if most >= 9.995 => 1,
        _ => 2,
    };
    while decimals < 2 && least * 10f64.powi(decimals) < 9.95 {
        decimals += 1;
    }
    values.iter().map(|value| format!("{value:.*}", decimals as usize)).collect()
}

/// `n` things, in the singular or the plural: `1 worker`, `12 workers`.
pub fn plural(n: u64, noun: &str) -> String {
    format!("{}\u{a0}{noun}{}", count(n), if n == 1 { "" } else { "s" })
}

/// A place in a row, as one says it in English.
pub fn ordinal(n: u64) -> String {
    let ending = match (n % 10, n % 100) {
        (1, tens) if tens != 11 => "st",
        (2, tens) if tens != 12 => "nd",
        (3, tens) if tens != 13 => "rd",
        _ => "th",
    };
    format!("{}{ending}", count(n))
}

/// A part of a whole as a percentage: `41 %`; below one percent `< 1 %`, and never 100 % of what is not all.
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 || part >= whole {
        return format!("{}\u{a0}%", if whole == 0 { 0 } else { 100 });
    }
    match part as f64 / whole as f64 * 100.0 {
        _ if part == 0 => "0\u{a0}%".to_owned(),
        p if p < 1.0 => "<\u{a0}1\u{a0}%".to_owned(),
        p => format!("{}\u{a0}%", (p.round() as u64).min(99)),
    }
}

/// A number of bytes: `812 bytes`, `1.4 MB`.
pub fn bytes(n: u64) -> String {
    match n {
        0..1_000 => plural(n, "byte"),
        1_000..1_000_000 => format!("{}\u{a0}kB", digits(n as f64 / 1e3)),
        _ => format!("{}\u{a0}MB", digits(n as f64 / 1e6)),
    }
}

/// Several names as prose: `a`, `a and b`, `a, b and c`; of more than `most` names, how many more there are, unless it is one.
pub fn listed(names: &[String], most: usize) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        _ if names.len() > most + 1 => format!("{} and {} more", names[..most].join(", "), names.len() - most),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_three_digits_and_a_fitting_unit() {
        let shown = |ns| duration(ns).replace('\u{a0}', " ");
        assert_eq!(shown(0), "0 s");
        assert_eq!(shown(950), "950 ns");
        assert_eq!(shown(1_934_000), "1.93 ms");
        assert_eq!(shown(152_400_000), "152 ms");
        assert_eq!(shown(2_000_000_000), "2 s");
        assert_eq!(shown(125_000_000_000), "2 min 5 s");
    }

    #[test]
    fn numbers_below_each_other_have_one_unit_and_one_number_of_decimals() {
        let shown = |ns: &[u64]| durations(ns).join(" ").replace('\u{a0}', "");
        assert_eq!(shown(&[24_000_000, 18_200_000, 0]), "24.0ms 18.2ms –");
        assert_eq!(shown(&[1_880_000_000, 990_000_000]), "1.88s 0.99s");
        assert_eq!(shown(&[152_000_000, 1_934_000]), "152.0ms 1.9ms");
        assert_eq!(shown(&[2_000_000_000, 900_000]), "2s 900µs", "nobody reads 0.0009 s");
        assert_eq!((shown(&[950, 7]), shown(&[0]), shown(&[])), ("950ns 7ns".into(), "–".into(), String::new()));
        assert_eq!(column(&[1.0, 0.9, 0.786]), ["1.00", "0.90", "0.79"]);
        assert_eq!(column(&[12.34, 100.0]), ["12", "100"]);
    }

    #[test]
    fn a_count_has_its_thousands_apart() {
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
    }

    #[test]
    fn a_part_that_is_not_all_is_never_a_hundred_percent() {
        assert_eq!(percent(9_999, 10_000).replace('\u{a0}', " "), "99 %");
        assert_eq!(percent(1, 10_000).replace('\u{a0}', " "), "< 1 %");
        assert_eq!(percent(3, 3).replace('\u{a0}', " "), "100 %");
        assert_eq!(percent(0, 0).replace('\u{a0}', " "), "0 %");
    }

    #[test]
    fn names_are_listed_as_prose() {
        let names: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        assert_eq!(listed(&names[..2], 5), "a and b");
        assert_eq!(listed(&names, 5), "a, b and c");
        assert_eq!(listed(&names, 1), "a and 2 more");
        assert_eq!(listed(&names, 2), "a, b and c", "one more name is as short as its number");
    }
}
