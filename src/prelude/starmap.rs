//! A pool's `starmap`: calls with the elements of tuples as their arguments.

use crate::message::Message;
use crate::pool::over_map;
use std::fmt::Debug;

/// What can be called with the elements of the tuple `Args`.
#[diagnostic::on_unimplemented(
    message = "this cannot be called with the elements of `{Args}`",
    label = "`starmap` calls this",
    note = "`over` gives tuples of one to six elements, and the callable takes as many arguments, of these very types"
)]
pub trait Spread<Args, R> {
    /// Calls it.
    fn spread(&self, args: Args) -> R;
}

macro_rules! spread {
    ($($name:ident)+) => {
        impl<F: Fn($($name),+) -> R, R, $($name),+> Spread<($($name,)+), R> for F {
            #[allow(non_snake_case)]
            fn spread(&self, ($($name,)+): ($($name,)+)) -> R {
                self($($name),+)
            }
        }
    };
}
spread!(A);
spread!(A B);
spread!(A B C);
spread!(A B C D);
spread!(A B C D E);
spread!(A B C D E G);

/// Runs `call` once for each tuple of `items` and shows the list of results.
pub fn over_starmap<I, T, F>(items: impl IntoIterator<Item = I>, call: F)
where
    I: Send,
    T: Message + Debug,
    F: Spread<I, T> + Sync,
{
    over_map(items, move |args| call.spread(args));
}

/// [`over_starmap`] with its arguments in the other order, as they may stand in the notebook.
pub fn starmap_over<I, T, F>(call: F, items: impl IntoIterator<Item = I>)
where
    I: Send,
    T: Message + Debug,
    F: Spread<I, T> + Sync,
{
    over_starmap(items, call);
}
