//! Boxes on an ellipse with an arrow from each to the next: a ring of workers, each of whom waits for the next one.

use super::frame::at;
use crate::render::text::{escape, shorten_among};
use std::f64::consts::{FRAC_PI_2, PI, TAU};
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// So many workers of a ring can be drawn.
pub const MOST: usize = 8;
/// How many points the ellipse is made of.
const POINTS: usize = 720;
/// How wide one column of text is, and one of bold text.
const COLUMN: f64 = 6.4;
const BOLD: f64 = 8.0;
/// How much room an arrow leaves before a box, and how long its head is.
const GAP: f64 = 5.0;
const HEAD: f64 = 9.0;

/// One of the ring.
pub struct Seat {
    /// The class of its colour.
    pub colour: String,
    /// Its name.
    pub name: String,
    /// What it has, in words; empty if that is nothing.
    pub has: String,
    /// How it waits for something that the next one has, in words, and what that is.
    pub wants: [String; 2],
}

/// What stands in the middle: first what all do, then what follows; in parts, which stand below each other where room is scarce.
pub struct Middle {
    /// That all wait.
    pub all: Vec<String>,
    /// That they always will.
    pub end: Vec<String>,
    /// What stands between the parts where they stand in one line.
    pub space: &'static str,
}

/// The measures of a drawing.
pub struct Size {
    class: &'static str,
    width: f64,
    /// Half of how wide and high the ellipse is.
    radius: (f64, f64),
    /// Half of how wide and high a box is at most.
    half: (f64, f64),
    is_small: bool,
}

impl Size {
    /// For so many workers on a wide page.
    pub fn wide(seats: usize) -> Self {
        let high = [40.0, 40.0, 48.0, 84.0, 92.0, 115.0, 132.0, 150.0, 168.0][seats.min(MOST)];
        // The more there are, the nearer are neighbours above and below.
        let half = [76.0, 76.0, 76.0, 76.0, 76.0, 76.0, 70.0, 62.0, 56.0][seats.min(MOST)];
        Self { class: "lanes", width: 720.0, radius: (215.0, high), half: (half, 21.0), is_small: false }
    }

    /// For so many workers in a small window.
    pub fn small(seats: usize) -> Self {
        let high = [40.0, 40.0, 60.0, 92.0, 108.0, 132.0, 168.0, 204.0, 240.0][seats.min(MOST)];
        Self { class: "lanes small", width: 360.0, radius: (122.0, high), half: (50.0, 20.0), is_small: true }
    }
}

/// A point of the ellipse: where it is, in which direction from the middle, and how far along the ellipse.
#[derive(Clone, Copy)]
struct Point {
    x: f64,
    y: f64,
    angle: f64,
    along: f64,
}

/// Appends the drawing; `names` are its id, what it is called, and what it says in words.
pub fn push(out: &mut String, seats: &[Seat], middle: &Middle, size: &Size, [id, title, about]: [&str; 3]) {
    // The labels of two stand above and below their ring.
    let margin = size.half.1 + if size.is_small { 34.0 } else { 26.0 };
    let height = 2.0 * (size.radius.1 + margin);
    let _ = writeln!(
        out,
        "<svg class=\"{}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{id}-t\" aria-describedby=\"{id}-d\"><title \
         id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>",
        size.class,
        at(size.width),
        at(height),
        escape(title),
        escape(about)
    );
    let centre = (size.width / 2.0, height / 2.0);
    let outline = outline(centre, size.radius, if seats.len() > 2 { -FRAC_PI_2 } else { PI });
    let half = (half_width(seats, size), size.half.1);
    let places = places(&outline, seats.len());
    let (mut arrows, mut boxes) = (String::new(), String::new());
    for (number, seat) in seats.iter().enumerate() {
        let from = outline[places[number]];
        let end = places.get(number + 1).copied().unwrap_or(POINTS);
        let to = outline[end];
        let is_free = |point: &&Point| !is_in(point, &from, half) && !is_in(point, &to, half);
        let way: Vec<&Point> = outline[places[number]..=end].iter().filter(is_free).collect();
        if let [first, .., last] = way.as_slice() {
            push_arrow(&mut arrows, &way, first, last, size.radius);
            push_label(&mut arrows, (seat, seats), way[way.len() / 2], centre.0, size);
        }
        push_box(&mut boxes, (seat, seats), &from, half);
    }
    out.push_str(&arrows);
    out.push_str(&boxes);
    push_middle(out, middle, centre, size.is_small);
    out.push_str("</svg>\n");
}

