//! What starting a worker cost, beside its lane.

use super::frame::{Bar, Sheet, TOP, at};
use super::starts::cost_ns;
use crate::record::{RunOutcome, WorkerOutcome};
use crate::render::words::Mark;
use std::fmt::Write;

/// How long the longest bar is.
const BAR: f64 = 40.0;

impl Sheet {
    /// Writes what starting a worker cost: beside its lane with a bar, or above it behind its name.
    pub fn start_cost(&mut self, run: &RunOutcome, bar: Bar, worker: &WorkerOutcome, has_retired: bool) {
        let zero_ns = self.axis.begin_ns();
        let Some(own_ns) = cost_ns(worker, zero_ns).filter(|_| bar.worker > 0) else { return };
        if self.format().is_small() {
            let (x, y) = (self.format().width() - 4.0 - self.exit_width(run, bar, worker, has_retired), bar.top - 9.0);
            self.fix(&format!(
                "<text class=\"scale\" x=\"{}\" y=\"{}\">{}</text>\n",
                at(x),
                at(y),
                self.words.start_of(own_ns)
            ));
            return;
        }
        let costs = run.workers.iter().skip(1).filter_map(|worker| cost_ns(worker, zero_ns));
        let most = costs.max().unwrap_or(own_ns);
        let wide = (BAR * own_ns as f64 / most as f64).max(1.0);
        let (x, middle) = (self.axis.names + 4.0, bar.middle());
        let mut drawn = String::new();
        let _ = writeln!(
            drawn,
            "<path class=\"start {}\" d=\"M{} {}h{}v10h-{}z\"/><text class=\"cost\" x=\"{}\" y=\"{}\">{}</text>",
            bar.colour(),
            at(x),
            at(middle - 5.0),
            at(wide),
            at(wide),
            at(x + wide + 4.0),
            at(middle + 4.0),
            self.words.length(own_ns)
        );
        self.fix(&drawn);
        self.see(Mark::Start);
    }

    /// Writes above the costs what they are.
    pub fn start_head(&mut self) {
        let (x, y) = (at(self.axis.names + 4.0), at(TOP - 2.0));
        let head = self.words.start_cost();
        self.fix(&format!("<text class=\"cost\" x=\"{x}\" y=\"{y}\">{head}</text>\n"));
    }
}
