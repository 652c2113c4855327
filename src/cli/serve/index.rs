//! The list of the notebooks that are served.

use super::live::Live;
use crate::render::escape;
use std::fmt::Write as _;

/// A page that lists notebooks.
pub fn html(notebooks: &[Live]) -> String {
    let mut out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
                   content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
                   <title>nbrun</title>\n<style>body { font: 1rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 3rem \
                   auto; padding: 0 1rem; } li { margin: .3rem 0; } small { opacity: .7; }</style>\n</head>\n<body>\n\
                   <main>\n<h1>nbrun</h1>\n<ul>\n"
        .to_owned();
    for notebook in notebooks {
        let _ = writeln!(
            out,
            "<li><a href=\"{}\">{}</a> <small>{}</small></li>",
            escape(&notebook.page),
            escape(notebook.title()),
            escape(&notebook.input.file)
        );
    }
    out.push_str("</ul>\n</main>\n</body>\n</html>\n");
    out
}
