//! The picture of a shared number: who read it and who wrote it, around the strip of what it was.

use super::accesses::{Lost, lost_updates};
use super::frame::{Bar, Sheet, at, push_rect};
use super::legend::Mark;
use super::scene::{self, Drawing, Scene, Table, is};
use super::words::end_ns;
use super::{curve, waits};
use crate::record::number::{magnitude, text as scalar};
use crate::record::{Event, Op, ScalarType};
use crate::render::units::count;
use std::fmt::Write;

/// What is done to a value itself.
const ACCESS: [Op; 3] = [Op::Load, Op::Store, Op::FetchAdd];

/// How wide a figure is in the picture.
const FIGURE: f64 = 6.1;
/// How high the strip is.
const STRIP: f64 = 20.0;

/// One read or write, ready to be drawn.
struct Access<'a> {
    event: &'a Event,
    /// When it is drawn: its time, and a little later where two have the same.
    ns: u64,
    /// Whether it lost an update.
    lost: Option<Lost>,
}

/// Draws a value: step by step as many accesses as there is room for, and where there are more, before that the number
/// over time. `by_time` draws the accesses by the clock, if all of them are drawn.
pub fn draw(scene: &Scene, of: ScalarType, by_time: bool) -> Drawing {
    let events: Vec<&Event> = scene.events.iter().filter(|event| is(event, &ACCESS)).copied().collect();
    let lost = lost_updates(&events);
    let mut next = 0;
    let accesses: Vec<Access> = events
        .iter()
        .zip(&lost)
        .map(|(event, lost)| {
            let ns = event.at_ns.max(next);
            next = ns.saturating_add(1);
            Access { event, ns, lost: *lost }
        })
        .collect();
    let figures = accesses.iter().map(|access| scalar(of, access.event.b).len()).max().unwrap_or(1).min(12);
    let room = (scene.time.width / (figures as f64 * FIGURE + 5.0)) as usize;
    let example = example(&accesses, room);
    let (from, to) = window(&accesses, room.max(2), example);
    let whole = accesses.len() <= room.max(2);
    let detail = detail(scene, &accesses, (from, to), of, by_time && whole);
    let caption = caption(scene, &accesses, of, (!whole).then_some((from, to)), example);
    let table = table(scene, &accesses);
    if whole {
        return Drawing { sheet: detail, closer: None, about: scene.words.value_about(), caption, table };
    }
    let changes: Vec<(u64, f64)> = accesses
        .iter()
        .filter(|access| access.event.op != Op::Load)
        .map(|access| (access.event.at_ns, magnitude(of, access.event.b)))
        .collect();
    let losses: Vec<u64> =
        accesses.iter().filter(|access| access.lost.is_some()).map(|access| access.event.at_ns).collect();
    let first = before(&accesses, 0).map(|bits| magnitude(of, bits));
    let sheet = curve::draw(scene, first, &changes, &losses, &|number| short(of, number));
    Drawing { sheet, closer: Some(detail), about: scene.words.value_about(), caption, table }
}

/// A number of this type on the side of a curve.
fn short(of: ScalarType, number: f64) -> String {
    if of.integers().is_none() { format!("{number:.3}") } else { format!("{number:.0}") }
}

/// The place of the lost update that is told and drawn: the first of which all can be seen at once, or else the first.
fn example(accesses: &[Access], room: usize) -> Option<usize> {
    let lost = || accesses.iter().enumerate().filter_map(|(place, access)| Some((place, access.lost?)));
    let fits = |(place, lost): &(usize, Lost)| place - lost.basis + 4 < room;
    lost().find(fits).or_else(|| lost().next()).map(|(place, _)| place)
}

/// Which accesses are drawn step by step: those around a lost update, or else the first of all.
fn window(accesses: &[Access], room: usize, example: Option<usize>) -> (usize, usize) {
    let lost = example.and_then(|place| Some((place, accesses[place].lost?)));
    let first = lost.map_or(0, |(place, lost)| lost.basis.max((place + 4).saturating_sub(room) + 3).saturating_sub(3));
    let from = first.min(accesses.len().saturating_sub(room));
    (from, accesses.len().min(from + room))
}

/// What the number was before the access at this place, as far as the accesses tell.
fn before(accesses: &[Access], place: usize) -> Option<u64> {
    let written = accesses[..place].iter().rev().find(|access| access.event.op != Op::Load);
    written.map(|access| access.event.b).or_else(|| {
        let next = accesses.get(place..)?.first()?.event;
        match next.op {
            Op::Load => Some(next.b),
            Op::FetchAdd => Some(next.a),
            _ => None,
        }
    })
}

