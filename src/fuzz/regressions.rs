//! Schedules that once broke something, kept as files.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Failure, FuzzFault, Replay};

/// How the files end.
const SUFFIX: &str = ".replay";

fn fault(path: &Path) -> impl FnOnce(std::io::Error) -> FuzzFault {
    let path = path.display().to_string();
    move |error| FuzzFault::File { path, error }
}

/// The replay files of a workflow in a folder, sorted by name; none where there is no such folder.
pub(super) fn read(folder: &Path, workflow: &str) -> Result<Vec<Replay>, FuzzFault> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(fault(folder))? {
        let path = entry.map_err(fault(folder))?.path();
        if path.to_string_lossy().ends_with(SUFFIX) {
            paths.push(path);
        }
    }
    paths.sort();
    let mut replays = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).map_err(fault(&path))?;
        let replay = Replay::read(&path.display().to_string(), &text)?;
        if replay.workflow == workflow {
            replays.push(replay);
        }
    }
    Ok(replays)
}

/// Writes the replay file of a failure, and says where.
pub(super) fn write(folder: &Path, failure: &Failure) -> Result<PathBuf, FuzzFault> {
    fs::create_dir_all(folder).map_err(fault(folder))?;
    let path = folder.join(failure.file_stem() + SUFFIX);
    fs::write(&path, failure.replay.text()).map_err(fault(&path))?;
    Ok(path)
}
