//! Hatches, dots and textures, which stand once in a page.

use std::fmt::Write;

/// For each worker's colour a hatch (`h`), which means waiting, dots (`s`), which mean sleeping, and a texture of its own
/// (`p`), which means that worker; for so many colours, main's included. They stand once in the page, and every picture refers to them.
pub fn shared_definitions(colours: usize) -> String {
    let mut out =
        String::from("<svg class=\"defs\" width=\"0\" height=\"0\" aria-hidden=\"true\" focusable=\"false\"><defs>\n");
    let ground = "<rect class=\"under\" width=\"5\" height=\"5\"/>";
    for (index, texture) in TEXTURES.iter().enumerate().take(colours) {
        let _ = writeln!(
            out,
            "<pattern id=\"h{index}\" class=\"w{index}\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\">{ground}<path class=\"hatch\" d=\"M1 0v5\"/></pattern>\
             <pattern id=\"s{index}\" class=\"w{index}\" width=\"5\" height=\"5\" \
             patternUnits=\"userSpaceOnUse\">{ground}\
             <circle class=\"dot\" cx=\"2.5\" cy=\"2.5\" r=\"0.8\"/></pattern>\
             <pattern id=\"p{index}\" class=\"w{index}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
             <rect class=\"wash\" width=\"6\" height=\"6\"/><path class=\"hatch\" d=\"{texture}\"/></pattern>"
        );
    }
    out.push_str("</defs></svg>\n");
    out
}

/// How many colours and textures there are, main's included.
pub const COLOURS: usize = 9;

/// The textures that tell workers apart without colour, main's first.
const TEXTURES: [&str; COLOURS] = [
    "M0 0",
    "M0 3h6",
    "M3 0v6",
    "M-1 1l2 -2M0 6l6 -6M5 7l2 -2",
    "M-1 5l2 2M0 0l6 6M5 -1l2 2",
    "M0 3h6M3 0v6",
    "M0 0l6 6M0 6l6 -6",
    "M2 3h2",
    "M0 1h6M0 4h6",
];
