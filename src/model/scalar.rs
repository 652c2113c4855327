//! The element types of shared values and arrays: the C type codes of CPython's `array` module and Rust's own names.

use serde::{Deserialize, Serialize};

/// A number type that a shared value or array can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ScalarType {
    /// 8 bits, signed; code `b`.
    I8,
    /// 8 bits, unsigned; codes `B` and `c`.
    U8,
    /// 16 bits, signed; code `h`.
    I16,
    /// 16 bits, unsigned; code `H`.
    U16,
    /// 32 bits, signed; code `i`.
    I32,
    /// 32 bits, unsigned; codes `I` and `u` (a `wchar_t`).
    U32,
    /// 64 bits, signed; codes `l` and `q`.
    I64,
    /// 64 bits, unsigned; codes `L` and `Q`.
    U64,
    /// As many bits as an address has, signed; no code.
    Isize,
    /// As many bits as an address has, unsigned; no code.
    Usize,
    /// An IEEE 754 single; code `f`.
    F32,
    /// An IEEE 754 double; code `d`.
    F64,
}

/// A number of a [`ScalarType`], checked to fit it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scalar {
    /// Any of the signed integers.
    Signed(i64),
    /// Any of the unsigned integers.
    Unsigned(u64),
    /// Either float.
    Float(f64),
}

impl ScalarType {
    /// A number of this type from its bits, as Rust would print it.
    pub fn text(self, bits: u64) -> String {
        match self {
            ScalarType::I8 => (bits as i8).to_string(),
            ScalarType::I16 => (bits as i16).to_string(),
            ScalarType::I32 => (bits as i32).to_string(),
            ScalarType::I64 | ScalarType::Isize => (bits as i64).to_string(),
            ScalarType::U8 | ScalarType::U16 | ScalarType::U32 | ScalarType::U64 | ScalarType::Usize => {
                bits.to_string()
            }
            ScalarType::F32 => format!("{:?}", f32::from_bits(bits as u32)),
            ScalarType::F64 => format!("{:?}", f64::from_bits(bits)),
        }
    }

    /// The Rust type's name.
    pub fn rust_name(self) -> &'static str {
        match self {
            ScalarType::I8 => "i8",
            ScalarType::U8 => "u8",
            ScalarType::I16 => "i16",
            ScalarType::U16 => "u16",
            ScalarType::I32 => "i32",
            ScalarType::U32 => "u32",
            ScalarType::I64 => "i64",
            ScalarType::U64 => "u64",
            ScalarType::Isize => "isize",
            ScalarType::Usize => "usize",
            ScalarType::F32 => "f32",
            ScalarType::F64 => "f64",
        }
    }

    /// The size of one element in bytes.
    pub fn size(self) -> usize {
        match self {
            ScalarType::I8 | ScalarType::U8 => 1,
            ScalarType::I16 | ScalarType::U16 => 2,
            ScalarType::I32 | ScalarType::U32 | ScalarType::F32 => 4,
            ScalarType::I64 | ScalarType::U64 | ScalarType::Isize | ScalarType::Usize | ScalarType::F64 => 8,
        }
    }

    /// The type that a C type code or a Rust name stands for.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "b" | "i8" => ScalarType::I8,
            "B" | "c" | "u8" => ScalarType::U8,
            "h" | "i16" => ScalarType::I16,
            "H" | "u16" => ScalarType::U16,
            "i" | "i32" => ScalarType::I32,
            "I" | "u" | "u32" => ScalarType::U32,
            "l" | "q" | "i64" => ScalarType::I64,
            "L" | "Q" | "u64" => ScalarType::U64,
            "isize" => ScalarType::Isize,
            "usize" => ScalarType::Usize,
            "f" | "f32" => ScalarType::F32,
            "d" | "f64" => ScalarType::F64,
            _ => return None,
        })
    }

    /// Zero.
    pub fn zero(self) -> Scalar {
        match self.integers() {
            Some((0, _)) => Scalar::Unsigned(0),
            Some(_) => Scalar::Signed(0),
            None => Scalar::Float(0.0),
        }
    }

    /// The smallest and the largest integer of an integer type; `None` for a float.
    pub fn integers(self) -> Option<(i128, i128)> {
        Some(match self {
            ScalarType::I8 => (i8::MIN.into(), i8::MAX.into()),
            ScalarType::U8 => (0, u8::MAX.into()),
            ScalarType::I16 => (i16::MIN.into(), i16::MAX.into()),
            ScalarType::U16 => (0, u16::MAX.into()),
            ScalarType::I32 => (i32::MIN.into(), i32::MAX.into()),
            ScalarType::U32 => (0, u32::MAX.into()),
            ScalarType::I64 | ScalarType::Isize => (i64::MIN.into(), i64::MAX.into()),
            ScalarType::U64 | ScalarType::Usize => (0, u64::MAX.into()),
            ScalarType::F32 | ScalarType::F64 => return None,
        })
    }

    /// An integer as a number of this type.
    ///
    /// # Errors
    /// What does not fit, as a diagnostic's message.
    pub fn from_integer(self, number: i128) -> Result<Scalar, String> {
        let Some((low, high)) = self.integers() else { return self.from_float(number as f64) };
        let fits = if low < 0 {
            i64::try_from(number).map(Scalar::Signed).ok()
        } else {
            u64::try_from(number).map(Scalar::Unsigned).ok()
        };
        match fits {
            Some(scalar) if (low..=high).contains(&number) => Ok(scalar),
            _ => Err(format!("{number} does not fit {} ({low} to {high})", self.rust_name())),
        }
    }

    /// A float as a number of this type.
    ///
    /// # Errors
    /// What does not fit, as a diagnostic's message.
    pub fn from_float(self, number: f64) -> Result<Scalar, String> {
        if self.integers().is_some() {
            return Err(format!("{number:?} is not a whole number, and {} holds nothing else", self.rust_name()));
        }
        if self == ScalarType::F32 && number.is_finite() && !(number as f32).is_finite() {
            return Err(format!("{number:e} does not fit f32 (at most {:e})", f32::MAX));
        }
        Ok(Scalar::Float(number))
    }
}
