//! What has come before: a number of 128 bits for each event, worked out from all events that it depends on.
//!
//! An event depends on its worker's event before it, and on those that conflict with it: one that only reads on the last that wrote, one that
//! writes on that and on all that have read since. So two interleavings give a worker's last event the same number if they order all conflicting
//! events before it alike (they are one Mazurkiewicz trace up to there), and no two others do, but by a chance of one in 2^128 or so.

/// The number of an event; 0 is that of none.
pub type Token = u128;

/// Mixes numbers into one (MurmurHash3, the variant of 128 bits for 64-bit machines).
#[derive(Debug, Clone, Copy)]
pub struct Mixer(u64, u64);

impl Mixer {
    /// Begins with a number.
    pub fn new(first: Token) -> Self {
        Self(0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f).and(first)
    }

    /// Mixes another number in.
    pub fn and(self, number: Token) -> Self {
        const C1: u64 = 0x87c3_7b91_1142_53d5;
        const C2: u64 = 0x4cf5_ad43_2745_937f;
        let (k1, k2) = (number as u64, (number >> 64) as u64);
        let Self(mut h1, mut h2) = self;
        h1 ^= k1.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2);
        h1 = h1.rotate_left(27).wrapping_add(h2).wrapping_mul(5).wrapping_add(0x52dc_e729);
        h2 ^= k2.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1);
        h2 = h2.rotate_left(31).wrapping_add(h1).wrapping_mul(5).wrapping_add(0x3849_5ab5);
        Self(h1, h2)
    }

    /// All of them as one.
    pub fn token(self) -> Token {
        let last = |mut h: u64| {
            h ^= h >> 33;
            h = h.wrapping_mul(0xff51_afd7_ed55_8ccd);
            h ^= h >> 33;
            h = h.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
            h ^ h >> 33
        };
        let Self(h1, h2) = self;
        let (h1, h2) = (h1.wrapping_add(h2), h2.wrapping_add(h1.wrapping_add(h2)));
        let (h1, h2) = (last(h1), last(h2));
        let h1 = h1.wrapping_add(h2);
        u128::from(h1) | u128::from(h2.wrapping_add(h1)) << 64
    }
}

/// What has been done to something that workers share.
#[derive(Debug, Clone, Copy, Default)]
pub struct Past {
    /// The last event that wrote it.
    pub write: Token,
    /// All events that have read it since, as one number whatever their order.
    reads: Token,
    /// The latest time of any worker that has written it, and that of any that has read it since, in nanoseconds.
    times: (u64, u64),
}

impl Past {
    /// Mixes in what an event depends on that reads it, or `writes` it.
    pub fn mixed(&self, mixer: Mixer, writes: bool) -> Mixer {
        let mixer = mixer.and(self.write);
        if writes { mixer.and(self.reads) } else { mixer }
    }

    /// The latest time of all events that one depends on that reads it, or `writes` it.
    pub fn time(&self, writes: bool) -> u64 {
        let (written, read) = self.times;
        if writes { written.max(read) } else { written }
    }

    /// Takes note of an event at a time.
    pub fn note(&mut self, event: Token, writes: bool, time: u64) {
        let (written, read) = self.times;
        if writes {
            (self.write, self.reads, self.times) = (event, 0, (written.max(time), 0));
        } else {
            (self.reads, self.times) = (self.reads.wrapping_add(event), (written, read.max(time)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of events, each that of who does it and whether it writes, on one object.
    fn numbers(events: &[(usize, bool)]) -> [Token; 3] {
        let (mut past, mut last) = (Past::default(), [1, 2, 3]);
        for (who, writes) in events {
            let event = past.mixed(Mixer::new(last[*who]), *writes).token();
            past.note(event, *writes, 0);
            last[*who] = event;
        }
        last
    }

    #[test]
    fn only_the_order_of_conflicting_events_matters() {
        let (read, write) = (false, true);
        let reads = numbers(&[(2, write), (0, read), (1, read)]);
        assert_eq!(reads, numbers(&[(2, write), (1, read), (0, read)]));
        assert_ne!(reads, numbers(&[(0, read), (2, write), (1, read)]));
        let written = numbers(&[(0, read), (1, read), (2, write)]);
        assert_eq!(written, numbers(&[(1, read), (0, read), (2, write)]));
        assert_ne!(written, numbers(&[(1, read), (2, write), (0, read)]));
        assert_ne!(numbers(&[(0, write), (1, write)]), numbers(&[(1, write), (0, write)]));
    }
}
