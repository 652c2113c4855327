//! The list of the notebooks that are served.

use super::live::Live;
use crate::render::escape;
use std::fmt::Write as _;

/// A page that lists the notebooks whose files are there. `script` is the address of the script that keeps it up to date.
pub fn html(notebooks: &[Live], script: &str) -> String {
    let mut out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
                   content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
                   <title>nbrun</title>\n<style>body { font: 1rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 3rem \
                   auto; padding: 0 1rem; } li { margin: .3rem 0; } small { opacity: .7; }</style>\n</head>\n<body data-words=\"{&quot;lang&quot;:&quot;en&quot;}\">\n\
                   <main>\n<h1>nbrun</h1>\n<ul>\n"
        .to_owned();
    let mut listed: Vec<&Live> = notebooks.iter().filter(|notebook| !notebook.is_gone).collect();
    listed.sort_by(|one, other| one.input.page.cmp(&other.input.page));
    for notebook in listed {
        let _ = writeln!(
            out,
            "<li><a href=\"{}\">{}</a> <small>{}</small></li>",
            escape(&notebook.page),
            escape(notebook.title()),
            escape(&notebook.input.file)
        );
    }
    let _ = write!(out, "</ul>\n</main>\n<script src=\"{}\"></script>\n</body>\n</html>\n", escape(script));
    out
}
