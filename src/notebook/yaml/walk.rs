//! Walks serde_yaml's events and builds the tree.
//!
//! serde_yaml tells where a node stands only in an error, and `deserialize_enum` fails at any node without consuming it.
//! So each node is asked for twice: a [`Probe`] fails on purpose and brings the place, then [`Read`] takes the node. The
//! walk is one pass over the events. The error type is opaque inside of a visitor, so the place is read off its text.

use super::text::Text;
use super::{Entry, Key, Node, Scalar, ScalarKind, Value, error};
use crate::diagnostic::{Diagnostic, Diagnostics, Note};
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};
use serde_yaml::Deserializer as Yaml;
use std::cell::Cell;
use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;

/// Reads the tree; `None` where the text has no node at all.
pub(super) fn walk(text: &Text) -> Result<Option<Node>, Vec<Diagnostic>> {
    let probe = Probe::default();
    let Err(error) = probe.deserialize(Yaml::from_str(&text.yaml));
    let found = match found(text, &probe, &error.to_string()) {
        Some(found) => found,
        None if probe.scalar.get() => {
            let Err(error) = Yaml::from_str(&text.yaml).deserialize_str(Fail);
            return Err(vec![error::tagged(text, position(text, &error.to_string()).unwrap_or(0))]);
        }
        None => return Ok(None),
    };
    let mut errors = Diagnostics::default();
    match (Read { text, errors: &mut errors, found }).deserialize(Yaml::from_str(&text.yaml)) {
        Ok(root) if errors.is_empty() => Ok(Some(root)),
        Ok(_) => Err(errors.list()),
        Err(_) if !errors.is_empty() => Err(errors.list()),
        Err(error) => Err(vec![error::syntax(text, &error)]),
    }
}

/// The index of the place that an error's text ends with.
fn position(text: &Text, error: &str) -> Option<usize> {
    let (_, place) = error.rsplit_once(" at line ")?;
    let (line, column) = place.split_once(" column ")?;
    Some(text.index(line.parse().ok()?, column.parse().ok()?))
}

/// What a probe found out about a node.
#[derive(Clone, Copy)]
struct Found {
    start: usize,
    scalar: bool,
}

fn found(text: &Text, probe: &Probe, error: &str) -> Option<Found> {
    Some(Found { start: position(text, error)?, scalar: probe.scalar.get() })
}

/// Fails at a node without taking it.
#[derive(Default)]
struct Probe {
    /// Set where the node is a scalar, or has a tag.
    scalar: Cell<bool>,
}

impl<'de> DeserializeSeed<'de> for &Probe {
    type Value = Infallible;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Infallible, D::Error> {
        deserializer.deserialize_enum("", &[], self)
    }
}

impl<'de> Visitor<'de> for &Probe {
    type Value = Infallible;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("nothing")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Infallible, A::Error> {
        self.scalar.set(true);
        Err(A::Error::custom("scalar"))
    }
}

/// Fails at a node and takes it. It brings the place of a node with a tag, of which a [`Probe`] learns none.
struct Fail;

impl<'de> DeserializeSeed<'de> for Fail {
    type Value = Infallible;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Infallible, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Fail {
    type Value = Infallible;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("nothing")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Infallible, E> {
        Err(E::custom("tagged"))
    }
}

/// Takes a node whose kind and place are known.
struct Read<'r, 't> {
    text: &'r Text<'t>,
    errors: &'r mut Diagnostics,
    found: Found,
}

impl Read<'_, '_> {
    /// Gives the walk up because of what is said in `errors`.
    fn refuse<T, E: Error>(self, diagnostic: Diagnostic) -> Result<T, E> {
        self.errors.add(|| diagnostic);
        Err(E::custom("refused"))
    }

    /// Whether the node begins with a tag or an anchor.
    fn is_tagged(&self) -> bool {
        matches!(self.text.at(self.found.start), '!' | '&')
    }

