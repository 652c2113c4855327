//! A bar in a table, as SVG. The number beside it says the same, so it is hidden from screen readers.

/// The bar of so many of `most`, of which `pale` at its beginning are of another kind.
pub fn bar(many: f64, pale: f64, most: f64) -> String {
    let part = |many: f64| (many / most * 1000.0).round() / 10.0;
    let pale = match part(pale) {
        0.0 => String::new(),
        wide => format!("<rect class=\"start\" width=\"{wide}\" height=\"10\"/>"),
    };
    format!(
        "<svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect class=\"work\" width=\"{}\" height=\"10\"/>{pale}</svg>",
        part(many).max(0.4)
    )
}
