//! Where the lines typed at the prompt are kept: a file that only its owner can read.

use std::path::{Path, PathBuf};

/// The usual file, in the user's data folder.
pub fn default_file() -> Option<PathBuf> {
    let folder = |name: &str| {
        let value = std::env::var_os(name)?;
        (!value.is_empty()).then(|| PathBuf::from(value))
    };
    let data = match (cfg!(windows), cfg!(target_os = "macos")) {
        (true, _) => folder("APPDATA"),
        (_, true) => folder("HOME").map(|home| home.join("Library/Application Support")),
        _ => folder("XDG_DATA_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| folder("HOME").map(|home| home.join(".local/share"))),
    };
    Some(data?.join("segrule").join("history"))
}

/// Makes the file when there is none, and keeps others from reading it.
pub fn prepare(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        file.set_permissions(private)?;
    }
    drop(file);
    Ok(())
}
