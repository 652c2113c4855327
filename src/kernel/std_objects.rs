//! The objects of `std` that a run's workers used, as their author calls them.

use super::lanes::Lanes;
use crate::executor::context::Context;
use crate::host::lines;
use crate::model::{Action, Content, Event, Resource, ResourceKind, StdKind};
use crate::plan::Bound;
use crate::shared::std_table::{NewObject, StdEntry};
use crate::shared::thread_table::another;
use std::collections::HashMap;

/// The objects of a run. As resources, their ids are behind those of all that the notebook declares.
pub struct StdObjects {
    first: u32,
    entries: &'static [StdEntry],
    names: Vec<String>,
}

/// What an object is called, and whether others are called so with it.
fn bound(context: &Context, object: &NewObject) -> Bound {
    let (position, column) = object.place;
    let place = lines::place(position, column);
    let one = |name: String| Bound { name, is_list: false, of: None };
    let found = place.and_then(|place| match object.is_made_there {
        true => context.bindings.bound(place).cloned(),
        false => context.bindings.receiver(place).cloned(),
    });
    let unnamed = || match place {
        Some((line, _)) => one(format!("{} at line {line}", object.kind.rust_name())),
        None => one(object.kind.rust_name()),
    };
    found.unwrap_or_else(unnamed)
}

/// Names that are different, in the order of the objects: by the worker in whose process each is, or by numbers.
fn told_apart(context: &Context, entries: &[StdEntry]) -> Vec<String> {
    let objects: Vec<Option<NewObject>> = entries.iter().map(StdEntry::object).collect();
    let bounds: Vec<Option<(Bound, u32)>> =
        objects.iter().map(|object| object.as_ref().map(|object| (bound(context, object), object.process))).collect();
    let mut indices = elements(&bounds, &objects, entries);
    indices.extend(objects.iter().enumerate().filter_map(|(nth, object)| {
        let index = object.as_ref()?.element.checked_sub(1)?;
        bounds[nth].as_ref().filter(|(bound, _)| bound.is_list).map(|_| (nth, index as usize))
    }));
    let mut processes: HashMap<&str, Vec<u32>> = HashMap::new();
    for (bound, process) in bounds.iter().flatten() {
        let of = processes.entry(&bound.name).or_default();
        if !of.contains(process) {
            of.push(*process);
        }
    }
    let mut before: HashMap<(String, u32), u32> = HashMap::new();
    let name = |(nth, it): (usize, &Option<(Bound, u32)>)| {
        let Some((bound, process)) = it else { return "?".to_owned() };
        let Bound { name, is_list, .. } = bound;
        let is_taken = context.resource_names.iter().any(|other| other == name) && !is_list;
        let index = indices.get(&nth);
        let single = index.map_or_else(|| name.clone(), |index| bound.element(*index));
        let before = before.entry((single.clone(), *process)).or_insert(is_taken.into());
        // Which element of a list is used first does not show by which it is.
        let is_one_of_many = *is_list && index.is_none();
        let own = if *before == 0 && !is_one_of_many { single } else { another(&single, *before) };
        *before += 1;
        if processes[name.as_str()].len() > 1 { format!("{own} of {}", context.name(*process)) } else { own }
    };
    bounds.iter().enumerate().map(name).collect()
}

/// The indices of elements of lists, by their places among the objects: where the code says of how many a list is, and so many lie side by
/// side. All else would be a guess.
fn elements(
    bounds: &[Option<(Bound, u32)>],
    objects: &[Option<NewObject>],
    entries: &[StdEntry],
) -> HashMap<usize, usize> {
    let mut lists: HashMap<_, Vec<usize>> = HashMap::new();
    for (nth, (bound, object)) in bounds.iter().zip(objects).enumerate() {
        if let (Some((Bound { is_list: true, of: Some(of), .. }, process)), Some(object)) = (bound, object) {
            lists.entry((object.place, *process, *of)).or_default().push(nth);
        }
    }
    let mut indices = HashMap::new();
    for ((.., of), mut list) in lists {
        list.sort_unstable_by_key(|nth| entries[*nth].lies());
        let is_next = |pair: &[usize]| {
            let ((address, size), next) = (entries[pair[0]].lies(), entries[pair[1]].lies());
            size > 0 && address.checked_add(size).map(|end| (end, size)) == Some(next)
        };
        if list.len() > 1 && list.len() == of as usize && list.windows(2).all(is_next) {
            indices.extend(list.into_iter().enumerate().map(|(index, nth)| (nth, index)));
        }
    }
    indices
}

impl StdObjects {
    /// Those of a run, as they are now.
    pub fn of(context: &Context) -> Self {
        let entries = context.run.objects.all();
        let names = told_apart(context, entries);
        Self { first: context.resources.len() as u32, entries, names }
    }

