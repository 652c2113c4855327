//! The numbers in a record's events, which are bits of the type that their resource has.

use crate::plan::ScalarType;

/// A number from its bits, as Rust would print it.
pub fn text(of: ScalarType, bits: u64) -> String {
    match of {
        ScalarType::I8 => (bits as i8).to_string(),
        ScalarType::I16 => (bits as i16).to_string(),
        ScalarType::I32 => (bits as i32).to_string(),
        ScalarType::I64 => (bits as i64).to_string(),
        ScalarType::U8 | ScalarType::U16 | ScalarType::U32 | ScalarType::U64 => bits.to_string(),
        ScalarType::F32 => format!("{:?}", f32::from_bits(bits as u32)),
        ScalarType::F64 => format!("{:?}", f64::from_bits(bits)),
    }
}

/// About how large it is, for a picture of it.
pub fn magnitude(of: ScalarType, bits: u64) -> f64 {
    match of {
        ScalarType::I8 => f64::from(bits as i8),
        ScalarType::I16 => f64::from(bits as i16),
        ScalarType::I32 => f64::from(bits as i32),
        ScalarType::I64 => bits as i64 as f64,
        ScalarType::U8 | ScalarType::U16 | ScalarType::U32 | ScalarType::U64 => bits as f64,
        ScalarType::F32 => f64::from(f32::from_bits(bits as u32)),
        ScalarType::F64 => f64::from_bits(bits),
    }
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
}
