//! The methods that all atomics have, written once: within the `impl` of a type that has a real one in it, an `object()` and the `bits` of
//! a value.

/// The methods of an atomic whose value has this type.
macro_rules! methods {
    ($of:ty) => {
        /// # Safety
        /// As `std` says.
        #[inline]
        pub const unsafe fn from_ptr<'a>(ptr: *mut $of) -> &'a Self {
            // SAFETY: the caller promises what std asks for, and this type has the layout of std's.
            unsafe { &*ptr.cast() }
        }

        #[inline]
        pub fn get_mut(&mut self) -> &mut $of {
            self.0.get_mut()
        }

        #[inline]
        pub const fn into_inner(self) -> $of {
            self.0.into_inner()
        }

        #[inline]
        pub const fn as_ptr(&self) -> *mut $of {
            self.0.as_ptr()
        }

        #[inline]
        #[track_caller]
        fn update_by(&self, order: Ordering, update: impl FnOnce() -> $of, after: impl FnOnce($of) -> $of) -> $of {
            self.object().updates(order, || {
                let before = update();
                (before, Self::bits(before), Self::bits(after(before)))
            })
        }

        #[inline]
        #[track_caller]
        pub fn load(&self, order: Ordering) -> $of {
            self.object().reads(order, || self.0.load(order), Self::bits)
        }

        #[inline]
        #[track_caller]
        pub fn store(&self, value: $of, order: Ordering) {
            self.object().writes(order, Self::bits(value), || self.0.store(value, order));
        }

        #[inline]
        #[track_caller]
        pub fn swap(&self, value: $of, order: Ordering) -> $of {
            self.update_by(order, || self.0.swap(value, order), |_| value)
        }

        #[inline]
        #[track_caller]
        #[deprecated(since = "1.50.0", note = "Use `compare_exchange` or `compare_exchange_weak` instead")]
        pub fn compare_and_swap(&self, current: $of, new: $of, order: Ordering) -> $of {
            let failure = match order {
                Ordering::AcqRel => Ordering::Acquire,
                Ordering::Release => Ordering::Relaxed,
                other => other,
            };
            match self.compare_exchange(current, new, order, failure) {
                Ok(before) | Err(before) => before,
            }
        }

        #[inline]
        #[track_caller]
        pub fn compare_exchange(
            &self,
            current: $of,
            new: $of,
            success: Ordering,
            failure: Ordering,
        ) -> Result<$of, $of> {
            self.object().updates(success, || match self.0.compare_exchange(current, new, success, failure) {
                Ok(before) => (Ok(before), Self::bits(before), Self::bits(new)),
                Err(before) => (Err(before), Self::bits(before), Self::bits(before)),
            })
        }

        /// To nbrun it never fails for no reason: those who look for the reason of an outcome would find none.
        #[inline]
        #[track_caller]
        pub fn compare_exchange_weak(
            &self,
            current: $of,
            new: $of,
            success: Ordering,
            failure: Ordering,
        ) -> Result<$of, $of> {
            self.compare_exchange(current, new, success, failure)
        }

        #[inline]
        #[track_caller]
        pub fn fetch_update<F>(&self, set_order: Ordering, fetch_order: Ordering, mut f: F) -> Result<$of, $of>
        where
            F: FnMut($of) -> Option<$of>,
        {
            let mut before = self.load(fetch_order);
            while let Some(new) = f(before) {
                match self.compare_exchange_weak(before, new, set_order, fetch_order) {
                    Ok(before) => return Ok(before),
                    Err(now) => before = now,
                }
            }
            Err(before)
        }

        #[inline]
        #[track_caller]
        pub fn try_update(
            &self,
            set_order: Ordering,
            fetch_order: Ordering,
            f: impl FnMut($of) -> Option<$of>,
        ) -> Result<$of, $of> {
            self.fetch_update(set_order, fetch_order, f)
        }

        #[inline]
        #[track_caller]
        pub fn update(&self, set_order: Ordering, fetch_order: Ordering, mut f: impl FnMut($of) -> $of) -> $of {
            match self.fetch_update(set_order, fetch_order, |before| Some(f(before))) {
                Ok(before) | Err(before) => before,
            }
        }
    };
}

pub(super) use methods;