    fn place(&self, resource: u32) -> Option<usize> {
        resource.checked_sub(self.first).map(|place| place as usize).filter(|place| *place < self.entries.len())
    }

    /// What is known of the object with this id.
    pub fn entry(&self, resource: u32) -> Option<&'static StdEntry> {
        self.place(resource).map(|place| &self.entries[place])
    }

    /// The name of the object with this id.
    pub fn name(&self, resource: u32) -> Option<&str> {
        self.place(resource).map(|place| self.names[place].as_str())
    }

    /// The ids of all.
    pub fn ids(&self) -> impl Iterator<Item = u32> + use<> {
        self.first..self.first + self.entries.len() as u32
    }

    /// The ids of the channels.
    pub fn channels(&self) -> impl Iterator<Item = u32> {
        let is_channel = |id: &u32| {
            let object = self.entry(*id).and_then(StdEntry::object);
            object.is_some_and(|object| matches!(object.kind, StdKind::Channel { .. }))
        };
        self.ids().filter(is_channel)
    }

    /// All of them as they were at the end of a run with this trace, of which nothing is missing if it is `whole`.
    pub fn resources(&self, context: &Context, lanes: &Lanes, trace: &[Event], whole: bool) -> Vec<Resource> {
        let last = if whole { last_numbers(trace) } else { HashMap::new() };
        let resource = |id: u32| {
            let entry = self.entry(id)?;
            // One that was just being added is as good as none; its id has to be there, for those behind it.
            let kind = entry.object().map_or(StdKind::Once, |object| object.kind);
            let content = content(kind, entry, last.get(&id).copied(), |worker| {
                lanes.is_told(worker).then(|| context.name(worker).into_owned())
            });
            let name = self.name(id)?.to_owned();
            Some(Resource { id, name, kind: ResourceKind::Std(kind), item: None, content })
        };
        self.ids().filter_map(resource).collect()
    }
}

/// What an object holds.
fn content(kind: StdKind, entry: &StdEntry, number: Option<u64>, name: impl Fn(u32) -> Option<String>) -> Content {
    let (holders, is_shared) = entry.holders();
    let owner = holders.first().filter(|_| !is_shared).and_then(|(owner, _)| name(*owner));
    match kind {
        StdKind::Mutex => Content::Lock(owner, 0),
        StdKind::RwLock => Content::RwLock(owner, if is_shared { holders.len() as u64 } else { 0 }),
        StdKind::Channel { .. } => {
            let (items, hung_up) = entry.items();
            Content::Queue(items, hung_up)
        }
        StdKind::Atomic(of) => number.map_or(Content::Nothing, |bits| Content::Numbers(of.text(bits), None)),
        StdKind::AtomicBool => number.map_or(Content::Nothing, |bits| Content::Numbers((bits != 0).to_string(), None)),
        StdKind::Condvar | StdKind::Barrier(_) | StdKind::Once | StdKind::AtomicPtr => Content::Nothing,
    }
}

/// By object, what its number was at last, as far as a trace tells. Where all that wrote it read it, too, each has read what
/// another has written, so the last is what nobody has read; else it is what was written last.
fn last_numbers(trace: &[Event]) -> HashMap<u32, u64> {
    let mut writes: HashMap<u32, Vec<&Event>> = HashMap::new();
    for event in trace {
        if let (Some(id), Action::Store { .. } | Action::Update { .. } | Action::Load { .. }) =
            (event.resource, event.action)
        {
            writes.entry(id).or_default().push(event);
        }
    }
    let last = |events: Vec<&Event>| {
        let mut unread: HashMap<u64, i64> = HashMap::new();
        for event in &events {
            match event.action {
                Action::Update { before, after } => {
                    *unread.entry(after).or_default() += 1;
                    *unread.entry(before).or_default() -= 1;
                }
                Action::Store { .. } => {
                    unread.clear();
                    break;
                }
                _ => {}
            }
        }
        let left: Vec<u64> = unread.into_iter().filter(|(_, count)| *count == 1).map(|(bits, _)| bits).collect();
        match left.as_slice() {
            [only] => Some(*only),
            _ => events.iter().rev().find_map(|event| event.action.bits()),
        }
    };
    writes.into_iter().filter_map(|(id, events)| Some((id, last(events)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(action: Action) -> Event {
        Event { worker: 1, at_ns: 1, duration_ns: 0, action, resource: Some(9), position: None, ordering: None }
    }

    #[test]
    fn the_last_number_is_what_nobody_has_read_in_whatever_order_it_was_noted() {
        let update = |before| event(Action::Update { before, after: before + 1 });
        assert_eq!(last_numbers(&[update(0), update(2), update(1)]), HashMap::from([(9, 3)]));
        let [store, load] = [Action::Store { index: 0, bits: 7 }, Action::Load { index: 0, bits: 7 }].map(event);
        assert_eq!(last_numbers(&[update(0), store, load]), HashMap::from([(9, 7)]));
    }
}
