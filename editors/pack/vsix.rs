//! Packs a folder as a `.vsix` file: a zip with the extension's files and two XML files about them.
//!
//! Invariants: the same files give the same bytes; whatever the extension needs is inside.

use serde_json::Value;
use std::error::Error;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// The files of a folder as a `.vsix` file.
pub fn packed(folder: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let package: Value = serde_json::from_slice(&std::fs::read(folder.join("package.json"))?)?;
    let mut files = Vec::new();
    gather(folder, folder, &mut files)?;
    files.sort();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default());
    let mut add = |name: &str, bytes: &[u8]| -> Result<(), Box<dyn Error>> {
        zip.start_file(name, options)?;
        zip.write_all(bytes)?;
        Ok(())
    };
    add("[Content_Types].xml", content_types(&files).as_bytes())?;
    add("extension.vsixmanifest", manifest(&package)?.as_bytes())?;
    for file in &files {
        let name = file.to_string_lossy().replace('\\', "/");
        add(
            &format!("extension/{name}"),
            &std::fs::read(folder.join(file))?,
        )?;
    }
    Ok(zip.finish()?.into_inner())
}

/// The files that belong to the extension, by their paths inside the folder.
fn gather(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let is_left_out = name.starts_with('.') || name == "node_modules" || name == "test";
        if is_left_out {
            continue;
        }
        match path.is_dir() {
            true => gather(root, &path, files)?,
            false => files.push(path.strip_prefix(root)?.to_path_buf()),
        }
    }
    Ok(())
}

/// What the endings of the files mean.
fn content_types(files: &[PathBuf]) -> String {
    let endings = files.iter().filter_map(|file| file.extension()?.to_str());
    let mut endings: Vec<&str> = endings.chain(["vsixmanifest"]).collect();
    endings.sort_unstable();
    endings.dedup();
    let types = endings.into_iter().map(|ending| {
        let kind = match ending {
            "json" => "application/json",
            "js" => "application/javascript",
            "md" => "text/markdown",
            "vsixmanifest" => "text/xml",
            _ => "application/octet-stream",
        };
        format!("  <Default Extension=\".{ending}\" ContentType=\"{kind}\"/>\n")
    });
    let types: String = types.collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\n{types}</Types>\n"
    )
}

/// What the extension is, for the editor's list of extensions.
fn manifest(package: &Value) -> Result<String, Box<dyn Error>> {
    let text = |key: &str| -> Result<String, Box<dyn Error>> {
        let found = package.get(key).and_then(Value::as_str);
        Ok(escaped(found.ok_or(format!("package.json has no {key}"))?))
    };
    let engine = package.pointer("/engines/vscode").and_then(Value::as_str);
    let engine = escaped(engine.ok_or("package.json has no engines.vscode")?);
    let (id, version, publisher) = (text("name")?, text("version")?, text("publisher")?);
    let (name, description) = (text("displayName")?, text("description")?);
    Ok(format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id="{id}" Version="{version}" Publisher="{publisher}"/>
    <DisplayName>{name}</DisplayName>
    <Description xml:space="preserve">{description}</Description>
    <Tags>segrule,__ext_seg</Tags>
    <Categories>Programming Languages,Linters,Formatters</Categories>
    <GalleryFlags>Public</GalleryFlags>
    <Properties>
      <Property Id="Microsoft.VisualStudio.Code.Engine" Value="{engine}"/>
      <Property Id="Microsoft.VisualStudio.Code.ExtensionDependencies" Value=""/>
      <Property Id="Microsoft.VisualStudio.Code.ExtensionPack" Value=""/>
      <Property Id="Microsoft.VisualStudio.Code.ExtensionKind" Value="workspace"/>
    </Properties>
  </Metadata>
  <Installation>
    <InstallationTarget Id="Microsoft.VisualStudio.Code"/>
  </Installation>
  <Dependencies/>
  <Assets>
    <Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Content.Details" Path="extension/README.md" Addressable="true"/>
  </Assets>
</PackageManifest>
"#
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
