//! A book as mdBook hands it to a preprocessor, in the form of mdBook 0.4 and in that of 0.5. Whatever is not ours stays as it came.

use crate::diagnostic::Diagnostic;
use serde_json::Value;

/// What mdBook says of the book, and the book itself.
pub struct Call {
    /// The book's directory, its settings, the renderer.
    pub context: Value,
    /// Its parts and chapters.
    pub book: Value,
}

/// A chapter that has a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// Where it stands in the book's output, with the ending `md`.
    pub path: String,
    /// The file that it was read from, below the directory of sources.
    pub source: String,
    /// Its text, after what other preprocessors have done to it.
    pub text: String,
}

impl Call {
    /// Reads what mdBook writes to a preprocessor.
    ///
    /// # Errors
    /// It is something else.
    pub fn read(json: &str) -> Result<Self, Diagnostic> {
        let wrong = |why: String| {
            Diagnostic::new(format!("this is not what mdBook says to a preprocessor: {why}"))
                .help("mdBook calls this command by itself: write `[preprocessor.nbrun]` with `command = \"nbrun mdbook\"` into book.toml, and run `mdbook build`")
        };
        let both: Vec<Value> = serde_json::from_str(json).map_err(|error| wrong(error.to_string()))?;
        let [context, book]: [Value; 2] =
            both.try_into().map_err(|_| wrong("a list of two was expected".to_owned()))?;
        let call = Self { context, book };
        match call.items() {
            Some(_) => Ok(call),
            None => Err(wrong("the book has neither `sections` nor `items`".to_owned())),
        }
    }

    fn items(&self) -> Option<&Value> {
        ["items", "sections"].into_iter().find_map(|name| self.book.get(name)).filter(|items| items.is_array())
    }

    /// A text of the context, by the way to it.
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.context.pointer(pointer)?.as_str()
    }

    /// The chapters in order, those within others behind these.
    pub fn chapters(&self) -> Vec<Chapter> {
        let mut all = Vec::new();
        if let Some(items) = self.items() {
            collect(items, &mut all);
        }
        all
    }

    /// Gives chapters other texts, which are in the order of [`Call::chapters`]; `None` leaves one as it is.
    pub fn rewrite(&mut self, texts: Vec<Option<String>>) {
        let name = if self.book.get("items").is_some_and(Value::is_array) { "items" } else { "sections" };
        if let Some(items) = self.book.get_mut(name) {
            replace(items, &mut texts.into_iter());
        }
    }
}

/// The chapter in an item; a draft has no path, and a part's title and a separator are no chapters.
fn chapter(item: &Value) -> Option<Chapter> {
    let chapter = item.get("Chapter")?;
    let text = |name: &str| chapter.get(name)?.as_str().map(str::to_owned);
    let path = text("path")?;
    Some(Chapter { source: text("source_path").unwrap_or_else(|| path.clone()), path, text: text("content")? })
}

fn collect(items: &Value, all: &mut Vec<Chapter>) {
    for item in items.as_array().into_iter().flatten() {
        all.extend(chapter(item));
        if let Some(below) = item.pointer("/Chapter/sub_items") {
            collect(below, all);
        }
    }
}

fn replace(items: &mut Value, texts: &mut impl Iterator<Item = Option<String>>) {
    for item in items.as_array_mut().into_iter().flatten() {
        if chapter(item).is_some()
            && let Some(text) = texts.next().flatten()
        {
            item["Chapter"]["content"] = Value::String(text);
        }
        if let Some(below) = item.pointer_mut("/Chapter/sub_items") {
            replace(below, texts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn call(name: &str) -> Call {
        let chapter = |name: &str, path: Value, below: Value| {
            json!({"Chapter": {"name": name, "content": name, "number": null, "sub_items": below, "path": path,
                               "source_path": path, "parent_names": [], "kept": {"for": "later"}}})
        };
        let draft =
            json!({"Chapter": {"name": "d", "content": "", "sub_items": [], "path": null, "source_path": null}});
        let inner = chapter("b", json!("x/b.md"), json!([chapter("c", json!("c.md"), json!([]))]));
        let items = json!([chapter("a", json!("a.md"), json!([inner, draft])), "Separator", {"PartTitle": "p"},
                           chapter("e", json!("e.md"), json!([]))]);
        Call::read(&json!([{"root": "/r"}, {name: items, "__non_exhaustive": null}]).to_string()).expect("a call")
    }

    #[test]
    fn chapters_of_both_versions_are_found_and_nothing_else_changes() {
        for name in ["sections", "items"] {
            let mut call = call(name);
            let found: Vec<_> = call.chapters().into_iter().map(|chapter| (chapter.path, chapter.text)).collect();
            let expected = [("a.md", "a"), ("x/b.md", "b"), ("c.md", "c"), ("e.md", "e")];
            assert_eq!(found, expected.map(|(path, text)| (path.to_owned(), text.to_owned())));
            let before = call.book.to_string();
            call.rewrite(vec![None, None, Some("new".to_owned()), None]);
            assert_eq!(call.book.to_string(), before.replace("\"content\":\"c\"", "\"content\":\"new\""));
        }
    }

    #[test]
    fn what_mdbook_does_not_say_is_refused_with_what_to_do() {
        for json in ["", "{}", "[]", "[1]", "[{}, {}]", "[{}, {\"items\": 1}]"] {
            let error = Call::read(json).map(|_| ()).expect_err(json).to_string();
            assert!(error.contains("command = \"nbrun mdbook\""), "{error}");
        }
    }
}
