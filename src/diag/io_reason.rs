//! Turns errors of the operating system into reasons in both languages.

use super::Phrase;
use crate::say;
use std::io::{Error, ErrorKind};

/// Why a file operation failed. What is rare keeps the system's own words.
pub fn io_reason(error: &Error) -> Phrase {
    match error.kind() {
        ErrorKind::NotFound => say!("there is no such file or folder", "没有这个文件或文件夹"),
        ErrorKind::PermissionDenied => say!("no permission", "没有权限"),
        ErrorKind::AlreadyExists => say!("it exists already", "已经存在"),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => say!("the disk is full", "磁盘已满"),
        ErrorKind::ReadOnlyFilesystem => say!("the file system is read-only", "文件系统只读"),
        ErrorKind::IsADirectory => say!("it is a folder", "这是文件夹"),
        ErrorKind::NotADirectory => say!("part of the path is no folder", "路径中有一段不是文件夹"),
        ErrorKind::InvalidFilename => say!("the name is not allowed", "文件名不合法"),
        ErrorKind::FileTooLarge => say!("the file would be too large", "文件过大"),
        _ => say!("{error}", "{error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_reasons_are_said_in_both_languages() {
        let missing = std::fs::read("no such folder/file").unwrap_err();
        let reason = io_reason(&missing);
        assert_eq!(reason.en, "there is no such file or folder");
        assert_eq!(reason.zh, "没有这个文件或文件夹");
        assert_eq!(io_reason(&Error::other("odd")).zh, "odd");
    }
}
