//! The writable memory of the notebook's library, which each execution finds as it was when the library had been connected.

use nix::libc::{self, PF_W, PT_GNU_RELRO, PT_LOAD, c_int, c_void, dl_iterate_phdr, dl_phdr_info, size_t};

/// The size of a page, below which the system protects nothing.
const PAGE: usize = 4096;

/// A copy of what can be written of a library: its statics.
pub struct Image {
    segments: Vec<Segment>,
}

struct Segment {
    address: usize,
    copy: Vec<u8>,
}

/// What is looked for among all that is loaded.
struct Wanted {
    /// An address inside of it.
    inside: usize,
    found: Vec<(usize, usize)>,
}

impl Image {
    /// One of nothing, for code that is no library.
    #[cfg(test)]
    pub fn of_nothing() -> Self {
        Self { segments: Vec::new() }
    }

    /// Takes a copy of what can be written of the library that has this function.
    pub fn of_library_with(function: extern "C" fn() -> i32) -> Self {
        let mut wanted = Wanted { inside: function as usize, found: Vec::new() };
        // SAFETY: the callback has the type that is asked for, and `wanted` lives until the call returns.
        unsafe { dl_iterate_phdr(Some(look), (&raw mut wanted).cast()) };
        let segment = |(address, len): (usize, usize)| {
            // SAFETY: the loader has mapped these bytes to be read and written, and the library is never unloaded. Nobody else runs: an
            // exploration has one thread.
            let copy = unsafe { std::slice::from_raw_parts(address as *const u8, len) }.to_vec();
            Segment { address, copy }
        };
        Self { segments: wanted.found.into_iter().map(segment).collect() }
    }

    /// Makes that memory as it was.
    pub fn restore(&self) {
        for Segment { address, copy } in &self.segments {
            // SAFETY: as above. No fiber runs that could hold a reference into it: those of the last execution have been given up and never
            // run again, and nbrun itself keeps none.
            unsafe { std::ptr::copy_nonoverlapping(copy.as_ptr(), *address as *mut u8, copy.len()) };
        }
    }
}

/// Looks at one of the things that are loaded: whether it is the library, and which memory of it can be written.
unsafe extern "C" fn look(info: *mut dl_phdr_info, _: size_t, wanted: *mut c_void) -> c_int {
    // SAFETY: the loader passes a description that is valid during the call, and what was given to `dl_iterate_phdr`.
    let (info, wanted) = unsafe { (&*info, &mut *wanted.cast::<Wanted>()) };
    if info.dlpi_phdr.is_null() {
        return 0;
    }
    // SAFETY: the loader says how many headers there are.
    let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
    let range = |header: &libc::Elf64_Phdr| {
        let start = info.dlpi_addr as usize + header.p_vaddr as usize;
        start..start + header.p_memsz as usize
    };
    let loaded = || headers.iter().filter(|header| header.p_type == PT_LOAD);
    if !loaded().any(|header| range(header).contains(&wanted.inside)) {
        return 0;
    }
    // What was relocated at the beginning is read-only by now, in whole pages.
    let fixed: Vec<_> = headers.iter().filter(|header| header.p_type == PT_GNU_RELRO).map(range).collect();
    for writable in loaded().filter(|header| header.p_flags & PF_W != 0).map(range) {
        let behind = fixed.iter().filter(|fixed| writable.contains(&fixed.start)).map(|fixed| fixed.end & !(PAGE - 1));
        let start = behind.fold(writable.start, usize::max);
        if start < writable.end {
            wanted.found.push((start, writable.end - start));
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    extern "C" fn here() -> i32 {
        0
    }

    #[test]
    fn the_writable_memory_of_who_has_a_function_is_found() {
        static CHANGES: AtomicU32 = AtomicU32::new(5);
        let image = Image::of_library_with(here);
        let address = CHANGES.as_ptr() as usize;
        let holding = |segment: &&Segment| (segment.address..segment.address + segment.copy.len()).contains(&address);
        // Restoring would disturb the tests that run meanwhile.
        let segment = image.segments.iter().find(holding).expect("the segment with the static");
        let place = address - segment.address;
        assert_eq!(&segment.copy[place..place + 4], &5_u32.to_ne_bytes());
        CHANGES.store(6, Relaxed);
        assert_eq!(&segment.copy[place..place + 4], &5_u32.to_ne_bytes());
    }
}
