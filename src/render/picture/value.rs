//! The picture of a shared number: who read it and who wrote it, around the strip of what it was.

use super::accesses::{Accesses, Lost};
use super::axis::Axis;
use super::bins::Points;
use super::curve;
use super::figure::Told;
use super::frame::{Bar, Sheet, at, push_rect};
use super::outline::Outline;
use super::resource_chart::{self, Drawing, ResourceChart, Rows, Sheets, Sight, Table};
use crate::model::{Action, ActionKind, Event, ScalarType};
use crate::record::number::{length, magnitude, text as scalar};
use crate::render::units::count;
use crate::render::words::Mark;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What is done to a value itself.
const ACCESS: [ActionKind; 3] = [ActionKind::Load, ActionKind::Store, ActionKind::Update];

/// What was read or written in an access.
fn bits(event: &Event) -> u64 {
    event.action.bits().unwrap_or(0)
}

fn is_read(event: &Event) -> bool {
    event.kind() == ActionKind::Load
}

/// How high the strip is.
const STRIP: f64 = 20.0;

/// How many accesses are drawn step by step at most: more than these nobody follows, and so many fit into a small window.
const SEEN: usize = 14;

/// From nearby, so many accesses are drawn at least: a lost update has four.
const LEAST: usize = 6;

/// How many figures of a number there is room for.
const FIGURES: usize = 12;

/// All reads and writes of a value.
struct History<'a> {
    /// Those of which an order is known.
    events: Vec<&'a Event>,
    /// What the number was before all of them, if that is known.
    first: Option<u64>,
    /// The writes that lost an update, by their places.
    lost: Vec<(usize, Lost)>,
    /// The most figures that a number has, as far as there is room for them.
    figures: usize,
}

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
pub fn draw(chart: &ResourceChart, of: ScalarType, by_time: bool) -> Drawing {
    let history = History::of(chart, of);
    // In a small window the same accesses are drawn as on a wide page, in several pieces if need be.
    let room_of = |time: &Axis| (time.width / (history.figures as f64 * time.format.column() + 5.0)) as usize;
    let [wide, narrow] = chart.times.each_ref().map(room_of);
    let most = wide.clamp(2, SEEN);
    let whole = history.events.len() <= most;
    // What is seen from nearby is one drawing, as far as a small window has room for it.
    let room = if whole { most } else { narrow.max(LEAST).min(most) };
    let example = history.example(room);
    let (from, to) = history.window(room, example);
    let curve = (!whole).then(|| history.curve(&chart.times[0], of));
    let formats = chart.times.each_ref().map(|time| {
        let piece = if time.format.is_small() { narrow.clamp(2, SEEN) } else { SEEN.max(room) };
        // A piece has at least one step of its own.
        let starts = (from..to.max(from + 1)).step_by(piece);
        let place = |start: usize| (from, start, to.min(start + piece));
        let details = starts.map(|start| detail((chart, time), &history, place(start), of, by_time && whole)).collect();
        match &curve {
            None => Sheets { whole: details, closer: Vec::new() },
            Some(curve) => Sheets { whole: vec![history.over_time((chart, time), curve, of)], closer: details },
        }
    });
    let told = told(chart, &history, of, (!whole).then_some((from, to)), example);
    let changes = chart.total(ActionKind::Store) + chart.total(ActionKind::Update);
    let sight = match history.lost.is_empty() {
        false => Sight::Fault,
        true if changes == 0 => Sight::Nothing,
        true => Sight::Something,
    };
    let (table, about) = (table(chart, &history), chart.setting.words.value_about());
    Drawing { formats, about, told, table, sight }
}

impl<'a> History<'a> {
    /// The accesses to a value of which an order is known.
    fn of(chart: &ResourceChart<'a>, of: ScalarType) -> Self {
        let mut history = Self { events: Vec::new(), first: chart.before(0), lost: Vec::new(), figures: 1 };
        let mut following = Accesses::default();
        history.events = chart.used.events.iter().copied().filter(|event| ACCESS.contains(&event.kind())).collect();
        let known = (history.events.len() as u64).saturating_sub(chart.unknown.accesses);
        history.events.truncate(known as usize);
        for (place, event) in history.events.iter().enumerate() {
            history.lost.extend(following.add(event).map(|lost| (place, lost)));
            if history.figures < FIGURES {
                history.figures = history.figures.max(length(of, bits(event))).min(FIGURES);
            }
        }
        history
    }