    /// Takes the next child by `next`, which is handed seeds: first probes, then the reader. `None` at the end.
    fn child<E: Error>(&mut self, mut next: impl FnMut(Step) -> Result<Option<Node>, E>) -> Result<Option<Node>, E> {
        let probe = Probe::default();
        let error = match next(Step::Probe(&probe)) {
            Err(error) => error,
            Ok(_) => return Ok(None),
        };
        let Some(found) = found(self.text, &probe, &error.to_string()) else {
            if probe.scalar.get()
                && let Err(tagged) = next(Step::Fail)
            {
                let start = position(self.text, &tagged.to_string()).unwrap_or(self.found.start);
                self.errors.add(|| error::tagged(self.text, start));
            }
            return Err(error);
        };
        next(Step::Read(Read { text: self.text, errors: self.errors, found }))
    }
}

/// One of the seeds with which [`Read::child`] takes a child. Only the last of them yields a node.
enum Step<'r, 't> {
    Probe(&'r Probe),
    Fail,
    Read(Read<'r, 't>),
}

impl<'de> DeserializeSeed<'de> for Step<'_, '_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        match self {
            Step::Probe(probe) => probe.deserialize(deserializer).map(|never| match never {}),
            Step::Fail => Fail.deserialize(deserializer).map(|never| match never {}),
            Step::Read(read) => read.deserialize(deserializer),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Read<'_, '_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        if self.found.scalar { deserializer.deserialize_str(self) } else { deserializer.deserialize_any(self) }
    }
}

impl<'de> Visitor<'de> for Read<'_, '_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        let Found { start, .. } = self.found;
        if self.is_tagged() {
            let diagnostic = error::tagged(self.text, start);
            return self.refuse(diagnostic);
        }
        let written = self.text.scalar(start, value);
        let kind = if written.plain { ScalarKind::of_plain(value) } else { ScalarKind::String };
        let scalar = Scalar { kind, text: value.to_owned(), code: written.code, plain: written.plain };
        Ok(Node { span: self.text.span(start, written.end), value: Value::Scalar(scalar) })
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Node, A::Error> {
        let Found { start, .. } = self.found;
        if self.is_tagged() {
            let diagnostic = error::tagged(self.text, start);
            return self.refuse(diagnostic);
        }
        let mut items = Vec::new();
        while let Some(item) = self.child(|seed| list.next_element_seed(seed))? {
            items.push(item);
        }
        let flow = self.text.at(start) == '[';
        Ok(Node { span: self.text.span(start, start + 1), value: Value::List { items, flow } })
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Node, A::Error> {
        let Found { start, .. } = self.found;
        if self.is_tagged() {
            let diagnostic = error::tagged(self.text, start);
            return self.refuse(diagnostic);
        }
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = HashMap::new();
        while let Some(key) = self.child(|seed| map.next_key_seed(seed))? {
            let Value::Scalar(scalar) = key.value else {
                let diagnostic = error::key_is_no_scalar(key.span.place(self.text.file, self.text.source));
                return self.refuse(diagnostic);
            };
            let key = Key { span: key.span, text: scalar.text, plain: scalar.plain };
            let Some(value) = self.child(|seed| map.next_value_seed(seed).map(Some))? else { break };
            match seen.insert(key.text.clone(), key.span) {
                Some(first) => self.errors.add(|| {
                    let mut diagnostic = Diagnostic::new(format!("the key `{}` stands here twice", key.text))
                        .at(key.span.place(self.text.file, self.text.source))
                        .label("the second time");
                    let first = first.place(self.text.file, self.text.source);
                    diagnostic.notes.push(Note::Also(first, "the first time".to_owned()));
                    diagnostic
                }),
                None => entries.push(Entry { key, value }),
            }
        }
        let flow = self.text.at(start) == '{';
        Ok(Node { span: self.text.span(start, start + 1), value: Value::Map { entries, flow } })
    }
}
