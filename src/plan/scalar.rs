//! The element types of shared values and arrays: the C type codes of CPython's `array` module and Rust's own names.

use serde::{Deserialize, Serialize};

/// A number type that a shared value or array can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// 32 bits, signed; codes `i`.
    I32,
    /// 32 bits, unsigned; codes `I` and `u` (a `wchar_t`).
    U32,
    /// 64 bits, signed; codes `l` and `q`.
    I64,
    /// 64 bits, unsigned; codes `L` and `Q`.
    U64,
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
            ScalarType::I64 | ScalarType::U64 | ScalarType::F64 => 8,
        }
    }
}