/// Draws the accesses from one place to another around the strip.
fn detail(scene: &Scene, accesses: &[Access], (from, to): (usize, usize), of: ScalarType, by_time: bool) -> Sheet {
    let drawn = &accesses[from..to];
    let moments: Vec<u64> = drawn.iter().map(|access| access.ns).collect();
    let axis = if by_time { scene.time.clone() } else { scene.time.steps(moments, 0) };
    let mut sheet = Sheet::new(axis, scene.words);
    let mut workers: Vec<usize> = scene.workers(&ACCESS);
    workers.retain(|worker| drawn.iter().any(|access| access.event.worker as usize == *worker));
    let jobs = workers.iter().filter(|worker| **worker != 0).count();
    let (above, below) = workers.split_at(jobs.div_ceil(2));
    let mut bars = scene::rows(&mut sheet, scene.run, above);
    sheet.bottom += 8.0;
    let strip = Bar { worker: 0, top: sheet.bottom, height: STRIP };
    sheet.side("name w0", strip.middle() + 4.0, &scene.name());
    sheet.bottom += STRIP + 8.0;
    bars.extend(scene::rows(&mut sheet, scene.run, below));
    push_strip(&mut sheet, strip, drawn, before(accesses, from), of);
    let rows = bars.len();
    for bar in &bars {
        let locked = scene.of(bar.worker).iter().filter(|event| event.op == Op::Acquire);
        let locked: Vec<&Event> = locked.copied().collect();
        waits::push(&mut sheet, Mark::Wait, *bar, &locked, (scene.run, scene.resources), rows.max(3));
    }
    let row_of = |access: &Access| bars.iter().position(|bar| bar.worker == access.event.worker as usize);
    for (place, access) in drawn.iter().enumerate() {
        let Some(bar) = row_of(access).map(|row| bars[row]) else { continue };
        if let Some(lost) = access.lost.filter(|lost| lost.basis >= from) {
            push_basis(&mut sheet, bar, "lost", (accesses[lost.basis].ns, access.ns));
            let gone = sheet.axis.x(accesses[lost.other].ns);
            let (left, top) = (at(gone - 3.5), at(strip.top - 3.5));
            let _ = writeln!(sheet.body, "<path class=\"lost fix\" d=\"M{left} {top}l7 7m0 -7l-7 7\"/>");
        } else if access.event.op == Op::Store {
            let basis = drawn[..place].iter().rev().find(|other| other.event.worker == access.event.worker);
            if let Some(basis) = basis.filter(|basis| basis.event.op == Op::Load) {
                push_basis(&mut sheet, bar, "basis", (basis.ns, access.ns));
            }
        }
    }
    let mut ends = vec![f64::MIN; rows];
    for access in drawn {
        let Some(row) = row_of(access) else { continue };
        push_access(&mut sheet, scene, (bars[row], strip), access, (of, &mut ends[row]));
    }
    sheet
}

/// Draws the line from the read that a write was worked out from to the write.
fn push_basis(sheet: &mut Sheet, bar: Bar, class: &str, (from_ns, to_ns): (u64, u64)) {
    let (from, to) = (at(sheet.axis.x(from_ns)), at(sheet.axis.x(to_ns)));
    let _ =
        writeln!(sheet.body, "<path class=\"{class} {}\" d=\"M{from} {y}H{to}\"/>", bar.colour(), y = at(bar.middle()));
}

/// Draws what the number was: a stretch for each write until the next one.
fn push_strip(sheet: &mut Sheet, strip: Bar, drawn: &[Access], first: Option<u64>, of: ScalarType) {
    let end = sheet.axis.left + sheet.axis.width;
    let writes: Vec<&Access> = drawn.iter().filter(|access| access.event.op != Op::Load).collect();
    let stop = writes.first().map_or(end, |access| sheet.axis.x(access.ns));
    let text = first.map_or("?".to_owned(), |bits| scalar(of, bits));
    push_stretch(sheet, strip, (sheet.axis.left, stop), &text);
    for (place, access) in writes.iter().enumerate() {
        let x = sheet.axis.x(access.ns);
        let stop = writes.get(place + 1).map_or(end, |next| sheet.axis.x(next.ns));
        let strip = Bar { worker: access.event.worker as usize, ..strip };
        push_stretch(sheet, strip, (x, stop), &scalar(of, access.event.b));
    }
}

fn push_stretch(sheet: &mut Sheet, strip: Bar, (from, to): (f64, f64), text: &str) {
    let wide = (to - from).max(0.0);
    sheet.rect(&format!("was {}", strip.colour()), (from, wide), (strip.top, strip.height));
    let _ = write!(
        sheet.body,
        "<path class=\"was-edge {}\" d=\"M{} {}v{}\"/>",
        strip.colour(),
        at(from),
        at(strip.top),
        at(strip.height)
    );
    if text.len() as f64 * FIGURE + 3.0 <= wide {
        let (x, y) = (at((from + to) / 2.0), at(strip.middle() + 4.0));
        let _ = write!(sheet.body, "<text class=\"number\" x=\"{x}\" y=\"{y}\">{text}</text>");
    }
    sheet.body.push('\n');
}

