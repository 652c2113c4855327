//! A notebook and its record as a Jupyter notebook, in version 4.5 of its format. What came out of a cell is its output, as HTML and in
//! plain text.

use super::text;
use crate::notebook::addresses::{Led, Written, lead};
use crate::notebook::results::spots;
use crate::notebook::{Cell, Notebook, Role};
use crate::record::{CellOutcome, Record};
use crate::render::theme::{Host, embedded_style};
use crate::render::{self, RenderOptions, embed, escape, stack, standalone};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Map, Value, json};
use std::cell::RefCell;

/// What a Jupyter notebook cannot hold.
const PLAYER: &str =
    "a Jupyter notebook holds no players of explorations, and its pictures cannot be zoomed: it has no scripts of ours";
const INSIDE: &str =
    "a Jupyter notebook holds cells only one below the other: those in lists and quotations stand behind these";
const APART: &str = "in a Jupyter notebook a link or footnote is not found that is defined in another part of the text";

/// The key of the metadata by which a Jupyter notebook is known for one that nbrun has made.
const MADE_BY: &str = "nbrun";

/// Whether a Jupyter notebook is one that nbrun has made.
pub fn is_made_by_nbrun(text: &[u8]) -> bool {
    serde_json::from_slice::<Value>(text).is_ok_and(|made| made["metadata"].get(MADE_BY).is_some())
}

/// A Jupyter notebook as JSON, and what it cannot hold, each kind once.
pub fn jupyter(notebook: &Notebook, record: &Record, look: &RenderOptions) -> (String, Vec<&'static str>) {
    let html = render::cells(notebook, record, look);
    let mut parts = Parts { look, cells: Vec::new(), lost: Vec::new(), styled: false };
    parts.push_head(notebook);
    let mut from = notebook.body;
    for ((cell, spot), html) in notebook.cells.iter().zip(spots(notebook)).zip(&html) {
        if spot.is_inside() {
            parts.lose(INSIDE);
        }
        if html.contains("<svg class=\"lanes\"") || html.contains("<div class=\"player\"") {
            parts.lose(PLAYER);
        }
        parts.push_prose(notebook.text.get(from..spot.first_line()).unwrap_or(""));
        let outcome = record.cells.iter().find(|outcome| outcome.cell == cell.index);
        parts.push_code(notebook, cell, outcome, html);
        from = spot.end;
    }
    parts.push_prose(&notebook.text[from..]);
    if !notebook.cells.is_empty() && ["\n[^", "\n["].iter().any(|sign| defines(&notebook.text, sign)) {
        parts.lose(APART);
    }
    let made = json!({
        "cells": parts.cells,
        "metadata": {
            "language_info": {"name": "rust", "file_extension": ".rs", "mimetype": "text/x-rust"},
            MADE_BY: {"version": record.provenance.nbrun},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    });
    // Like Jupyter's own, so that a change is a change of few lines.
    (serde_json::to_string_pretty(&made).unwrap_or_default() + "\n", parts.lost)
}

/// Whether a line of a text defines a link or a footnote.
fn defines(text: &str, sign: &str) -> bool {
    text.match_indices(sign).any(|(at, _)| text[at + 1..].lines().next().is_some_and(|line| line.contains("]: ")))
}

/// The parts of a Jupyter notebook while it is being made.
struct Parts<'a> {
    look: &'a RenderOptions,
    cells: Vec<Value>,
    lost: Vec<&'static str>,
    /// Whether the style stands in an output.
    styled: bool,
}