/// The points of an ellipse, clockwise from a direction, the last where the first is.
fn outline((x, y): (f64, f64), (wide, high): (f64, f64), from: f64) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::with_capacity(POINTS + 1);
    for number in 0..=POINTS {
        let angle = from + TAU * number as f64 / POINTS as f64;
        let (x, y) = (x + wide * angle.cos(), y + high * angle.sin());
        let along = points.last().map_or(0.0, |last| last.along + (x - last.x).hypot(y - last.y));
        points.push(Point { x, y, angle, along });
    }
    points
}

/// The points at which boxes stand, equally far from each other along the ellipse.
fn places(outline: &[Point], seats: usize) -> Vec<usize> {
    let whole = outline.last().map_or(0.0, |last| last.along);
    let place = |seat: usize| outline.partition_point(|point| point.along < whole * seat as f64 / seats as f64);
    (0..seats).map(place).collect()
}

/// Half of how wide the boxes are, all alike.
fn half_width(seats: &[Seat], size: &Size) -> f64 {
    let text = |seat: &Seat| (seat.name.width() as f64 * BOLD).max(seat.has.width() as f64 * COLUMN);
    (seats.iter().map(text).fold(0.0, f64::max) / 2.0 + 10.0).clamp(42.0, size.half.0)
}

/// Whether a point is in the box around another, or so near that no arrow reaches there.
fn is_in(point: &Point, middle: &Point, (wide, high): (f64, f64)) -> bool {
    (point.x - middle.x).abs() < wide + GAP && (point.y - middle.y).abs() < high + GAP
}

fn push_arrow(out: &mut String, way: &[&Point], first: &Point, last: &Point, (wide, high): (f64, f64)) {
    let neck = way.iter().rev().find(|point| last.along - point.along >= HEAD).unwrap_or(&way[0]);
    let (dx, dy) = (last.x - neck.x, last.y - neck.y);
    let length = dx.hypot(dy).max(0.1);
    let (ux, uy) = (dx / length * 4.5, dy / length * 4.5);
    let is_long = u8::from(neck.angle - first.angle > PI);
    let _ = writeln!(
        out,
        "<path class=\"ring-wait\" d=\"M{} {}A{wide} {high} 0 {is_long} 1 {} {}\"/><path class=\"ring-wait tip\" \
         d=\"M{} {}L{} {}L{} {}z\"/>",
        at(first.x),
        at(first.y),
        at(neck.x),
        at(neck.y),
        at(last.x),
        at(last.y),
        at(neck.x - uy),
        at(neck.y + ux),
        at(neck.x + uy),
        at(neck.y - ux)
    );
}

/// Writes what a worker wants beside its arrow: outside of the ring, or inside where there is more room.
fn push_label(out: &mut String, (seat, seats): (&Seat, &[Seat]), point: &Point, middle: f64, size: &Size) {
    let (cos, sin) = (point.angle.cos(), point.angle.sin());
    let is_inside = size.is_small && cos.abs() > 0.5;
    let away = if is_inside { -9.0 } else { 9.0 };
    let (x, y) = (point.x + away * cos, point.y + away * sin);
    let anchor = match () {
        () if cos.abs() < 0.3 => " middle",
        () if (cos > 0.0) == is_inside => " end",
        () => "",
    };
    let room = match (cos.abs() < 0.3, is_inside) {
        (true, _) => size.radius.0 * 1.6,
        // What stands in the middle needs some of it.
        (false, true) => (x - middle).abs() - 42.0,
        (false, false) => size.width / 2.0 - (x - middle).abs(),
    };
    let [wants, thing] = &seat.wants;
    let columns = (room / BOLD) as usize;
    let columns = if size.is_small { columns } else { columns.saturating_sub(wants.width()) };
    let text = escape(&shorten_among(thing, columns.max(4), seats.iter().map(|seat| seat.wants[1].as_str().into())));
    let full = if text == escape(thing) { String::new() } else { format!("<title>{}</title>", escape(thing)) };
    let wants = escape(wants);
    // Above the ring a label ends, and below it begins, at the arrow.
    let lift = |lines: f64| {
        y + 4.0
            + if sin < -0.5 {
                -lines
            } else if sin > 0.5 {
                lines
            } else {
                0.0
            }
    };
    let _ = match size.is_small {
        false => writeln!(
            out,
            "<text class=\"want{anchor}\" x=\"{}\" y=\"{}\">{full}{wants} <tspan class=\"thing\">{text}</tspan></text>",
            at(x),
            at(lift(3.0))
        ),
        true => writeln!(
            out,
            "<text class=\"want{anchor}\" x=\"{x}\" y=\"{}\">{full}{wants}<tspan class=\"thing\" x=\"{x}\" \
             dy=\"14\">{text}</tspan></text>",
            at(lift(if is_inside { 0.0 } else { 10.0 }) - 7.0),
            x = at(x)
        ),
    };
}

