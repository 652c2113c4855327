//! The numbers in a record's events, which are bits of the type that their resource has.

use crate::model::ScalarType;

/// A number from its bits, as Rust would print it.
pub fn text(of: ScalarType, bits: u64) -> String {
    of.text(bits)
}

/// How many characters [`text`] has, without making it where that is avoidable.
pub fn length(of: ScalarType, bits: u64) -> usize {
    let digits = |number: u64| number.checked_ilog10().unwrap_or(0) as usize + 1;
    let signed = |number: i64| digits(number.unsigned_abs()) + usize::from(number < 0);
    match of {
        ScalarType::I8 => signed((bits as i8).into()),
        ScalarType::I16 => signed((bits as i16).into()),
        ScalarType::I32 => signed((bits as i32).into()),
        ScalarType::I64 | ScalarType::Isize => signed(bits as i64),
        ScalarType::U8 | ScalarType::U16 | ScalarType::U32 | ScalarType::U64 | ScalarType::Usize => digits(bits),
        ScalarType::F32 | ScalarType::F64 => {
            let number = magnitude(of, bits).abs();
            let negative = usize::from(magnitude(of, bits).is_sign_negative());
            let (exact, is_same): (f64, fn(f64, f64) -> bool) = match of {
                ScalarType::F32 => (1e7, |one, other| one as f32 == other as f32),
                _ => (1e15, |one, other| one == other),
            };
            // The fewest decimals that make this very number are what is written, at least one.
            for (decimals, scale) in [(1, 1.0), (1, 1e1), (2, 1e2), (3, 1e3), (4, 1e4)] {
                let scaled = number * scale;
                if scaled.is_nan() || scaled >= exact {
                    break;
                }
                let whole = (scaled + 0.5) as u64;
                if is_same(whole as f64 / scale, number) && (whole > 0 || number == 0.0) {
                    return digits(whole / scale as u64) + 1 + decimals + negative;
                }
            }
            text(of, bits).len()
        }
    }
}

/// About how large it is, for a picture of it.
pub fn magnitude(of: ScalarType, bits: u64) -> f64 {
    match of {
        ScalarType::I8 => f64::from(bits as i8),
        ScalarType::I16 => f64::from(bits as i16),
        ScalarType::I32 => f64::from(bits as i32),
        ScalarType::I64 | ScalarType::Isize => bits as i64 as f64,
        ScalarType::U8 | ScalarType::U16 | ScalarType::U32 | ScalarType::U64 | ScalarType::Usize => bits as f64,
        ScalarType::F32 => f64::from(f32::from_bits(bits as u32)),
        ScalarType::F64 => f64::from_bits(bits),
    }
}

/// A count with its thousands apart: `12,345`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_numbers_of_their_type() {
        assert_eq!(text(ScalarType::I8, 255), "-1");
        assert_eq!(text(ScalarType::U8, 255), "255");
        assert_eq!(text(ScalarType::F64, 2.75_f64.to_bits()), "2.75");
        assert_eq!(magnitude(ScalarType::F32, u64::from(0.5_f32.to_bits())), 0.5);
    }

    #[test]
    fn a_length_is_that_of_the_text() {
        let floats = [
            0.0,
            -0.0,
            0.25,
            -3.125,
            0.001,
            12.0625,
            0.00012,
            33.1,
            1.0,
            -12.0,
            0.1,
            1e14,
            -1e15,
            1e16,
            1e300,
            f64::NAN,
            f64::INFINITY,
            123_456.0,
        ];
        let bits = floats.into_iter().flat_map(|float: f64| [float.to_bits(), u64::from((float as f32).to_bits())]);
        let whole = (0..64).flat_map(|n| [1u64 << n, u64::MAX >> n, 10u64.pow(n % 20), 0]);
        use ScalarType::*;
        for of in [I8, I16, I32, I64, U8, U16, U32, U64, Isize, Usize, F32, F64] {
            for bits in bits.clone().chain(whole.clone()) {
                assert_eq!(length(of, bits), text(of, bits).len(), "{of:?} {bits}");
            }
        }
    }
}
