//! Gets rule files as they were at a git revision.
//!
//! Invariants: the repository is only read: neither its index nor its working tree changes; the
//! texts lie in a temporary folder that lives as long as the [`Revision`].

use super::WorkspaceError;
use crate::diag::Phrase;
use crate::say;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Rule files of one revision, in a temporary folder.
#[derive(Debug)]
pub struct Revision {
    folder: TempDir,
    /// What was asked for, such as `main` or `v1.2~3`.
    pub name: String,
    /// The rule paths inside the temporary folder, in the order given.
    pub paths: Vec<PathBuf>,
}

impl Revision {
    /// Reads the files under some paths (relative to `folder`, or absolute) as a revision has them. A
    /// path that the revision lacks is left out.
    ///
    /// # Errors
    /// There is no git, no repository, no such revision, or none of the paths in it.
    pub fn check_out(
        name: &str,
        folder: &Path,
        paths: &[PathBuf],
    ) -> Result<Revision, WorkspaceError> {
        let place = TempDir::new().map_err(|error| WorkspaceError::io(folder, &error))?;
        let git = Git {
            folder: folder.to_path_buf(),
            index: Some(place.path().join("index")),
        };
        let commit = git.commit(name)?;
        let top = git.top()?;
        git.run(&["read-tree", &commit])?;
        let files = place.path().join("files");
        let mut prefix = files.as_os_str().to_os_string();
        prefix.push("/");
        let prefix = format!("--prefix={}", prefix.to_string_lossy());
        git.run_in(&top, &["checkout-index", "--all", "--quiet", &prefix])?;
        let mut found = Vec::with_capacity(paths.len());
        for path in paths {
            let inside = within(&top, &folder.join(path))?;
            let path = files.join(inside);
            if path.exists() {
                found.push(path);
            }
        }
        if found.is_empty() {
            let shown = paths.iter().map(|path| path.display().to_string());
            let shown = shown.collect::<Vec<_>>().join(", ");
            return Err(WorkspaceError::new(say!(
                "`{name}` has no {shown}",
                "`{name}` 中没有 {shown}"
            )));
        }
        Ok(Revision {
            folder: place,
            name: name.to_string(),
            paths: found,
        })
    }

    /// A path as people know it: `main:rules/a.seg`.
    pub fn shown(&self, path: &Path) -> PathBuf {
        match path.strip_prefix(self.folder.path().join("files")) {
            Ok(inside) => PathBuf::from(format!("{}:{}", self.name, inside.display())),
            Err(_) => path.to_path_buf(),
        }
    }
}

/// The path inside the repository. A file that is gone now may still be in the revision, so only the
/// part that exists is resolved.
pub(super) fn within(top: &Path, path: &Path) -> Result<PathBuf, WorkspaceError> {
    let top = top
        .canonicalize()
        .map_err(|error| WorkspaceError::io(top, &error))?;
    let mut rest = Vec::new();
    let mut base = path;
    let resolved = loop {
        match (base.canonicalize(), base.parent(), base.file_name()) {
            (Ok(resolved), _, _) => break resolved,
            (Err(_), Some(parent), Some(name)) => {
                rest.push(name);
                base = parent;
            }
            (Err(error), _, _) => return Err(WorkspaceError::io(path, &error)),
        }
    };
    let full: PathBuf = std::iter::once(resolved.as_os_str())
        .chain(rest.into_iter().rev())
        .collect();
    let shown = path.display();
    full.strip_prefix(&top)
        .map(Path::to_path_buf)
        .map_err(|_| outside(&shown.to_string()))
}

fn outside(path: &str) -> WorkspaceError {
    WorkspaceError::new(say!(
        "{path} lies outside the git repository",
        "{path} 不在该 git 仓库之内"
    ))
}

/// Runs git in a folder.
pub(super) struct Git {
    folder: PathBuf,
    /// An index of our own, so that the repository's stays as it is.
    index: Option<PathBuf>,
}

impl Git {
    /// For commands that change no index.
    pub(super) fn new(folder: &Path) -> Git {
        Git {
            folder: folder.to_path_buf(),
            index: None,
        }
    }

    /// The commit that a revision names.
    pub(super) fn commit(&self, name: &str) -> Result<String, WorkspaceError> {
        let commit = format!("{name}^{{commit}}");
        // A name that starts with a dash would be an option.
        let known = self.run(&[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ]);
        let commit = known.map_err(|error| self.explained(name, error))?;
        Ok(commit.trim_end().to_string())
    }

    /// The folder of the working tree.
    pub(super) fn top(&self) -> Result<PathBuf, WorkspaceError> {
        let top = self.run(&["rev-parse", "--show-toplevel"])?;
        Ok(PathBuf::from(top.trim_end_matches(['\n', '\r'])))
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Result<String, WorkspaceError> {
        self.run_in(&self.folder, arguments)
    }

    fn run_in(&self, folder: &Path, arguments: &[&str]) -> Result<String, WorkspaceError> {
        let mut command = Command::new("git");
        if let Some(index) = &self.index {
            command.env("GIT_INDEX_FILE", index);
        }
        let output = command
            .current_dir(folder)
            .args(arguments)
            .output()
            .map_err(|error| {
                WorkspaceError::new(say!("git cannot be run: {error}", "无法运行 git：{error}"))
            })?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(WorkspaceError::new(complaint(&output))),
        }
    }

    /// Why a revision was not found.
    fn explained(&self, name: &str, error: WorkspaceError) -> WorkspaceError {
        let is_repository = self.run(&["rev-parse", "--git-dir"]).is_ok();
        if !is_repository {
            return WorkspaceError::new(say!(
                "`{name}` is no file or folder, and there is no git repository here that could know it as a revision",
                "`{name}` 不是文件或文件夹，这里也没有可查找该版本的 git 仓库"
            ));
        }
        if error.message.en.starts_with("git cannot") {
            return error;
        }
        WorkspaceError::new(say!(
            "`{name}` is neither a file or folder nor a git revision",
            "`{name}` 既不是文件或文件夹，也不是 git 版本"
        ))
    }
}

/// What git complained of, in its last line.
fn complaint(output: &Output) -> Phrase {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().last().unwrap_or("").trim().to_string();
    say!("git: {line}", "git：{line}")
}
