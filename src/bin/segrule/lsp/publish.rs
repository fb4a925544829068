//! What is done when it is quiet: diagnostics told, findings and audiences asked for.

use super::background::Work;
use super::convert::Files;
use super::project::Home;
use super::server::{QUIET, Server};
use segrule::ide::View;
use serde_json::{Value, json};
use std::path::PathBuf;

impl Server<'_> {
    /// Does what is due for every rule set.
    pub fn catch_up(&mut self) {
        for place in 0..self.homes.len() {
            let is_due = self
                .homes
                .get(place)
                .and_then(|home| home.changed)
                .is_some_and(|changed| changed.elapsed() >= QUIET);
            if is_due {
                self.tell_diagnostics(place);
                self.start_work(place);
            }
        }
    }

    /// Publishes what there is to say about the files of one rule set.
    pub fn tell_diagnostics(&mut self, place: usize) {
        let now = self.host.now();
        let Some(home) = self.homes.get_mut(place) else {
            return;
        };
        if home.published == Some(home.stamp) {
            return;
        }
        home.project.facts.clock.now = now;
        let files = Files::new(home.project.view(), &self.documents, self.encoding);
        let (told, messages) = messages(&files, &home.told, self.lang);
        home.told = told;
        home.published = Some(home.stamp);
        for message in messages {
            self.notify("textDocument/publishDiagnostics", message);
        }
    }

    /// Starts the next piece of work that is still to be done; nothing more to do ends the wait.
    fn start_work(&mut self, place: usize) {
        if self.jobs.is_running() {
            return;
        }
        let max_rejects = self
            .homes
            .get(place)
            .and_then(|home| home.config.max_rejects.clone());
        let Some(home) = self.homes.get_mut(place) else {
            return;
        };
        match next_work(home) {
            Some(work) => self.jobs.start(home, work, max_rejects.as_deref()),
            None => home.changed = None,
        }
    }
}

fn next_work(home: &mut Home) -> Option<Work> {
    if home.analyzed != Some(home.stamp) {
        home.analyzed = Some(home.stamp);
        return Some(Work::Analyze(Box::new(home.project.draft())));
    }
    if let Some(unlaid) = home.project.unlaid() {
        return Some(Work::LayOut(Box::new(unlaid)));
    }
    let input = home.data()?;
    let view = home.project.view();
    let workspace = std::sync::Arc::clone(view.workspace);
    if workspace.schema().is_empty() && !home.is_schema_inferred {
        home.is_schema_inferred = true;
        return Some(Work::Infer(input));
    }
    if workspace.has_errors() {
        return None;
    }
    if !home.is_data_read {
        home.is_data_read = true;
        return Some(Work::Profile(workspace, input));
    }
    if home.counted != Some(home.stamp) && view.has_uncounted() {
        let meanings = view.meanings();
        home.counted = Some(home.stamp);
        return Some(Work::Count(workspace, input, meanings));
    }
    None
}

/// The messages for files that have something to tell or had before; and which have.
fn messages(
    files: &Files,
    told_before: &[PathBuf],
    lang: segrule::diag::Lang,
) -> (Vec<PathBuf>, Vec<Value>) {
    let view: View = files.view;
    let (mut told, mut messages) = (Vec::new(), Vec::new());
    for (source, file) in view.workspace.sources.iter() {
        let path = file.path();
        let open = files.document(path);
        let found: Vec<Value> = view
            .diagnostics(source)
            .map(|diagnostic| files.diagnostic(diagnostic, lang))
            .collect();
        let was_told = told_before.iter().any(|told| told == path);
        if found.is_empty() && !was_told && open.is_none() {
            continue;
        }
        if !found.is_empty() {
            told.push(path.to_path_buf());
        }
        messages.push(json!({
            "uri": files.uri(source),
            "version": open.and_then(|document| document.version),
            "diagnostics": found,
        }));
    }
    // Files that are gone have nothing wrong any more.
    let is_gone = |path: &&PathBuf| view.file(path).is_none();
    for path in told_before.iter().filter(is_gone) {
        messages.push(json!({ "uri": super::uri::of_path(path), "diagnostics": [] }));
    }
    (told, messages)
}
