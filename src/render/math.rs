//! Mathematics: LaTeX to MathML, which browsers draw by themselves.

use super::mathml;
use super::text::shown;
use corosensei::stack::DefaultStack;
use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};

/// The most commands, braces and scripts of a formula: the converter calls itself for each that stands in another.
const MAX_PARTS: usize = 4000;
/// So many parts need no stack of their own.
const FEW_PARTS: usize = 64;
/// More stack than the converter takes for a part.
const STACK_OF_A_PART: usize = 16 * 1024;

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
        match self.convert(latex, block).and_then(|html| mathml::checked(&html)) {
            Ok(html) => framed(&html, block),
            Err(error) => {
                let html = format!(
                    "<span class=\"broken\" lang=\"en\"><code>{}</code> <strong>error:</strong> {}</span>",
                    shown(latex),
                    shown(&error)
                );
                if block { format!("<span class=\"formula\">{html}</span>") } else { html }
            }
        }
    }

    /// What the converter makes of a formula, or what is wrong with it.
    fn convert(&self, latex: &str, block: bool) -> Result<String, String> {
        const NOT_SHOWN: &str = "formulas cannot be shown";
        let converter = self.0.as_ref().ok_or(NOT_SHOWN)?;
        let display = if block { MathDisplay::Block } else { MathDisplay::Inline };
        let convert = || converter.convert_with_local_state(latex, display);
        let parts = latex.bytes().filter(|byte| matches!(byte, b'\\' | b'{' | b'^' | b'_')).count();
        let converted = if parts <= FEW_PARTS {
            convert()
        } else if parts <= MAX_PARTS {
            let stack = DefaultStack::new(parts * STACK_OF_A_PART).map_err(|_| NOT_SHOWN)?;
            corosensei::on_stack(stack, convert)
        } else {
            return Err(format!("it has {parts} commands, braces and scripts, and {MAX_PARTS} are allowed"));
        };
        converted.map(|converted| converted.mathml).map_err(|error| {
            // The place is in bytes; a reader counts characters.
            let before = latex.get(..error.0.start.min(latex.len())).unwrap_or(latex);
            let message = error.error_message();
            format!("{}, at character {}", message.trim_end_matches('.'), before.chars().count() + 1)
        })
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
        let html = Formulas::new().html("\\frac{1}{", false);
        assert!(html.contains("end of input") && !html.contains("., at"), "{html}");
    }

    #[test]
    fn markup_in_a_formula_stays_text() {
        for markup in ["<script>x</script>", "<style>x</style>", "</mo></math><b>", "<img src=x>", "<"] {
            for command in ["text", "operatorname", "operatorname*", "mathrm", "mathop", "begin", "tag", "label"] {
                let html = Formulas::new().html(&format!("\\{command}{{{markup}}}"), false);
                assert!(!html.contains(markup) || markup == "<", "{html}");
                let opened = html.matches('<').count();
                assert_eq!(opened, html.matches('>').count(), "{html}");
            }
        }
        let html = Formulas::new().html("\\operatorname{<script>x</script>}", true);
        assert!(html.contains("it holds `&lt;script&gt;`, which cannot stand in a formula"), "{html}");
    }

    /// Where these ran over the stack, the whole program would end, and this test with it.
    #[test]
    fn no_depth_of_nesting_ends_the_program() {
        let formulas = Formulas::new();
        for part in [
            "\\sqrt{",
            "\\sqrt",
            "\\sqrt[3]",
            "\\hat",
            "{",
            "\\left(",
            "\\displaystyle a",
            "\\color{red} a",
            "\\mathbf",
            "\\frac{1}",
            "x^{",
            "x_",
            "\\begin{matrix}",
            "\\overset{a}",
            "\\mathop",
            "\\xrightarrow[",
            "\\text{",
            "'",
            "(",
            "\\not",
        ] {
            for times in [60, 1000, 2000, 50_000] {
                let html = formulas.html(&format!("{} x", part.repeat(times)), false);
                assert!(html.starts_with("<math>") || html.starts_with("<span class=\"broken\""), "{part}");
            }
        }
        let deep = |depth: usize| formulas.html(&format!("{}x{}", "\\sqrt{".repeat(depth), "}".repeat(depth)), false);
        assert!(deep(90).starts_with("<math>") && deep(110).contains("it is nested more than 100 deep"));
        assert!(deep(9000).contains("it has 18000 commands, braces and scripts, and 4000 are allowed"));
    }
}
