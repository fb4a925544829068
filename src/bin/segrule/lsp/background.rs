//! Work that takes longer than an answer may: analysis, reading data, counting.
//!
//! Invariants: one piece of work at a time; what comes back speaks of the texts it was started with and
//! is dropped when they have changed.

use super::json::Json;
use super::project::{Home, HomeId};
use super::server::{MessageKind, Refusal, Server};
use lsp_server::{ErrorCode, RequestId};
use segrule::data::{Input, infer};
use segrule::diag::Phrase;
use segrule::ide::{LaidOut, Meanings, SeenValues, Unlaid};
use segrule::report::count::Counts;
use segrule::schema::Schema;
use segrule::value::{Number, Share};
use segrule::workspace::{Draft, Levels, RunOptions, Wanted, Workspace, count, profile};
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

/// A piece of work.
pub enum Work {
    /// Findings about rules.
    Analyze(Box<Draft>),
    /// The layout of a large file.
    LayOut(Box<Unlaid>),
    /// The schema that fits the data.
    Infer(Input),
    /// The values in the data.
    Profile(Arc<Workspace>, Input),
    /// The audiences of all segments.
    Count(Arc<Workspace>, Input, Meanings),
    /// The audience of one segment that somebody asked for.
    CountOne(Arc<Workspace>, Input, Meanings, Wanted, RequestId),
}

/// A finished piece of work.
pub struct Done {
    home: HomeId,
    stamp: u64,
    result: Result,
}

enum Result {
    Analyzed(Box<Workspace>),
    LaidOut(Option<LaidOut>),
    Inferred(Schema),
    Profiled(SeenValues),
    Counted(Counts, Meanings),
    CountedOne(Counts, Meanings, RequestId),
    Failed(Phrase, Option<RequestId>),
}

/// The work that is under way.
pub struct Jobs {
    sender: Sender<Done>,
    receiver: Receiver<Done>,
    running: usize,
}

impl Default for Jobs {
    fn default() -> Jobs {
        let (sender, receiver) = channel();
        Jobs {
            sender,
            receiver,
            running: 0,
        }
    }
}

impl Jobs {
    pub fn is_running(&self) -> bool {
        self.running > 0
    }

    /// Starts a piece of work for a rule set.
    pub fn start(&mut self, home: &Home, work: Work, max_rejects: Option<&str>) {
        let percent = max_rejects.and_then(|text| Number::parse(text.trim_end_matches('%')));
        let options = RunOptions {
            clock: home.project.facts.clock.clone(),
            max_rejects: percent.and_then(Share::from_percent),
            threads: None,
            progress: None,
        };
        let levels = home.config.levels.clone();
        let (id, stamp) = (home.id, home.stamp);
        let sender = self.sender.clone();
        let request = match &work {
            Work::CountOne(.., request) => Some(request.clone()),
            _ => None,
        };
        self.running += 1;
        std::thread::spawn(move || {
            let result = catch_unwind(AssertUnwindSafe(|| run(work, &options, &levels)));
            let broken = || {
                let why = segrule::say!("this could not be worked out", "无法算出结果");
                Result::Failed(why, request)
            };
            let result = result.unwrap_or_else(|_| broken());
            // Nobody listens any more when the editor is gone.
            let _ = sender.send(Done {
                home: id,
                stamp,
                result,
            });
        });
    }

    /// The next piece of work that is finished.
    pub fn finished(&mut self) -> Option<Done> {
        let done = self.receiver.try_recv().ok()?;
        self.running = self.running.saturating_sub(1);
        Some(done)
    }
}