/// Draws an access: a box with its number in its worker's row, and a line between the box and the strip.
fn push_access(
    sheet: &mut Sheet,
    scene: &Scene,
    (bar, strip): (Bar, Bar),
    access: &Access,
    (of, taken): (ScalarType, &mut f64),
) {
    let x = sheet.axis.x(access.ns);
    let text = scalar(of, access.event.b);
    let reads = access.event.op == Op::Load;
    let full = text.len() as f64 * FIGURE + 4.0;
    // A number that would overlap the one before it is left out; the box says it on hover.
    let fits = x - full / 2.0 >= *taken && text.len() <= 12;
    let wide = if fits { full } else { 4.0 };
    *taken = taken.max(x + wide / 2.0);
    let is_above = bar.top < strip.top;
    let (near, edge) = if is_above { (bar.bottom(), strip.top) } else { (bar.top, strip.bottom()) };
    let (class, tip, tail) = if reads { ("fetch", near, edge) } else { ("give", edge, near) };
    let down = if tip > tail { 1.0 } else { -1.0 };
    let colour = bar.colour();
    sheet.body.push_str(&scene.open(access.event));
    let _ = write!(
        sheet.body,
        "<path class=\"{class} {colour}\" d=\"M{x} {}V{}\"/><path class=\"head fix {colour}\" d=\"M{x} {}l-2.6 \
         {dy}h5.2z\"/>",
        at(tail),
        at(tip - 4.0 * down),
        at(tip),
        x = at(x),
        dy = at(-5.0 * down)
    );
    let class = if reads { "got" } else { "work" };
    push_rect(&mut sheet.body, &format!("{class} box fix {colour}"), (x - wide / 2.0, wide), (bar.top, bar.height));
    if fits {
        let class = if reads { "number" } else { "block" };
        let (x, y) = (at(x), at(bar.middle() + 3.8));
        let _ = write!(sheet.body, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>");
    }
    if access.lost.is_some() {
        let place = ((x - wide / 2.0 - 2.0, wide + 4.0), (bar.top - 2.0, bar.height + 4.0));
        push_rect(&mut sheet.body, "lost box fix", place.0, place.1);
        sheet.see(Mark::Lost);
    }
    sheet.body.push_str("</g>\n");
    sheet.see(if reads { Mark::Read } else { Mark::Write });
}

fn caption(
    scene: &Scene,
    accesses: &[Access],
    of: ScalarType,
    part: Option<(usize, usize)>,
    example: Option<usize>,
) -> String {
    let words = scene.words;
    let (reads, writes, steps) = (scene.total(Op::Load), scene.total(Op::Store), scene.total(Op::FetchAdd));
    let mut text = words.value_uses(&scene.name(), reads, writes, steps);
    let losses = accesses.iter().filter(|access| access.lost.is_some()).count() as u64;
    let first = example.and_then(|place| Some((place, &accesses[place], accesses[place].lost?)));
    if let Some((place, access, lost)) = first {
        let (who, other) = (scene.who(access.event.worker as usize), &accesses[lost.other].event);
        let read = scalar(of, accesses[lost.basis].event.b);
        let other = (scene.who(other.worker as usize), scalar(of, other.b));
        let step = place as u64 + 1 - part.map_or(0, |(from, _)| from as u64);
        text.push_str(&words.value_losses(losses, writes + steps));
        let wrote = scalar(of, access.event.b);
        text.push_str(&words.value_loss(&who, &read, (&other.0, &other.1), &wrote, step));
    } else if writes > 0 && scene.workers(&[Op::Store, Op::FetchAdd]).len() > 1 {
        text.push_str(words.value_no_loss());
    }
    if let Some((from, to)) = part {
        text.push_str(&words.value_part((to - from) as u64, accesses.len() as u64, from as u64 + 1));
    }
    text
}

fn table(scene: &Scene, accesses: &[Access]) -> Table {
    let mut lost = vec![0u64; scene.run.workers.len()];
    for access in accesses.iter().filter(|access| access.lost.is_some()) {
        if let Some(lost) = lost.get_mut(access.event.worker as usize) {
            *lost += 1;
        }
    }
    scene.table(scene.words.value_columns(), |worker, many, waited| {
        vec![many(Op::Load), many(Op::Store), many(Op::FetchAdd), count(lost[worker]), waited]
    })
}

/// Whether the events of a value are more than its lock's.
pub fn is_accessed(scene: &Scene) -> bool {
    ACCESS.iter().any(|op| scene.total(*op) > 0)
}

/// When the last access was over; the picture of a long run ends there.
pub fn last_ns(scene: &Scene) -> u64 {
    scene.events.iter().map(|event| end_ns(event)).max().unwrap_or(0)
}
