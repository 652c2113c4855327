//! With what an exploration begins, where that is not what was declared.

use super::machine::Machine;
use super::model::{self, ModelObject};
use crate::plan;
use crate::record::explored::InitialContent;

/// What the cell uses and what does not hold what it was declared with.
pub fn begins(declared: &[plan::Declaration], at_first: &[ModelObject], machine: &impl Machine) -> Vec<InitialContent> {
    let uses = machine.uses();
    let begin = |(declared, object): (&plan::Declaration, &ModelObject)| {
        let (whether, done) = ((declared.id, false), (declared.id, true));
        // That items were taken and never called done matters to nobody but who asks for that.
        let not_done = if uses.contains(&done) { object.not_done() } else { 0 };
        let is_used = uses.contains(&whether) || uses.contains(&done);
        let is_kept = !matches!(object, ModelObject::Nothing | ModelObject::TooLarge { .. });
        let is_changed = is_kept && !object.holds_the_same(&model::declared(declared));
        (not_done > 0 || is_used && is_changed).then(|| {
            let kind = &machine.kinds()[declared.id as usize];
            InitialContent { name: declared.name.clone(), holds: object.content(kind, &|_| String::new()), not_done }
        })
    };
    declared.iter().zip(at_first).filter_map(begin).collect()
}
