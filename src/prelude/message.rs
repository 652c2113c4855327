//! What can cross from one worker to another.

/// A value that can be sent through a [`Queue`](crate::Queue) or returned by a pool's task.
///
/// The encoding is nbrun's own, little-endian and without padding; it never leaves the machine.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent from one worker to another",
    label = "not a `Message`",
    note = "numbers, bool, char, String, Vec, Option, Result, tuples and arrays of them can,\n\
            and so can a struct or enum of your own with `#[derive(Message)]`"
)]
pub trait Message: Sized + 'static {
    /// The most bytes that an encoded value takes, where that can be said beforehand.
    const MAX_BYTES: Option<usize> = None;

    /// Appends the encoded value to `out`.
    fn encode(&self, out: &mut Vec<u8>);

    /// Takes a value from the head of `input`; `None` if the bytes are not one.
    fn decode(input: &mut &[u8]) -> Option<Self>;

    /// Appends many values, without their number.
    fn encode_all(items: &[Self], out: &mut Vec<u8>) {
        for item in items {
            item.encode(out);
        }
    }

    /// Takes `len` values from the head of `input`.
    fn decode_all(len: usize, input: &mut &[u8]) -> Option<Vec<Self>> {
        // A damaged length must not make us ask for all memory: the vector grows as items really come.
        let mut items = Vec::with_capacity(len.min(input.len()));
        for _ in 0..len {
            items.push(Self::decode(input)?);
        }
        Some(items)
    }
}

/// What several values take together at most.
pub const fn sum(parts: &[Option<usize>]) -> Option<usize> {
    let (mut sum, mut n) = (0_usize, 0);
    while n < parts.len() {
        let Some(part) = parts[n] else { return None };
        let Some(more) = sum.checked_add(part) else { return None };
        sum = more;
        n += 1;
    }
    Some(sum)
}

/// What one of several values takes at most.
pub const fn largest(parts: &[Option<usize>]) -> Option<usize> {
    let (mut largest, mut n) = (0, 0);
    while n < parts.len() {
        let Some(part) = parts[n] else { return None };
        largest = if part > largest { part } else { largest };
        n += 1;
    }
    Some(largest)
}

fn take<'a>(input: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (head, tail) = input.split_at_checked(len)?;
    *input = tail;
    Some(head)
}

fn encode_len(len: usize, out: &mut Vec<u8>) {
    (len as u64).encode(out);
}

fn decode_len(input: &mut &[u8]) -> Option<usize> {
    usize::try_from(u64::decode(input)?).ok()
}

// All inline: with a dozen types, compiling them where they are used is the smaller part by far.
macro_rules! number {
    ($($t:ty)*) => { $(
        impl Message for $t {
            const MAX_BYTES: Option<usize> = Some(size_of::<$t>());
            #[inline]
            fn encode(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            #[inline]
            fn decode(input: &mut &[u8]) -> Option<Self> {
                Some(<$t>::from_le_bytes(take(input, size_of::<$t>())?.try_into().ok()?))
            }
            #[inline]
            fn encode_all(items: &[Self], out: &mut Vec<u8>) {
                out.reserve(size_of_val(items));
                out.extend(items.iter().flat_map(|item| item.to_le_bytes()));
            }
            #[inline]
            fn decode_all(len: usize, input: &mut &[u8]) -> Option<Vec<Self>> {
                let bytes = take(input, len.checked_mul(size_of::<$t>())?)?;
                Some(bytes.as_chunks().0.iter().map(|chunk| <$t>::from_le_bytes(*chunk)).collect())
            }
        }
    )* };
}
number!(i8 i16 i32 i64 i128 isize u16 u32 u64 u128 usize f32 f64);

impl Message for u8 {
    const MAX_BYTES: Option<usize> = Some(1);
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }
    fn decode(input: &mut &[u8]) -> Option<Self> {
        Some(take(input, 1)?[0])
    }
    fn encode_all(items: &[Self], out: &mut Vec<u8>) {
        out.extend_from_slice(items);
    }
    fn decode_all(len: usize, input: &mut &[u8]) -> Option<Vec<Self>> {
        Some(take(input, len)?.to_vec())
    }
}

