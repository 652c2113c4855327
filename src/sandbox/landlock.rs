//! The sandbox's list of files once more, guarded by Landlock, which also keeps signals and sockets in.

use super::files::{self, SCRATCH};
use super::spec::Spec;
use ::landlock::{
    ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetError,
    RulesetStatus, Scope, path_beneath_rules,
};
use std::path::Path;

/// The version of Landlock whose rights are asked for: the first that guards all of files, TCP, signals, and sockets.
const VERSION: ABI = ABI::V6;

/// Guards this thread and all that come from it.
pub(super) fn close(spec: &Spec) -> Result<(), String> {
    match restrict(spec) {
        Ok(RulesetStatus::FullyEnforced) => Ok(()),
        Ok(_) => Err("Landlock is missing on this system, or is too old: version 6 (Linux 6.12) is needed".to_owned()),
        Err(error) => Err(format!("Landlock cannot be had: {error}")),
    }
}

fn restrict(spec: &Spec) -> Result<RulesetStatus, RulesetError> {
    let (all, read) = (AccessFs::from_all(VERSION), AccessFs::from_read(VERSION));
    // In a tree that was built for the sandbox, everything may be read.
    let tree = if spec.walls.namespaces { vec![Path::new("/").to_owned()] } else { files::readable(&spec.config) };
    let mut write = spec.config.write.clone();
    if spec.walls.namespaces {
        write.push(SCRATCH.into());
    }
    let devices = files::DEVICES.map(|name| Path::new("/dev").join(name));
    let status = Ruleset::default()
        .handle_access(all)?
        .handle_access(AccessNet::from_all(VERSION))?
        .scope(Scope::from_all(VERSION))?
        .create()?
        .add_rules(path_beneath_rules(tree, read))?
        .add_rules(path_beneath_rules(devices, AccessFs::from_file(VERSION)))?
        .add_rules(path_beneath_rules(write, all))?
        .restrict_self()?;
    Ok(status.ruleset)
}
