//! What is shared in some state of a cell: only what is no longer as it was at the beginning. What never changes costs a state
//! nothing, however much of it is declared.

use super::model::ModelObject;
use crate::shared::WorkerId;
use std::hash::{Hash, Hasher};
use std::ops::Index;
use std::rc::Rc;

/// All things of a cell, by id.
#[derive(Debug, Clone)]
pub struct Shared {
    /// As they are at the beginning; the same for all states.
    first: Rc<[ModelObject]>,
    /// Those that differ from that, in order of their ids.
    changed: Vec<(u32, ModelObject)>,
}

impl Shared {
    /// At the beginning.
    pub fn new(first: Vec<ModelObject>) -> Self {
        Self { first: first.into(), changed: Vec::new() }
    }

    /// A thing, if there is one of this id.
    #[inline]
    pub fn get(&self, id: usize) -> Option<&ModelObject> {
        match self.place(id) {
            Ok(place) => Some(&self.changed[place].1),
            Err(_) => self.first.get(id),
        }
    }

    /// Changes a thing, if there is one of this id.
    #[inline]
    pub fn change<R>(&mut self, id: usize, how: impl FnOnce(&mut ModelObject) -> R) -> Option<R> {
        let first = self.first.get(id)?;
        match self.place(id) {
            Ok(place) => {
                let done = how(&mut self.changed[place].1);
                if is_as(&self.changed[place].1, first) {
                    self.changed.remove(place);
                }
                Some(done)
            }
            Err(place) => {
                let mut object = first.clone();
                let done = how(&mut object);
                if !is_as(&object, first) {
                    self.changed.insert(place, (id as u32, object));
                }
                Some(done)
            }
        }
    }

    /// What a worker holds, by id. At the beginning nobody holds anything.
    #[inline]
    pub fn held_by(&self, worker: WorkerId) -> impl Iterator<Item = usize> {
        self.changed.iter().filter(move |(_, object)| object.is_held_by(worker)).map(|(id, _)| *id as usize)
    }

    /// All of them, as they are now.
    pub fn all(&self) -> Vec<ModelObject> {
        (0..self.first.len()).map(|id| self[id].clone()).collect()
    }

    /// About how much memory a state takes for them.
    pub fn bytes(&self) -> usize {
        self.changed.iter().map(|(id, object)| size_of_val(id) + object.bytes()).sum()
    }

    #[inline]
    fn place(&self, id: usize) -> Result<usize, usize> {
        self.changed.binary_search_by_key(&id, |(id, _)| *id as usize)
    }
}

/// Whether two are equal. Mostly they are single numbers that differ, and need not be compared by a call of C's `memcmp`.
#[inline]
fn is_as(one: &ModelObject, other: &ModelObject) -> bool {
    match (one, other) {
        (ModelObject::Numbers(numbers), ModelObject::Numbers(others)) if numbers.first() != others.first() => false,
        _ => one == other,
    }
}

impl Index<usize> for Shared {
    type Output = ModelObject;

    #[inline]
    fn index(&self, id: usize) -> &ModelObject {
        self.get(id).unwrap_or(&ModelObject::Nothing)
    }
}

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        self.changed == other.changed
    }
}

impl Eq for Shared {}

impl Hash for Shared {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.changed.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::super::primitive::{Event, Semaphore};
    use super::*;

    #[test]
    fn only_what_differs_from_the_beginning_is_kept_and_compared() {
        let permits = |permits| ModelObject::Semaphore(Semaphore::new(permits));
        let event_of = |word| ModelObject::Event(Event::new(word));
        let few = Shared::new(vec![permits(1), permits(2), event_of(0)]);
        let many = Shared::new([few.all(), vec![permits(3); 1000]].concat());
        let set =
            |shared: &mut Shared, id, to: ModelObject| shared.change(id, |object| *object = to).expect("a object");
        for mut shared in [few, many] {
            let (first, none) = (shared.clone(), shared.bytes());
            assert_eq!(none, 0);
            set(&mut shared, 2, event_of(1));
            let event = shared.clone();
            set(&mut shared, 0, permits(5));
            assert!(shared != event && event != first);
            assert_eq!((&shared[0], &shared[1], &shared[2]), (&permits(5), &permits(2), &event_of(1)));
            assert_eq!(shared.bytes(), 2 * (4 + size_of::<ModelObject>()));
            // Whichever way it has come to hold the same again.
            set(&mut shared, 0, permits(1));
            assert_eq!(shared, event);
            set(&mut shared, 2, event_of(0));
            assert!(shared == first && shared.bytes() == 0);
            assert!(shared.get(5000).is_none() && shared.change(5000, |_| ()).is_none());
        }
    }
}