impl Message for bool {
    const MAX_BYTES: Option<usize> = Some(1);
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn decode(input: &mut &[u8]) -> Option<Self> {
        match u8::decode(input)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Message for char {
    const MAX_BYTES: Option<usize> = Some(4);
    fn encode(&self, out: &mut Vec<u8>) {
        u32::from(*self).encode(out);
    }
    fn decode(input: &mut &[u8]) -> Option<Self> {
        char::from_u32(u32::decode(input)?)
    }
}

impl Message for String {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_len(self.len(), out);
        out.extend_from_slice(self.as_bytes());
    }
    fn decode(input: &mut &[u8]) -> Option<Self> {
        let len = decode_len(input)?;
        String::from_utf8(take(input, len)?.to_vec()).ok()
    }
}

impl Message for &'static str {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_len(self.len(), out);
        out.extend_from_slice(self.as_bytes());
    }
    /// The text outlives the message, so it is leaked: fine for the few constant texts that this is meant for.
    fn decode(input: &mut &[u8]) -> Option<Self> {
        Some(String::decode(input)?.leak())
    }
}

impl<T: Message> Message for Vec<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_len(self.len(), out);
        T::encode_all(self, out);
    }
    fn decode(input: &mut &[u8]) -> Option<Self> {
        let len = decode_len(input)?;
        T::decode_all(len, input)
    }
}

impl<T: Message> Message for Box<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        (**self).encode(out);
    }
    fn decode(input: &mut &[u8]) -> Option<Self> {
        T::decode(input).map(Box::new)
    }
}

impl<T: Message> Message for Option<T> {
    const MAX_BYTES: Option<usize> = sum(&[bool::MAX_BYTES, T::MAX_BYTES]);
    fn encode(&self, out: &mut Vec<u8>) {
        self.is_some().encode(out);
        if let Some(value) = self {
            value.encode(out);
        }
    }
    fn decode(input: &mut &[u8]) -> Option<Self> {
        if bool::decode(input)? { T::decode(input).map(Some) } else { Some(None) }
    }
}

impl<T: Message, E: Message> Message for Result<T, E> {
    const MAX_BYTES: Option<usize> = sum(&[bool::MAX_BYTES, largest(&[T::MAX_BYTES, E::MAX_BYTES])]);
    fn encode(&self, out: &mut Vec<u8>) {
        self.is_ok().encode(out);
        match self {
            Ok(value) => value.encode(out),
            Err(error) => error.encode(out),
        }
    }
    fn decode(input: &mut &[u8]) -> Option<Self> {
        if bool::decode(input)? { T::decode(input).map(Ok) } else { E::decode(input).map(Err) }
    }
}

impl<T: Message, const N: usize> Message for [T; N] {
    const MAX_BYTES: Option<usize> = match T::MAX_BYTES {
        Some(most) => most.checked_mul(N),
        None => None,
    };
    fn encode(&self, out: &mut Vec<u8>) {
        T::encode_all(self, out);
    }
    fn decode(input: &mut &[u8]) -> Option<Self> {
        T::decode_all(N, input)?.try_into().ok()
    }
}

impl Message for () {
    const MAX_BYTES: Option<usize> = Some(0);
    fn encode(&self, _out: &mut Vec<u8>) {}
    fn decode(_input: &mut &[u8]) -> Option<Self> {
        Some(())
    }
}

macro_rules! tuple {
    ($($name:ident)+) => {
        impl<$($name: Message),+> Message for ($($name,)+) {
            const MAX_BYTES: Option<usize> = sum(&[$($name::MAX_BYTES),+]);
            #[allow(non_snake_case)]
            fn encode(&self, out: &mut Vec<u8>) {
                let ($($name,)+) = self;
                $($name.encode(out);)+
            }
            fn decode(input: &mut &[u8]) -> Option<Self> {
                Some(($($name::decode(input)?,)+))
            }
        }
    };
}
tuple!(A);
tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
tuple!(A B C D E);
tuple!(A B C D E F);
tuple!(A B C D E F G);
tuple!(A B C D E F G H);
