//! A table in a terminal.

/// Prints rows under a header; the first column stands to the left, the others to the right.
pub fn print(header: &[&str], rows: &[Vec<String>]) {
    let header: Vec<String> = header.iter().map(|&name| name.to_owned()).collect();
    let all = || std::iter::once(&header).chain(rows);
    let widths: Vec<usize> = (0..header.len())
        .map(|column| all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0))
        .collect();
    for (number, row) in all().enumerate() {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
        if number == 0 {
            println!("{}", widths.iter().map(|&width| "-".repeat(width)).collect::<Vec<_>>().join("  "));
        }
    }
}

/// Milliseconds, with as many digits as they are good for.
pub fn ms(millis: f64) -> String {
    if millis < 10.0 { format!("{millis:.2} ms") } else { format!("{millis:.0} ms") }
}

/// Whether a goal was reached, in a word.
pub fn verdict(met: bool) -> String {
    if met { "met" } else { "NOT MET" }.to_owned()
}
