//! Mathematics: LaTeX to MathML, which browsers draw by themselves.

use super::text::{escape, shown};
use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};

/// Turns the formulas of one page into MathML.
pub struct Formulas(Option<LatexToMathML>);

impl Formulas {
    /// A converter without macros of its own.
    pub fn new() -> Self {
        Self(LatexToMathML::new(MathCoreConfig::default()).ok())
    }

    /// A formula as HTML; one that is broken is shown as it was written, with what is wrong with it.
    pub fn html(&self, latex: &str, block: bool) -> String {
        let latex = latex.trim();
        let display = if block { MathDisplay::Block } else { MathDisplay::Inline };
        let converted = self.0.as_ref().map(|converter| converter.convert_with_local_state(latex, display));
        let error = match converted {
            Some(Ok(converted)) => return framed(&converted.mathml, block),
            Some(Err(error)) => {
                // The place is in bytes; a reader counts characters.
                let before = latex.get(..error.0.start.min(latex.len())).unwrap_or(latex);
                format!("{}, at character {}", error.error_message(), before.chars().count() + 1)
            }
            None => "formulas cannot be shown".to_owned(),
        };
        let html = format!(
            "<span class=\"broken\" lang=\"en\"><code>{}</code> <strong>error:</strong> {}</span>",
            shown(latex),
            escape(&error)
        );
        if block { format!("<span class=\"formula\">{html}</span>") } else { html }
    }
}

/// A formula of its own line gets a box that scrolls when the window is too narrow for it.
fn framed(mathml: &str, block: bool) -> String {
    if block { format!("<span class=\"formula\" tabindex=\"0\">{mathml}</span>") } else { mathml.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_becomes_mathml() {
        let formulas = Formulas::new();
        let html = formulas.html("\\frac{1}{n}", false);
        assert_eq!(html, "<math><mfrac><mn>1</mn><mi>n</mi></mfrac></math>");
        assert!(formulas.html("a < b", true).contains("<math display=\"block\"><mi>a</mi><mo>&lt;</mo>"));
    }

    #[test]
    fn a_broken_formula_is_shown_with_its_error_and_place() {
        let html = Formulas::new().html("é + \\nope{<b>}", false);
        assert!(html.contains("<code>é + \\nope{&lt;b&gt;}</code> <strong>error:</strong>"), "{html}");
        assert!(html.contains("\\nope") && html.ends_with(", at character 5</span>"), "{html}");
    }

    #[test]
    fn markup_in_a_formula_stays_text() {
        let html = Formulas::new().html("\\text{<script>alert(1)</script>}", false);
        assert!(!html.contains("<script"), "{html}");
    }
}
