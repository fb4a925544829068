//! Packs the extension for Visual Studio Code into a `.vsix` file:
//! `cargo run --example vscode -- segrule.vsix`
//!
//! With `--grammar` it writes `editors/vscode/syntaxes/segrule.tmLanguage.json` anew from the words of
//! the language.

mod colours;
mod vsix;

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let extension = Path::new(env!("CARGO_MANIFEST_DIR")).join("editors/vscode");
    match std::env::args().nth(1).as_deref() {
        Some("--grammar") => {
            let path = extension.join("syntaxes/segrule.tmLanguage.json");
            std::fs::write(path, colours::text_mate())?;
        }
        Some(path) => std::fs::write(path, vsix::packed(&extension)?)?,
        None => return Err("give the file to write, or --grammar".into()),
    }
    Ok(())
}