impl Parts<'_> {
    fn lose(&mut self, what: &'static str) {
        if !self.lost.contains(&what) {
            self.lost.push(what);
        }
    }

    /// Adds what the front matter says, as far as a reader should know it.
    fn push_head(&mut self, notebook: &Notebook) {
        let front = &notebook.front_matter;
        let title = front.title.iter().map(|title| format!("# {}", title.trim()));
        let byline: Vec<&str> = [&front.author, &front.date].into_iter().flatten().map(String::as_str).collect();
        let byline = Some(byline.join(", ")).filter(|byline| !byline.is_empty());
        let head: Vec<String> = title.chain(front.description.clone()).chain(byline).collect();
        let rest = notebook.text[notebook.body..].trim_start();
        // A lesson may say its title twice.
        let is_twice = head.first().is_some_and(|title| rest.lines().next() == Some(title));
        self.push_prose(&head.iter().skip(usize::from(is_twice)).cloned().collect::<Vec<_>>().join("\n\n"));
    }

    /// Adds prose, with the images that the notebook holds.
    fn push_prose(&mut self, text: &str) {
        let text = text.trim_matches(['\n', '\r']);
        if text.trim().is_empty() {
            return;
        }
        let images = RefCell::new(Map::new());
        let to = |written: &Written<'_>| {
            let url = written.url;
            let Some(image) = self.look.images.get(url).filter(|_| written.image.is_some()) else {
                return self.look.links.get(url).cloned().map(Led::To);
            };
            let (kind, data) = image.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"))?;
            if kind == "image/svg+xml" {
                // JupyterLab shows no attached SVG.
                let alt = escape(written.image.unwrap_or(""));
                return Some(Led::Whole(format!("<img src=\"{image}\" alt=\"{alt}\">")));
            }
            let mut images = images.borrow_mut();
            let name = format!("image-{}", images.len() + 1);
            let name = images.iter().find(|(_, held)| held[kind] == data).map_or(name, |(name, _)| name.clone());
            images.insert(name.clone(), json!({kind: data}));
            Some(Led::To(format!("attachment:{name}")))
        };
        let source = lead(text, 0, &to);
        let mut cell = json!({
            "cell_type": "markdown",
            "id": format!("prose-{}", self.cells.len() + 1),
            "metadata": {},
            "source": lines(&source),
        });
        let images = images.into_inner();
        if !images.is_empty() {
            cell["attachments"] = Value::Object(images);
        }
        self.cells.push(cell);
    }

    fn push_code(&mut self, notebook: &Notebook, cell: &Cell, outcome: Option<&CellOutcome>, html: &str) {
        let plain = outcome.map(|outcome| text::of_cell(notebook, outcome, self.look.stable)).unwrap_or_default();
        let result = embed::with_ids(&embed::result(html), "nbrun-");
        let mut outputs = Vec::new();
        if !result.is_empty() {
            let image = |svg: &str, alt: &str| {
                format!("<img src=\"data:image/svg+xml;base64,{}\" alt=\"{alt}\">", BASE64_STANDARD.encode(svg))
            };
            let pictures = standalone::replaced(&result, |picture| image(&picture.svg, &escape(&picture.title)));
            // Who does not trust a notebook sees it without its style.
            let pictures = stack::replaced(&pictures, |title, svg| image(svg, title));
            let style = if self.styled {
                String::new()
            } else {
                format!("<style>\n{}</style>\n", embedded_style(Host::Jupyter))
            };
            self.styled = true;
            let html = format!("{style}<div class=\"nbrun\">\n{pictures}\n</div>");
            outputs.push(json!({
                "output_type": "display_data",
                "metadata": {},
                "data": {"text/html": lines(&html), "text/plain": lines(&plain.join("\n"))},
            }));
        }
        let tags: Vec<String> =
            [cell.kind.to_string()].into_iter().chain(cell.role.map(|role| role.to_string())).collect();
        let mut metadata = json!({"tags": tags});
        if cell.role == Some(Role::Solution) {
            metadata["jupyter"] = json!({"source_hidden": true, "outputs_hidden": true});
        }
        self.cells.push(json!({
            "cell_type": "code",
            "id": format!("cell-{}", cell.index + 1),
            "metadata": metadata,
            "source": lines(&cell.code.text()),
            "execution_count": outcome.map(|_| cell.index + 1),
            "outputs": outputs,
        }));
    }
}

/// A text as the format has it: its lines, each with its ending.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::tests::ran;
    use std::collections::BTreeMap;

    fn made(text: &str, look: &RenderOptions) -> (Value, Vec<&'static str>) {
        let (notebook, record) = ran(text, &["one <two>"]);
        let (json, lost) = jupyter(&notebook, &record, look);
        (serde_json::from_str(&json).expect("JSON"), lost)
    }

    fn source(cell: &Value) -> String {
        cell["source"].as_array().expect("lines").iter().filter_map(Value::as_str).collect()
    }

    #[test]
    fn prose_and_cells_alternate_and_results_are_outputs() {
        let text = "---\ntitle: T\n---\na\n\n```yaml spawn\njobs: [f()]\n```\n\n```text output\nold\n```\n\nb\n";
        let (made, lost) = made(text, &RenderOptions::default());
        let cells = made["cells"].as_array().expect("cells");
        let all: Vec<_> = cells.iter().map(|cell| (cell["cell_type"].as_str().unwrap_or(""), source(cell))).collect();
        let expected = [("markdown", "# T"), ("markdown", "a"), ("code", "jobs: [f()]"), ("markdown", "b")];
        assert_eq!(all, expected.map(|(kind, text)| (kind, text.to_owned())));
        let data = &cells[2]["outputs"][0]["data"];
        assert_eq!(data["text/plain"], json!(["one <two>"]));
        assert!(data["text/html"].to_string().contains("one &lt;two&gt;"));
        assert!(lost.is_empty(), "{lost:?}");
    }

    #[test]
    fn what_a_jupyter_notebook_cannot_hold_is_said() {
        let list = "- ```yaml spawn\n  jobs: [f()]\n  ```\n\n[a]\n\n[a]: b\n";
        assert_eq!(made(list, &RenderOptions::default()).1, [INSIDE, APART]);
    }

    #[test]
    fn an_image_is_attached_to_the_prose_that_shows_it() {
        let images = BTreeMap::from([
            ("a.png".to_owned(), "data:image/png;base64,AA==".to_owned()),
            ("b.svg".to_owned(), "data:image/svg+xml;base64,BB==".to_owned()),
        ]);
        let look = RenderOptions { images, ..RenderOptions::default() };
        let (made, _) = made("![x](a.png) ![y](b.svg)\n", &look);
        let expected = "![x](attachment:image-1) <img src=\"data:image/svg+xml;base64,BB==\" alt=\"y\">";
        assert_eq!(source(&made["cells"][0]), expected);
        assert_eq!(made["cells"][0]["attachments"], json!({"image-1": {"image/png": "AA=="}}));
    }
}