    /// The number over time.
    fn curve(&self, time: &Axis, of: ScalarType) -> Outline {
        let mut curve = Outline::new(time);
        for event in self.events.iter().filter(|event| !is_read(event)) {
            curve.add(event.at_ns, magnitude(of, bits(event)));
        }
        curve
    }

    /// Draws the number over time.
    fn over_time(&self, (chart, time): (&ResourceChart, &Axis), curve: &Outline, of: ScalarType) -> Sheet {
        let mut losses = Points::new(time, 1.5);
        self.lost.iter().for_each(|(place, _)| losses.add(self.events[*place].at_ns));
        let first = self.before(0).map(|bits| magnitude(of, bits));
        let losses = (!self.lost.is_empty()).then_some(losses);
        curve::draw((chart, time), first, curve, losses, &|number| curve::short(of, number))
    }

    /// The lost update that is told and drawn, with its place: the first of which all can be seen at once, or else the
    /// first.
    fn example(&self, room: usize) -> Option<(usize, Lost)> {
        let fits = |(place, lost): &&(usize, Lost)| place - lost.basis + 4 < room;
        self.lost.iter().find(fits).or(self.lost.first()).copied()
    }

    /// Which accesses are drawn step by step: those around a lost update, or else around the first time that somebody goes on with what
    /// another worker has written, or else the first of all.
    fn window(&self, room: usize, example: Option<(usize, Lost)>) -> (usize, usize) {
        let first = match example {
            Some((place, lost)) => lost.basis.max((place + 4).saturating_sub(room) + 3).saturating_sub(3),
            None => self.handed_over().map_or(0, |place| place.saturating_sub(room / 3)),
        };
        let from = first.min(self.events.len().saturating_sub(room));
        (from, self.events.len().min(from + room))
    }

    /// The first access to what another worker than this one has written; main's are before all or after all.
    fn handed_over(&self) -> Option<usize> {
        let mut writer = 0;
        self.events.iter().position(|event| {
            let is_handed = event.worker != 0 && writer != 0 && event.worker != writer;
            if !is_read(event) {
                writer = event.worker;
            }
            is_handed
        })
    }

    /// What the number was before the access at this place, as far as the accesses tell.
    fn before(&self, place: usize) -> Option<u64> {
        let written = self.events[..place].iter().rev().find(|event| !is_read(event));
        written.map(|event| bits(event)).or(self.first).or_else(|| match self.events.get(place)?.action {
            Action::Load { bits, .. } => Some(bits),
            Action::Update { before, .. } => Some(before),
            _ => None,
        })
    }

    /// The accesses from one place to another.
    fn accesses(&self, from: usize, to: usize) -> Vec<Access<'a>> {
        let later = |next: u64, event: &&Event| event.at_ns.max(next).saturating_add(1);
        let mut next = self.events[..from].iter().fold(0, later);
        let lost = |place: usize| self.lost.binary_search_by_key(&place, |(place, _)| *place).ok();
        (from..to)
            .map(|place| {
                let event = self.events[place];
                let ns = event.at_ns.max(next);
                next = ns.saturating_add(1);
                Access { event, ns, lost: lost(place).map(|at| self.lost[at].1) }
            })
            .collect()
    }
}

