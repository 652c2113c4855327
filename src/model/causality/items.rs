//! The items of a queue: each is put once and taken once, and its number says which put belongs to which get.

use crate::model::{Action, Event};

/// An item, and where it was put and taken, as far as the trace has that.
pub struct Item<T> {
    /// Its number, from 0.
    pub number: u64,
    /// Its [`Action::Put`].
    pub put: Option<T>,
    /// Its [`Action::Get`].
    pub get: Option<T>,
}

/// The items of a queue in the order of their numbers, from its events, each with whatever it is to be known by.
pub fn items<'a, T>(events: impl IntoIterator<Item = (T, &'a Event)>) -> impl Iterator<Item = Item<T>> {
    let (mut puts, mut gets) = (Vec::new(), Vec::new());
    for (known_by, event) in events {
        match event.action {
            Action::Put { item, .. } => puts.push((item, known_by)),
            Action::Get { item, .. } => gets.push((item, known_by)),
            _ => {}
        }
    }
    for all in [&mut puts, &mut gets] {
        if !all.is_sorted_by_key(|(number, _)| *number) {
            all.sort_by_key(|(number, _)| *number);
        }
        all.dedup_by_key(|(number, _)| *number);
    }
    let (mut puts, mut gets) = (puts.into_iter().peekable(), gets.into_iter().peekable());
    std::iter::from_fn(move || {
        let next = [puts.peek(), gets.peek()].into_iter().flatten().map(|(number, _)| *number).min();
        let number = next?;
        let put = puts.next_if(|(other, _)| *other == number).map(|(_, put)| put);
        let get = gets.next_if(|(other, _)| *other == number).map(|(_, get)| get);
        Some(Item { number, put, get })
    })
}