fn push_box(out: &mut String, (seat, seats): (&Seat, &[Seat]), middle: &Point, (wide, high): (f64, f64)) {
    let Seat { colour, name, has, .. } = seat;
    let (x, y) = (middle.x, middle.y);
    let _ = write!(
        out,
        "<rect class=\"knot {colour}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\"/>",
        at(x - wide),
        at(y - high),
        at(2.0 * wide),
        at(2.0 * high)
    );
    let lines = [("knot", name, BOLD), ("has", has, COLUMN)];
    let is_one = has.is_empty();
    for (number, (class, text, column)) in lines.into_iter().enumerate().take(if is_one { 1 } else { 2 }) {
        let others = seats.iter().map(|seat| if number == 0 { seat.name.as_str() } else { seat.has.as_str() }.into());
        let short = shorten_among(text, ((2.0 * wide - 10.0) / column) as usize, others);
        let title = if short == *text { String::new() } else { format!("<title>{}</title>", escape(text)) };
        let y = y + if is_one { 4.5 } else { -2.5 + 15.0 * number as f64 };
        let (x, y, short) = (at(x), at(y), escape(&short));
        let _ = write!(out, "<text class=\"{class} {colour}\" x=\"{x}\" y=\"{y}\">{title}{short}</text>");
    }
    out.push('\n');
}

fn push_middle(out: &mut String, middle: &Middle, (x, y): (f64, f64), is_small: bool) {
    let of = |class, parts: &[String]| match is_small {
        true => parts.iter().map(|part| (class, part.clone())).collect::<Vec<_>>(),
        false => vec![(class, parts.join(middle.space))],
    };
    let lines = [of("all", &middle.all), of("all end", &middle.end)].concat();
    for (number, (class, text)) in lines.iter().enumerate() {
        let y = y + 5.0 + 17.0 * (number as f64 - (lines.len() - 1) as f64 / 2.0);
        let _ = writeln!(out, "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>", at(x), at(y), escape(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seats: usize, size: &Size) -> String {
        let seat = |number: usize| Seat {
            colour: format!("w{number}"),
            name: format!("worker-{number} with a name of 40 columns!!"),
            has: "has a<b".into(),
            wants: ["wants".into(), "another long name of a lock".into()],
        };
        let seats: Vec<Seat> = (1..=seats).map(seat).collect();
        let middle = Middle { all: vec!["all".into()], end: vec!["end".into()], space: " " };
        let mut out = String::new();
        push(&mut out, &seats, &middle, size, ["r", "Title", "About"]);
        out
    }

    #[test]
    fn every_worker_of_a_ring_has_a_box_and_an_arrow_at_any_width() {
        for seats in 1..=MOST {
            for size in [Size::wide(seats), Size::small(seats)] {
                let out = drawn(seats, &size);
                for part in ["<rect class=\"knot", "class=\"ring-wait\"", "class=\"ring-wait tip\"", "class=\"want"] {
                    assert_eq!(out.matches(part).count(), seats, "{part} of {seats} in {}: {out}", size.class);
                }
            }
        }
    }

    #[test]
    fn boxes_of_a_ring_stand_apart() {
        for seats in 2..=MOST {
            for size in [Size::wide(seats), Size::small(seats)] {
                let outline = outline((0.0, 0.0), size.radius, if seats > 2 { -FRAC_PI_2 } else { PI });
                let places = places(&outline, seats);
                for (number, place) in places.iter().enumerate() {
                    for other in &places[number + 1..] {
                        let (a, b) = (outline[*place], outline[*other]);
                        let apart =
                            (a.x - b.x).abs() > 2.0 * size.half.0 + 20.0 || (a.y - b.y).abs() > 2.0 * size.half.1 + 4.0;
                        assert!(apart, "{seats} in {}", size.class);
                    }
                }
            }
        }
    }

    #[test]
    fn a_name_that_is_cut_short_says_so_and_stands_in_full_in_its_title() {
        let out = drawn(5, &Size::small(5));
        assert!(out.contains("<title>worker-1 with a name of 40 columns!!</title>…1"), "{out}");
        assert!(out.contains("<title>another long name of a lock</title>") && out.contains('…'), "{out}");
        assert!(out.contains("has a&lt;b"));
    }
}
