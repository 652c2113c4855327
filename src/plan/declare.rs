//! `queue`, `value`, `array` and `lock`: what is shared, each a mapping from names to what they are.

use super::options::OPTIONS;
use super::reader::{Reader, first_line, integer, list};
use super::{ArrayInit, DeclaredKind, Options};
use crate::diagnostic::Diagnostic;
use crate::model::{LockKind, Scalar, ScalarType};
use crate::notebook::SpecKind;
use crate::notebook::yaml::{Entry, Key, Node, ScalarKind, Value};

/// The kinds of lock that have a count.
const COUNTED: [&str; 3] = ["semaphore", "bounded_semaphore", "barrier"];

/// The largest length, size and count.
const LARGEST: i128 = 1 << 31;

/// A resource that a cell declares.
pub(super) struct Declared {
    pub(super) name: String,
    /// The line of its declaration, from 1.
    pub(super) line: u32,
    pub(super) kind: DeclaredKind,
}

impl Reader<'_> {
    /// Reads the resources of a declaring cell, and its options.
    pub(super) fn declarations(&mut self, root: &Node) -> (Options, Vec<Declared>) {
        let what = format!("{} {} cell", if self.kind == SpecKind::Array { "an" } else { "a" }, self.kind);
        let help = format!("write a name and what it is: `{}`", example(self.kind));
        let Some(entries) = self.mapping(root, &what, &help) else { return (Options::default(), Vec::new()) };
        let (options, resources): (Vec<Entry>, Vec<Entry>) =
            entries.iter().cloned().partition(|entry| OPTIONS.contains(&entry.key.text.as_str()));
        let (named, options): (Vec<Entry>, Vec<Entry>) =
            options.into_iter().partition(|entry| self.is_resource(&entry.value));
        for Entry { key, .. } in &named {
            let message = format!("`{}` is the name of an option, so no resource can have it", key.text);
            let help = format!("give it another name; the options of every cell are {}", list(&OPTIONS));
            self.report(key.span, Diagnostic::new(message).help(help));
        }
        let fields = self.fields(&options, &OPTIONS, &what);
        let options = self.options(&fields);
        if resources.is_empty() && named.is_empty() {
            let message = format!("this {} cell declares nothing", self.kind);
            self.report(
                root.span,
                Diagnostic::new(message).help(format!("write for example `{}`", example(self.kind))),
            );
        }
        let declared = resources.iter().filter_map(|entry| {
            let name = self.resource_name(&entry.key);
            let kind = self.resource(entry);
            Some(Declared { name: name?, line: entry.key.span.line, kind: kind? })
        });
        (options, declared.collect())
    }

    /// Whether a value says what a resource of this kind is, so that its key was meant as a name.
    fn is_resource(&self, value: &Node) -> bool {
        const ITEMS: [&str; 7] = ["i128", "u128", "bool", "char", "str", "String", "()"];
        let has = |keys: &[&str]| match &value.value {
            Value::Map { entries, .. } => entries.iter().any(|entry| keys.contains(&entry.key.text.as_str())),
            _ => false,
        };
        let text = value.scalar().map_or("", |scalar| scalar.text.trim());
        match self.kind {
            SpecKind::Queue => {
                let is_type = ITEMS.contains(&text) || ScalarType::parse(text).is_some_and(|of| of.rust_name() == text);
                is_type || text.contains(['<', '(', '[', '&']) || has(&["of", "maxsize"])
            }
            SpecKind::Lock => LockKind::WORDS.contains(&text) || has(&COUNTED),
            _ => ScalarType::parse(text).is_some() || has(&["type", "init", "len"]),
        }
    }

    fn resource_name(&mut self, key: &Key) -> Option<String> {
        let wrong = |reader: &mut Self, message: String| {
            let help = "a name is a Rust identifier: letters, digits and `_`, not beginning with a digit";
            reader.report(key.span, Diagnostic::new(message).help(help));
            None
        };
        let text = key.text.as_str();
        if text.starts_with("__nb") {
            return wrong(
                self,
                format!("`{}` is not free: names that begin with `__nb` are nbrun's own", first_line(text)),
            );
        }
        let looks_like_a_word =
            text.chars().all(|c| c.is_alphanumeric() || c == '_') && !text.is_empty() && text != "_";
        match syn::parse_str::<syn::Ident>(text) {
            Ok(ident) if looks_like_a_word && ident == text => Some(text.to_owned()),
            _ if looks_like_a_word && !text.starts_with(|c: char| c.is_numeric()) => {
                wrong(self, format!("`{text}` is a keyword of Rust, and so no name for a resource"))
            }
            _ => wrong(self, format!("`{}` is not a name", first_line(text))),
        }
    }

    fn resource(&mut self, entry: &Entry) -> Option<DeclaredKind> {
        match self.kind {
            SpecKind::Queue => self.queue(entry),
            SpecKind::Value => self.value(entry),
            SpecKind::Array => self.array(entry),
            _ => self.lock(&entry.value).map(DeclaredKind::Lock),
        }
    }

    fn queue(&mut self, Entry { key, value }: &Entry) -> Option<DeclaredKind> {
        let Value::Map { entries, .. } = &value.value else {
            let item = self.rust_type(value, &format!("the queue `{}`", key.text))?;
            return Some(DeclaredKind::Queue { item, maxsize: None });
        };
        let fields = self.fields(entries, &["of", "maxsize"], "a queue");
        let maxsize = fields.get("maxsize").map(|node| self.maxsize(node));
        let item = match fields.get("of") {
            Some(node) => self.rust_type(node, "`of`"),
            None => {
                if fields.all_known {
                    let diagnostic = Diagnostic::new(format!("the queue `{}` has no item type", key.text));
                    self.report(key.span, diagnostic.help(format!("write `{}: {{of: i64}}`", key.text)));
                }
                None
            }
        };
        let maxsize = match maxsize {
            Some(size) => Some(size?),
            None => None,
        };
        Some(DeclaredKind::Queue { item: item?, maxsize })
    }

    /// The most items of a queue. In CPython 0 is no limit, which no reader of a lesson would guess.
    fn maxsize(&mut self, node: &Node) -> Option<u64> {
        if let Some(size) = node.scalar().and_then(|scalar| integer(&scalar.text)).filter(|size| *size < 1) {
            let help = "a queue without a limit has no `maxsize`: leave it out";
            self.report(node.span, Diagnostic::new(format!("`maxsize` is at least 1, not {size}")).help(help));
            return None;
        }
        u64::try_from(self.integer(node, "`maxsize`", 1, LARGEST)?).ok()
    }

    fn value(&mut self, Entry { key, value }: &Entry) -> Option<DeclaredKind> {
        let Value::Map { entries, .. } = &value.value else {
            let of = self.scalar_type(value)?;
            return Some(DeclaredKind::Value { of, init: of.zero() });
        };
        let fields = self.fields(entries, &["type", "init"], "a value");
        let of = match fields.get("type") {
            Some(node) => self.scalar_type(node)?,
            None => return self.no_type(key, fields.all_known),
        };
        let init = match fields.get("init") {
            Some(node) => self.number(node, of, "init")?,
            None => of.zero(),
        };
        Some(DeclaredKind::Value { of, init })
    }

    fn array(&mut self, Entry { key, value }: &Entry) -> Option<DeclaredKind> {
        const HELP: &str = "write `{type: i, init: [1, 2, 3]}`, or `{type: i, len: 3}` for three zeros";
        let entries = self.mapping(value, "an array", HELP)?;
        let fields = self.fields(entries, &["type", "init", "len"], "an array");
        let of = match fields.get("type") {
            Some(node) => self.scalar_type(node),
            None => self.no_type(key, fields.all_known),
        };
        let len = fields.get("len").map(|node| self.integer(node, "`len`", 0, LARGEST));
        let init = match (fields.entry("init"), len) {
            (Some(Entry { value: Node { value: Value::List { items, .. }, .. }, .. }), None) => {
                self.numbers(items, of?).map(ArrayInit::Numbers)
            }
            (Some(init), Some(_)) if matches!(init.value.value, Value::List { .. }) => {
                let diagnostic = Diagnostic::new("an array takes its length from `init`");
                self.report(init.key.span, diagnostic.help("leave `len` out"));
                None
            }
            (Some(init), Some(len)) => match init.value.scalar().and_then(|scalar| scalar.text.parse::<f64>().ok()) {
                Some(0.0) => Some(ArrayInit::Zeros(u64::try_from(len?).ok()?)),
                _ => {
                    let diagnostic = Diagnostic::new("an array made by its length holds zeros");
                    self.report(init.value.span, diagnostic.help("leave `init` out, or give a list of numbers"));
                    None
                }
            },
            (None, Some(len)) => Some(ArrayInit::Zeros(u64::try_from(len?).ok()?)),
            (Some(init), None) => {
                let message = format!("`init` of an array is a list, and this is {}", init.value.what());
                self.report(init.value.span, Diagnostic::new(message).help(HELP));
                None
            }
            (None, None) => {
                if fields.all_known {
                    let message = format!("the array `{}` has neither contents nor a length", key.text);
                    self.report(key.span, Diagnostic::new(message).help(HELP));
                }
                None
            }
        };
        Some(DeclaredKind::Array { of: of?, init: init? })
    }

    /// The numbers of an array.
    fn numbers(&mut self, items: &[Node], of: ScalarType) -> Option<Vec<Scalar>> {
        let mut numbers = Vec::with_capacity(items.len());
        let before = self.errors.len();
        for (index, item) in items.iter().enumerate() {
            if matches!(item.value, Value::List { .. }) {
                let diagnostic =
                    Diagnostic::new(format!("a shared array has one dimension, and `init[{index}]` is a list"));
                let help = "write the rows one behind the other, and index with `i * columns + j`";
                self.report(item.span, diagnostic.label("a list").help(help));
                break;
            }
            numbers.extend(self.number(item, of, &format!("init[{index}]")));
            // After ten wrong numbers an author knows enough.
            if self.errors.len() >= before + 10 {
                break;
            }
        }
        (self.errors.len() == before).then_some(numbers)
    }

    /// A number of a type. `what` it is, as the author would call it: `init[3]`.
    fn number(&mut self, node: &Node, of: ScalarType, what: &str) -> Option<Scalar> {
        let name = of.rust_name();
        let scalar = node.scalar().filter(|scalar| scalar.plain && scalar.kind != ScalarKind::Null);
        let Some(text) = scalar.map(|scalar| scalar.text.as_str()) else {
            let quoted = node.scalar().is_some_and(|scalar| !scalar.plain);
            let found = if quoted { "text in quotes" } else { node.what() };
            self.report(
                node.span,
                Diagnostic::new(format!("`{what}` is a number of type {name}, and this is {found}")),
            );
            return None;
        };
        let read = match (integer(text), float(text)) {
            (Some(number), _) => of.from_integer(number),
            (None, Some(_)) if of.integers().is_some() => {
                Err(format!("`{what}` is a whole number of type {name}, and `{text}` is a float"))
            }
            (None, Some(number)) => of.from_float(number),
            (None, None) => Err(format!("`{what}` is a number of type {name}, and this is `{}`", first_line(text))),
        };
        read.map_err(|message| {
            let wraps = integer(text).is_some() && of.integers().is_some();
            let diagnostic = Diagnostic::new(message);
            let note = "C would wrap it silently";
            self.report(node.span, if wraps { diagnostic.note(note) } else { diagnostic });
        })
        .ok()
    }

    /// A type of numbers.
    fn scalar_type(&mut self, node: &Node) -> Option<ScalarType> {
        const HELP: &str = "a type is one of C's codes b B c u h H i I l L q Q f d, \
                            or of Rust's names i8 u8 i16 u16 i32 u32 i64 u64 isize usize f32 f64";
        let scalar = self.scalar(node, "a type", HELP)?;
        let of = ScalarType::parse(&scalar.text);
        if of.is_none() {
            let message = format!("unknown type `{}`", first_line(&scalar.text));
            self.report(node.span, Diagnostic::new(message).help(HELP));
        }
        of
    }

    fn no_type<T>(&mut self, key: &Key, all_known: bool) -> Option<T> {
        if all_known {
            let message = format!("the {} `{}` has no type", self.kind, key.text);
            self.report(key.span, Diagnostic::new(message).help(format!("write for example `{}`", example(self.kind))));
        }
        None
    }

    fn lock(&mut self, node: &Node) -> Option<LockKind> {
        let Value::Map { entries, .. } = &node.value else {
            return match self.word(node, "kind of lock", &LockKind::WORDS)? {
                "lock" => Some(LockKind::Lock),
                "rlock" => Some(LockKind::RLock),
                "rwlock" => Some(LockKind::RwLock),
                "event" => Some(LockKind::Event),
                "condition" => Some(LockKind::Condition),
                "semaphore" => Some(LockKind::Semaphore(1)),
                "bounded_semaphore" => Some(LockKind::BoundedSemaphore(1)),
                _ => {
                    let diagnostic = Diagnostic::new("a barrier needs to know how many workers meet there");
                    self.report(node.span, diagnostic.help("write `{barrier: 3}`"));
                    None
                }
            };
        };
        let fields = self.fields(entries, &COUNTED, "a lock with a count");
        let [Entry { key, value }] = entries.as_slice() else {
            let diagnostic = Diagnostic::new("a lock is one thing");
            self.report(node.span, diagnostic.help("write for example `{semaphore: 2}`"));
            return None;
        };
        if !fields.all_known {
            return None;
        }
        let low = i128::from(key.text == "barrier");
        let count = self.integer(value, &format!("the count of a {}", key.text.replace('_', " ")), low, LARGEST - 1)?;
        let count = u32::try_from(count).ok()?;
        Some(match key.text.as_str() {
            "semaphore" => LockKind::Semaphore(count),
            "bounded_semaphore" => LockKind::BoundedSemaphore(count),
            _ => LockKind::Barrier(count),
        })
    }
}

/// A float in YAML's or Rust's spelling.
fn float(text: &str) -> Option<f64> {
    match text {
        ".inf" | "+.inf" | ".Inf" | ".INF" => Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Some(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        _ => {
            let number: f64 = text.replace('_', "").parse().ok()?;
            // Rust reads `inf`, `nan` and a number too large for any float as well; YAML means text by the first two.
            number.is_finite().then_some(number)
        }
    }
}

/// The shortest cell of each kind.
pub(super) fn example(kind: SpecKind) -> &'static str {
    match kind {
        SpecKind::Spawn => "- process: job(1, 2)",
        SpecKind::Queue => "q: i64",
        SpecKind::Pool => "workers: 2\nmap: square\nover: 0..10",
        SpecKind::Value => "v: {type: i, init: 0}",
        SpecKind::Array => "a: {type: d, len: 1000}",
        SpecKind::Lock => "l: lock",
    }
}