fn run(work: Work, options: &RunOptions, levels: &Levels) -> Result {
    match work {
        Work::Analyze(draft) => {
            let mut workspace = draft.checked();
            workspace.analyze(&options.clock, levels);
            Result::Analyzed(Box::new(workspace))
        }
        Work::LayOut(unlaid) => Result::LaidOut(unlaid.lay_out()),
        Work::Infer(input) => match infer(&input, None) {
            Ok(schema) => Result::Inferred(schema),
            Err(error) => Result::Failed(error.message, None),
        },
        Work::Profile(workspace, input) => {
            let schema = workspace.schema();
            let fields: Vec<_> = schema.iter().map(|(id, _)| id).collect();
            match profile(&workspace, &fields, &input, options) {
                Ok((profile, _)) => {
                    let zone = &options.clock.zone;
                    Result::Profiled(SeenValues::of_profile(&profile, schema, zone))
                }
                Err(error) => Result::Failed(error.message, None),
            }
        }
        Work::Count(workspace, input, meanings) => {
            let wanted = workspace.wanted(&[]).unwrap_or_default();
            match count(&workspace, &wanted, &input, options) {
                Ok((counts, _)) => Result::Counted(counts, meanings),
                Err(error) => Result::Failed(error.message, None),
            }
        }
        Work::CountOne(workspace, input, meanings, wanted, request) => {
            match count(&workspace, &[wanted], &input, options) {
                Ok((counts, _)) => Result::CountedOne(counts, meanings, request),
                Err(error) => Result::Failed(error.message, Some(request)),
            }
        }
    }
}

/// Takes what came back.
pub fn take(server: &mut Server, done: Done) {
    let Done {
        home,
        stamp,
        result,
    } = done;
    let place = server.homes.iter().position(|own| own.id == home);
    match result {
        Result::Failed(why, Some(request)) => {
            let message = why.get(server.lang).to_string();
            server.answer(
                request,
                Err(Refusal::new(ErrorCode::RequestFailed, message)),
            );
            server.tell(&why, MessageKind::Error);
        }
        Result::Failed(why, None) => server.tell(&why, MessageKind::Warning),
        Result::Analyzed(workspace) => analyzed(server, place, stamp, *workspace),
        Result::LaidOut(laid_out) => {
            let home = place.and_then(|place| server.homes.get_mut(place));
            if let (Some(home), Some(laid_out)) = (home, laid_out) {
                home.project.take_layout(laid_out);
            }
        }
        Result::Inferred(schema) => {
            if let Some(home) = place.and_then(|place| server.homes.get_mut(place)) {
                home.project.facts.schema = Some(schema);
                home.project.forget();
                home.touch();
            }
        }
        Result::Profiled(seen) => {
            if let Some(home) = place.and_then(|place| server.homes.get_mut(place)) {
                home.project.facts.seen = seen;
            }
        }
        Result::Counted(counts, meanings) => counted(server, place, &counts, &meanings),
        Result::CountedOne(counts, meanings, request) => {
            counted(server, place, &counts, &meanings);
            let answer = told(server, &counts);
            server.answer(request, Ok(Json::of(&answer)));
        }
    }
}

/// Findings replace what checking alone had said, when the texts are still the same.
fn analyzed(server: &mut Server, place: Option<usize>, stamp: u64, workspace: Workspace) {
    let Some(place) = place else { return };
    let Some(home) = server.homes.get_mut(place) else {
        return;
    };
    if home.stamp != stamp {
        // Not here: somebody may be waiting for an answer.
        std::thread::spawn(move || drop(workspace));
        return;
    }
    home.project.adopt(workspace);
    home.published = None;
    server.tell_diagnostics(place);
}

fn counted(server: &mut Server, place: Option<usize>, counts: &Counts, meanings: &Meanings) {
    if let Some(home) = place.and_then(|place| server.homes.get_mut(place)) {
        home.project.facts.audiences.take(counts, meanings);
    }
    if server.abilities.inlay_hint.refresh_support {
        server.ask("workspace/inlayHint/refresh", Value::Null);
    }
}

/// Tells people a count, and gives it to whoever ran the command.
fn told(server: &Server, counts: &Counts) -> Value {
    let text = counts.to_text(server.lang);
    let message = Phrase::new(text.trim_end(), text.trim_end());
    server.tell(&message, MessageKind::Info);
    let counted = serde_json::from_str(&counts.to_json()).unwrap_or(Value::Null);
    json!({ "message": message.get(server.lang), "counts": counted })
}
