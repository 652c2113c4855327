//! What surrounds a run on its page.

use super::options::RenderContext;
use crate::model::AxisKind;
use crate::notebook::Cell;
use crate::record::Resource;

/// What a run's parts need to know of what is around it.
pub struct View<'a> {
    /// The cell that ran.
    pub cell: &'a Cell,
    /// The names behind the resource ids in the trace.
    pub resources: &'a [Resource],
    /// Which of the cell's groups of runs this is, from 0: pictures get unique ids by it.
    pub group: usize,
    /// How long the time axis of the picture is, if it is shared with other pictures.
    pub axis_ns: Option<u64>,
    /// Whether other groups of runs of the cell stand beside this one.
    pub several: bool,
    /// What the pictures have from left to right, where the author chose.
    pub axis: Option<AxisKind>,
    /// For how many steps there is room on an axis of steps, if it is shared with other pictures.
    pub steps: usize,
    /// The page's words, and whether times may be shown.
    pub context: RenderContext<'a>,
}