/// Draws the accesses from one place to another around the strip; their steps are counted from `first` on.
fn detail(
    (chart, time): (&ResourceChart, &Axis),
    history: &History,
    (first, from, to): (usize, usize, usize),
    of: ScalarType,
    by_time: bool,
) -> Sheet {
    let drawn = history.accesses(from, to);
    let moments: Vec<u64> = drawn.iter().map(|access| access.ns).collect();
    let axis = if by_time { time.clone() } else { time.steps(moments, 0).after(from - first) };
    let mut sheet = Sheet::new(axis, chart.setting.words);
    let mut workers: Vec<usize> = chart.workers(&ACCESS);
    workers.retain(|worker| drawn.iter().any(|access| access.event.worker as usize == *worker));
    let jobs = workers.iter().filter(|worker| **worker != 0).count();
    let (above, below) = workers.split_at(jobs.div_ceil(2));
    let mut bars = resource_chart::rows(&mut sheet, chart.setting.run, above);
    sheet.bottom += 8.0 + sheet.above();
    let strip = Bar { worker: 0, top: sheet.bottom, height: STRIP };
    sheet.beside("name w0", (strip.top, strip.height), &chart.name());
    sheet.bottom += STRIP + 8.0;
    bars.extend(resource_chart::rows(&mut sheet, chart.setting.run, below));
    if !drawn.is_empty() {
        push_strip(&mut sheet, strip, &drawn, history.before(from), of);
    }
    let rows = bars.len();
    if chart.total(ActionKind::Acquire) > 0 {
        let named: Vec<usize> = bars.iter().map(|bar| bar.worker).collect();
        let mut locked = Rows::new(&named, || resource_chart::waits(&sheet.axis, rows));
        for event in
            chart.used.events.iter().filter(|event| event.duration_ns > 0 && event.kind() == ActionKind::Acquire)
        {
            if let Some(waits) = locked.of(event) {
                waits.add(event);
            }
        }
        for (bar, waits) in bars.iter().zip(locked.iter()) {
            waits.push(&mut sheet, *bar, chart.setting);
        }
    }
    let row_of = |access: &Access| bars.iter().position(|bar| bar.worker == access.event.worker as usize);
    for (place, access) in drawn.iter().enumerate() {
        let Some(bar) = row_of(access).map(|row| bars[row]) else { continue };
        if let Some(lost) = access.lost.filter(|lost| lost.basis >= first) {
            // What came in a piece before this one is at the beginning, or beyond it.
            let basis_ns = lost.basis.checked_sub(from).map_or(0, |basis| drawn[basis].ns);
            push_basis(&mut sheet, bar, "lost", (basis_ns, access.ns));
            if let Some(other) = lost.other.checked_sub(from) {
                let gone = sheet.axis.x(drawn[other].ns);
                let (left, top) = (at(gone - 3.5), at(strip.top - 3.5));
                let _ = writeln!(sheet.body, "<path class=\"lost fix\" d=\"M{left} {top}l7 7m0 -7l-7 7\"/>");
            }
        } else if access.event.kind() == ActionKind::Store {
            let basis = drawn[..place].iter().rev().find(|other| other.event.worker == access.event.worker);
            if let Some(basis) = basis.filter(|basis| is_read(basis.event)) {
                push_basis(&mut sheet, bar, "basis", (basis.ns, access.ns));
            }
        }
    }
    let mut ends = vec![f64::MIN; rows];
    for access in &drawn {
        let Some(row) = row_of(access) else { continue };
        push_access(&mut sheet, chart, (bars[row], strip), access, (of, &mut ends[row]));
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
    let writes: Vec<&Access> = drawn.iter().filter(|access| !is_read(access.event)).collect();
    let stop = writes.first().map_or(end, |access| sheet.axis.x(access.ns));
    let text = first.map_or("?".to_owned(), |bits| scalar(of, bits));
    let mut edges: BTreeMap<String, String> = BTreeMap::new();
    push_stretch(sheet, strip, (sheet.axis.left, stop), &text);
    for (place, access) in writes.iter().enumerate() {
        let x = sheet.axis.x(access.ns);
        let stop = writes.get(place + 1).map_or(end, |next| sheet.axis.x(next.ns));
        let strip = Bar { worker: access.event.worker as usize, ..strip };
        push_stretch(sheet, strip, (x, stop), &scalar(of, bits(access.event)));
        let edges = edges.entry(strip.colour()).or_default();
        let _ = write!(edges, "M{} {}v{}", at(x), at(strip.top), at(strip.height));
    }
    // All edges of a colour are one path.
    for (colour, path) in edges {
        let _ = writeln!(sheet.body, "<path class=\"was-edge {colour}\" d=\"{path}\"/>");
    }
}

fn push_stretch(sheet: &mut Sheet, strip: Bar, (from, to): (f64, f64), text: &str) {
    let wide = (to - from).max(0.0);
    sheet.rect(&format!("was {}", strip.colour()), (from, wide), (strip.top, strip.height));
    if text.len() as f64 * sheet.format().column() + 3.0 <= wide {
        let (x, y) = (at((from + to) / 2.0), at(strip.middle() + 4.0));
        let _ = write!(sheet.body, "<text class=\"number\" x=\"{x}\" y=\"{y}\">{text}</text>");
    }
    sheet.body.push('\n');
}

/// Draws an access: a box with its number in its worker's row, and a line between the box and the strip.
fn push_access(
    sheet: &mut Sheet,
    chart: &ResourceChart,
    (bar, strip): (Bar, Bar),
    access: &Access,
    (of, taken): (ScalarType, &mut f64),
) {
    let x = sheet.axis.x(access.ns);
    let text = scalar(of, bits(access.event));
    let reads = is_read(access.event);
    let full = text.len() as f64 * sheet.format().column() + 4.0;
    // A number that would overlap the one before it is left out; the box says it on hover.
    let fits = x - full / 2.0 >= *taken && text.len() <= FIGURES;
    let wide = if fits { full } else { 4.0 };
    *taken = taken.max(x + wide / 2.0);
    let is_above = bar.top < strip.top;
    let (near, edge) = if is_above { (bar.bottom(), strip.top) } else { (bar.top, strip.bottom()) };
    let (class, tip, tail) = if reads { ("fetch", near, edge) } else { ("give", edge, near) };
    let down = if tip > tail { 1.0 } else { -1.0 };
    let colour = bar.colour();
    sheet.body.push_str(&chart.setting.open(access.event));
    let _ = write!(
        sheet.body,
        "<path class=\"{class} fix {colour}\" d=\"M{x} {}V{}M{x} {}l-2.6 {dy}h5.2z\"/>",
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

fn told(
    chart: &ResourceChart,
    history: &History,
    of: ScalarType,
    part: Option<(usize, usize)>,
    example: Option<(usize, Lost)>,
) -> Told {
    let words = chart.setting.words;
    let (reads, writes, steps) =
        (chart.total(ActionKind::Load), chart.total(ActionKind::Store), chart.total(ActionKind::Update));
    let (uses, mut text) = (words.value_uses(&chart.name(), reads, writes, steps), String::new());
    let several = chart.workers(&[ActionKind::Store, ActionKind::Update]).len() > 1;
    let finding = if let Some((place, lost)) = example {
        let (access, other) = (history.events[place], history.events[lost.other]);
        let (who, read) = (chart.who(access.worker as usize), scalar(of, bits(history.events[lost.basis])));
        let other = (chart.who(other.worker as usize), scalar(of, bits(other)));
        let step = place as u64 + 1 - part.map_or(0, |(from, _)| from as u64);
        let written = history.events.iter().filter(|event| !is_read(event)).count() as u64;
        text.push_str(&words.value_loss(&who, &read, (&other.0, &other.1), &scalar(of, bits(access)), step));
        words.losses_finding(&chart.name(), history.lost.len() as u64, written)
    } else if !chart.unknown.is_any && writes > 0 && several {
        text.push_str(&words.sentence(&uses));
        words.no_loss_finding(&chart.name())
    } else {
        uses
    };
    if chart.unknown.is_any {
        text.push_str(&words.value_unordered(history.events.len() as u64, chart.unknown.accesses));
    }
    if let Some((from, to)) = part {
        text.push_str(&words.value_part((to - from) as u64, history.events.len() as u64, from as u64 + 1));
    }
    Told { finding, caption: text }
}

fn table(chart: &ResourceChart, history: &History) -> Table {
    let mut lost = vec![0u64; chart.setting.run.workers.len()];
    for (place, _) in &history.lost {
        if let Some(lost) = lost.get_mut(history.events[*place].worker as usize) {
            *lost += 1;
        }
    }
    let kinds = [ActionKind::Load, ActionKind::Store, ActionKind::Update, ActionKind::Acquire, ActionKind::GiveUp];
    chart.table(chart.setting.words.value_columns(), &kinds, |worker, many, waited| {
        let lost = count(lost[worker]).into();
        vec![many(ActionKind::Load), many(ActionKind::Store), many(ActionKind::Update), lost, waited]
    })
}

/// Whether the events of a value are more than its lock's.
pub fn is_accessed(chart: &ResourceChart) -> bool {
    ACCESS.iter().any(|kind| chart.total(*kind) > 0)
}
