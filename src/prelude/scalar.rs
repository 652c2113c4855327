//! The numbers that a shared value or array can hold.

/// A number with a fixed layout in shared memory.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number that workers can share",
    label = "not a number",
    note = "a shared value or array holds numbers: i8 to i64, u8 to u64, isize, usize, f32 or f64;\n\
            what is none can go through a `Queue`"
)]
pub trait Scalar: Copy + PartialEq + std::fmt::Debug + Send + Sync + 'static {
    /// Its bits, zero-extended.
    fn to_bits64(self) -> u64;
    /// The number with these bits.
    fn from_bits64(bits: u64) -> Self;
    /// The sum as the type's own arithmetic has it: integers wrap around, as C's do.
    fn plus(self, other: Self) -> Self;
    /// The difference, likewise.
    fn minus(self, other: Self) -> Self;
    /// The product, likewise.
    fn times(self, other: Self) -> Self;
}

macro_rules! integer {
    ($($t:ty as $unsigned:ty)*) => { $(
        impl Scalar for $t {
            fn to_bits64(self) -> u64 { self as $unsigned as u64 }
            fn from_bits64(bits: u64) -> Self { bits as $t }
            fn plus(self, other: Self) -> Self { self.wrapping_add(other) }
            fn minus(self, other: Self) -> Self { self.wrapping_sub(other) }
            fn times(self, other: Self) -> Self { self.wrapping_mul(other) }
        }
    )* };
}
integer!(i8 as u8 u8 as u8 i16 as u16 u16 as u16 i32 as u32 u32 as u32 i64 as u64 u64 as u64 isize as usize usize as usize);

macro_rules! float {
    ($($t:ty as $bits:ty)*) => { $(
        impl Scalar for $t {
            fn to_bits64(self) -> u64 { u64::from(self.to_bits()) }
            fn from_bits64(bits: u64) -> Self { <$t>::from_bits(bits as $bits) }
            fn plus(self, other: Self) -> Self { self + other }
            fn minus(self, other: Self) -> Self { self - other }
            fn times(self, other: Self) -> Self { self * other }
        }
    )* };
}
float!(f32 as u32 f64 as u64);
