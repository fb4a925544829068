//! Finds and reads rule files and the list files they name.
//!
//! Invariants: only regular files inside limits are read; list files stay inside the folder of their
//! rule set after links are resolved; folders are walked in name order, so runs are reproducible.

use super::WorkspaceError;
use crate::check::{ListFileError, ListFiles};
use crate::say;
use crate::source::{SourceId, Sources};
use indexmap::IndexMap;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// A rule file may be this large (`language` limits).
pub const LARGEST_RULE_FILE_BYTES: u64 = 16 << 20;
/// A list file may be this large.
pub const LARGEST_LIST_FILE_BYTES: u64 = 256 << 20;
/// A rule set may have this many files.
const MOST_RULE_FILES: usize = 10_000;
/// Folders may be nested this deep.
const DEEPEST_FOLDERS: usize = 32;

/// Every `.seg` file under the paths, in name order; a file given by name needs no `.seg`.
///
/// # Errors
/// A path that does not exist or cannot be listed, too many files.
pub fn find_rule_files(paths: &[PathBuf]) -> Result<Vec<RuleFile>, WorkspaceError> {
    let mut found = Vec::new();
    for path in paths {
        let meta = std::fs::metadata(path).map_err(|error| WorkspaceError::io(path, &error))?;
        if meta.is_dir() {
            walk(path, path, 0, &mut found)?;
        } else {
            found.push(RuleFile {
                folder: parent_folder(path),
                path: path.clone(),
            });
        }
    }
    if found.len() > MOST_RULE_FILES {
        return Err(WorkspaceError::new(say!(
            "more than {MOST_RULE_FILES} rule files: give a narrower folder",
            "规则文件超过 {MOST_RULE_FILES} 个：请给出更小的文件夹"
        )));
    }
    Ok(found)
}

/// One rule file and the folder its lists must stay in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFile {
    /// The file.
    pub path: PathBuf,
    /// The folder of the rule set.
    pub folder: PathBuf,
}

fn parent_folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        Some(_) | None => PathBuf::from("."),
    }
}

fn walk(
    root: &Path,
    folder: &Path,
    depth: usize,
    found: &mut Vec<RuleFile>,
) -> Result<(), WorkspaceError> {
    if depth > DEEPEST_FOLDERS {
        let folder = folder.display();
        return Err(WorkspaceError::new(say!(
            "{folder}: folders are nested deeper than {DEEPEST_FOLDERS}",
            "{folder}：文件夹嵌套超过 {DEEPEST_FOLDERS} 层"
        )));
    }
    let entries = std::fs::read_dir(folder).map_err(|error| WorkspaceError::io(folder, &error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| WorkspaceError::io(folder, &error))?;
        let kind = entry
            .file_type()
            .map_err(|error| WorkspaceError::io(&entry.path(), &error))?;
        paths.push((entry.path(), kind));
    }
    paths.sort_by(|a, b| a.0.cmp(&b.0));
    for (path, kind) in paths {
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if kind.is_dir() && !is_hidden {
            walk(root, &path, depth + 1, found)?;
        } else if !kind.is_dir() && path.extension().is_some_and(|extension| extension == "seg") {
            found.push(RuleFile {
                folder: root.to_path_buf(),
                path,
            });
        }
    }
    Ok(())
}

