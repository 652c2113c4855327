//! What the marks of a picture mean.

use crate::render::words::{Mark, Words};
use std::fmt::Write;

/// Appends what the marks mean, each with a little picture of it.
pub fn push(out: &mut String, marks: &[Mark], words: Words) {
    if marks.is_empty() {
        return;
    }
    out.push_str("<span class=\"legend\">");
    for mark in marks {
        let shape = match mark {
            Mark::Start => "<rect class=\"start\" y=\"1\" width=\"20\" height=\"8\"/>",
            Mark::Work => "<rect class=\"work\" y=\"1\" width=\"20\" height=\"8\"/>",
            Mark::OnCore => {
                "<rect class=\"start\" y=\"1\" width=\"20\" height=\"8\"/><rect class=\"work\" y=\"6\" width=\"20\" \
                 height=\"3\"/>"
            }
            Mark::Wait => "<rect class=\"edge h1\" y=\"1\" width=\"20\" height=\"8\"/>",
            Mark::Sleep => "<rect class=\"edge s1\" y=\"1\" width=\"20\" height=\"8\"/>",
            Mark::Print => "<path class=\"tick\" d=\"M10 1v8\"/>",
            Mark::Gate => "<path class=\"gate\" d=\"M10 -2v14\"/>",
            Mark::Task => {
                "<rect class=\"work\" y=\"1\" width=\"9\" height=\"8\"/><rect class=\"work\" x=\"11\" y=\"1\" \
                 width=\"9\" height=\"8\"/>"
            }
            Mark::FailedTask => "<rect class=\"failed-task\" x=\"1\" y=\"1\" width=\"18\" height=\"8\"/>",
            Mark::Chunk => "<path class=\"chunk\" d=\"M1 8V3H19V8\"/>",
            Mark::Prepare => "<rect class=\"prepare\" y=\"1\" width=\"20\" height=\"8\"/>",
            Mark::Idle => "<rect class=\"idle\" y=\"1\" width=\"20\" height=\"8\"/>",
            Mark::Put => "<rect class=\"work\" x=\"8\" width=\"4\" height=\"10\"/>",
            Mark::Get => "<rect class=\"got\" x=\"8\" y=\"0.5\" width=\"4\" height=\"9\"/>",
            Mark::Way => "<path class=\"way\" d=\"M1 1C8 1 12 9 19 9\"/>",
            Mark::Depth => "<path class=\"depth\" d=\"M0 10V7H7V2H14V5H20V10Z\"/>",
            Mark::Read => "<rect class=\"got\" x=\"4\" y=\"0.5\" width=\"12\" height=\"9\" rx=\"2\"/>",
            Mark::Write => "<rect class=\"work\" x=\"4\" width=\"12\" height=\"10\" rx=\"2\"/>",
            Mark::Lost => {
                "<rect class=\"lost\" x=\"4\" y=\"0\" width=\"12\" height=\"10\" rx=\"2\"/><path class=\"lost\" d=\"M7 \
                 2l6 6M13 2l-6 6\"/>"
            }
            Mark::Curve => "<path class=\"curve\" d=\"M0 9L6 5L10 7L20 1\"/>",
            Mark::Held => "<rect class=\"work\" y=\"1\" width=\"20\" height=\"8\"/>",
            Mark::Handed => "<path class=\"handed\" d=\"M10 -1v12\"/>",
            Mark::Signal => "<path class=\"signal\" d=\"M10 0l4 10h-8z\"/>",
            Mark::Cleared => "<path class=\"cleared\" d=\"M6 1h8l-4 8z\"/>",
            Mark::Met => "<path class=\"gate\" d=\"M10 -2v14\"/>",
            Mark::Thread => "<path class=\"way\" d=\"M10 -2v8\"/><path class=\"head\" d=\"M10 11l-3.5 -6h7z\"/>",
            Mark::Texture => {
                "<rect class=\"edge p1\" y=\"0\" width=\"9\" height=\"10\"/><rect class=\"edge w2 p2\" \
                 x=\"11\" y=\"0\" width=\"9\" height=\"10\"/>"
            }
        };
        let _ = write!(out, "<span><svg class=\"w1\" aria-hidden=\"true\">{shape}</svg>{}</span>", words.mark(*mark));
    }
    out.push_str("</span>");
}
