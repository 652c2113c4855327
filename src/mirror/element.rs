//! Which element of a list an object is. An object itself cannot know, as what makes it may be called at compile time. So a list is told
//! where it is bound to a name under which its elements keep their order.

use crate::seam::Identity;
use crate::sync::mpsc::{Receiver, Sender, SyncSender};
use crate::sync::{Barrier, Condvar, Mutex, RwLock};
use ::std::collections::VecDeque;
use ::std::ops::Deref;
use ::std::panic::Location;
use ::std::rc::Rc;
use ::std::sync::Arc;

/// What is followed, by itself or as a part of something.
pub trait Element {
    /// Hands over those that it is, or consists of.
    fn each(&self, tell: &mut dyn FnMut(&Identity));
}

/// Elements in an order.
pub trait List {
    /// Hands over what each of them consists of, with its number from 0.
    fn each(&self, tell: &mut dyn FnMut(usize, &Identity));
}

macro_rules! elements {
    ($($name:ident<$of:ident>)*) => { $(
        impl<$of: ?Sized> Element for $name<$of> {
            fn each(&self, tell: &mut dyn FnMut(&Identity)) {
                tell(self.identity());
            }
        }
    )* };
}

elements! { Mutex<T> RwLock<T> }

macro_rules! plain {
    ($($name:ty)*) => { $(
        impl Element for $name {
            fn each(&self, tell: &mut dyn FnMut(&Identity)) {
                tell(self.identity());
            }
        }
    )* };
}

plain! { Condvar Barrier }

macro_rules! ends {
    ($($name:ident)*) => { $(
        impl<T> Element for $name<T> {
            fn each(&self, tell: &mut dyn FnMut(&Identity)) {
                tell(self.identity());
            }
        }
    )* };
}

ends! { Sender SyncSender Receiver }

impl<A: Element, B: Element> Element for (A, B) {
    fn each(&self, tell: &mut dyn FnMut(&Identity)) {
        self.0.each(tell);
        self.1.each(tell);
    }
}

impl<E: Element> List for [E] {
    fn each(&self, tell: &mut dyn FnMut(usize, &Identity)) {
        self.iter().enumerate().for_each(|(index, element)| element.each(&mut |it| tell(index, it)));
    }
}

impl<E: Element, const N: usize> List for [E; N] {
    fn each(&self, tell: &mut dyn FnMut(usize, &Identity)) {
        self.as_slice().each(tell);
    }
}

impl<E: Element> List for Vec<E> {
    fn each(&self, tell: &mut dyn FnMut(usize, &Identity)) {
        self.as_slice().each(tell);
    }
}

impl<E: Element> List for VecDeque<E> {
    fn each(&self, tell: &mut dyn FnMut(usize, &Identity)) {
        self.iter().enumerate().for_each(|(index, element)| element.each(&mut |it| tell(index, it)));
    }
}

macro_rules! pointers {
    ($($pointer:ident)*) => { $(
        impl<E: Element + ?Sized> Element for $pointer<E> {
            fn each(&self, tell: &mut dyn FnMut(&Identity)) {
                (**self).each(tell);
            }
        }

        impl<L: List + ?Sized> List for $pointer<L> {
            fn each(&self, tell: &mut dyn FnMut(usize, &Identity)) {
                (**self).each(tell);
            }
        }
    )* };
}

pointers! { Arc Rc Box }

/// What is bound to a name, of whatever type. A notebook's root calls its method without an import, which could be told to be unused: where
/// it is no list, the method of [`Other`] is found.
pub struct Bound<'a, T>(pub &'a T, pub Other);

/// What is no list.
pub struct Other;

impl<L: List> Bound<'_, L> {
    /// Tells the elements which they are, if they were made between these two places of the caller's file.
    #[track_caller]
    pub fn __tell_elements(&self, between: [(u32, u32); 2]) {
        let file = Location::caller().file();
        self.0.each(&mut |index, it| it.is_element(index, file, between));
    }
}

impl Other {
    /// Does nothing.
    pub fn __tell_elements(&self, _between: [(u32, u32); 2]) {}
}

impl<T> Deref for Bound<'_, T> {
    type Target = Other;

    fn deref(&self) -> &Other {
        &self.1
    }
}