/// The bytes of a regular file of at most `limit_bytes`.
///
/// # Errors
/// It is no regular file, too large, or cannot be read.
pub fn read_limited(path: &Path, limit_bytes: u64) -> Result<Vec<u8>, WorkspaceError> {
    let failed = |error: std::io::Error| WorkspaceError::io(path, &error);
    let shown = path.display();
    // Asked before opening: opening a pipe would wait for its other end.
    let meta = std::fs::metadata(path).map_err(failed)?;
    if !meta.is_file() {
        return Err(WorkspaceError::new(say!(
            "{shown}: not a regular file",
            "{shown}：不是普通文件"
        )));
    }
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(limit_bytes + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > limit_bytes {
        let mib = limit_bytes >> 20;
        return Err(WorkspaceError::new(say!(
            "{shown}: larger than {mib} MiB",
            "{shown}：超过 {mib} MiB"
        )));
    }
    Ok(bytes)
}

/// List files on disk, relative to the rule file that names them.
#[derive(Clone, Debug, Default)]
pub struct DiskLists {
    homes: IndexMap<SourceId, RuleFile>,
}

impl DiskLists {
    /// Remembers where a rule file lies.
    pub fn add(&mut self, source: SourceId, file: RuleFile) {
        self.homes.insert(source, file);
    }
}

impl ListFiles for DiskLists {
    fn read(&self, from: SourceId, path: &str) -> Result<Arc<[u8]>, ListFileError> {
        let outside = || {
            ListFileError(say!(
                "the file must lie inside the rule set's folder",
                "文件必须在规则集的文件夹之内"
            ))
        };
        let home = self.homes.get(&from).ok_or_else(outside)?;
        let relative = Path::new(path);
        let is_plain = relative.components().all(|part| {
            matches!(
                part,
                Component::Normal(_) | Component::CurDir | Component::ParentDir
            )
        });
        if !is_plain || path.contains("://") {
            return Err(outside());
        }
        let full = parent_folder(&home.path).join(relative);
        let missing = |error: &std::io::Error| {
            let reason = crate::diag::io_reason(error);
            let (en, zh) = (reason.en, reason.zh);
            ListFileError(say!("cannot be read: {en}", "无法读取：{zh}"))
        };
        let resolved = full.canonicalize().map_err(|error| missing(&error))?;
        let folder = home
            .folder
            .canonicalize()
            .map_err(|error| missing(&error))?;
        if !resolved.starts_with(&folder) {
            return Err(outside());
        }
        read_limited(&resolved, LARGEST_LIST_FILE_BYTES)
            .map(Arc::from)
            .map_err(|error| ListFileError(error.message))
    }
}

/// Reads rule files into sources; files that are not UTF-8 are reported with the byte's offset.
///
/// # Errors
/// A file that cannot be read.
pub fn read_rule_files(
    files: Vec<RuleFile>,
    sources: &mut Sources,
    lists: &mut DiskLists,
) -> Result<Vec<NotUtf8>, WorkspaceError> {
    let mut broken = Vec::new();
    for file in files {
        let read = read_rule_file(&file.path)?;
        let source = sources.add(file.path.clone(), read.text);
        lists.add(source, file);
        broken.extend(read.bad.map(|bad| bad.of(source)));
    }
    Ok(broken)
}

/// A rule file as it was read.
#[derive(Clone, Debug)]
pub struct ReadText {
    /// Its text, up to the first byte that is no UTF-8.
    pub text: String,
    /// That byte.
    pub bad: Option<BadByte>,
}

/// Where a text stops being UTF-8.
#[derive(Clone, Copy, Debug)]
pub struct BadByte {
    offset: usize,
    looks_utf16: bool,
}

impl BadByte {
    /// The same with its file.
    pub fn of(self, source: SourceId) -> NotUtf8 {
        NotUtf8 {
            source,
            offset: self.offset,
            looks_utf16: self.looks_utf16,
        }
    }
}

/// Reads one rule file.
///
/// # Errors
/// It cannot be read.
pub fn read_rule_file(path: &Path) -> Result<ReadText, WorkspaceError> {
    let bytes = read_limited(path, LARGEST_RULE_FILE_BYTES)?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => ReadText { text, bad: None },
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            let mut text = error.into_bytes();
            let looks_utf16 = text.starts_with(&[0xFF, 0xFE]) || text.starts_with(&[0xFE, 0xFF]);
            text.truncate(offset);
            ReadText {
                text: String::from_utf8(text).unwrap_or_default(),
                bad: Some(BadByte {
                    offset,
                    looks_utf16,
                }),
            }
        }
    })
}

/// The path and text of every rule file under the paths.
///
/// # Errors
/// A file that cannot be read or is not UTF-8.
pub fn rule_texts(paths: &[PathBuf]) -> Result<Vec<(PathBuf, String)>, WorkspaceError> {
    find_rule_files(paths)?
        .into_iter()
        .map(|file| {
            let bytes = read_limited(&file.path, LARGEST_RULE_FILE_BYTES)?;
            let text = String::from_utf8(bytes).map_err(|_| {
                let path = file.path.display();
                WorkspaceError::new(say!("{path}: not UTF-8", "{path}：不是 UTF-8"))
            })?;
            Ok((file.path, text))
        })
        .collect()
}

/// Replaces a rule file's text as a whole, keeping its permissions: the new text is written beside
/// it and renamed over it.
///
/// # Errors
/// The folder or file cannot be written; the old text then stays.
pub fn replace_file(path: &Path, text: &str) -> Result<(), WorkspaceError> {
    let failed = |error: std::io::Error| WorkspaceError::io(path, &error);
    let meta = std::fs::symlink_metadata(path).map_err(failed)?;
    // A link stays a link: the file it points at is replaced.
    let target = if meta.is_symlink() {
        path.canonicalize().map_err(failed)?
    } else {
        path.to_path_buf()
    };
    let permissions = std::fs::metadata(&target).map_err(failed)?.permissions();
    let mut file = tempfile::NamedTempFile::new_in(parent_folder(&target)).map_err(failed)?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(failed)?;
    file.as_file()
        .set_permissions(permissions)
        .map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&target).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Replaces a rule file's text, when the file still says what was read; a byte-order mark stays.
///
/// # Errors
/// The file says something else now, or cannot be written.
pub fn rewrite_file(path: &Path, before: &str, after: &str) -> Result<(), WorkspaceError> {
    let bytes = read_limited(path, LARGEST_RULE_FILE_BYTES)?;
    let (mark, text) = match bytes.strip_prefix("\u{feff}".as_bytes()) {
        Some(rest) => ("\u{feff}", rest),
        None => ("", bytes.as_slice()),
    };
    if text != before.as_bytes() {
        let path = path.display();
        return Err(WorkspaceError::new(say!(
            "{path}: changed while it was being fixed, and left as it is",
            "{path}：修复期间文件已被改动，保持原样"
        )));
    }
    replace_file(path, &format!("{mark}{after}"))
}

/// A rule file whose bytes are no UTF-8 from `offset` on; the text before it was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotUtf8 {
    /// The file.
    pub source: SourceId,
    /// The first bad byte.
    pub offset: usize,
    /// Whether it starts like UTF-16.
    pub looks_utf16: bool,
}
