//! Commands that editors run from above an item: count a segment, run a test.

use super::answer::{Answer, nothing, some};
use super::background::Work;
use super::protocol::{COUNT, Execute, RUN_TEST};
use super::server::{MessageKind, Refusal, Server};
use super::uri;
use lsp_server::{ErrorCode, RequestId};
use segrule::diag::Phrase;
use segrule::report::tests::to_text;
use segrule::report::verdict::Surroundings;
use segrule::ruletest::{Outcome, run_tests};
use segrule::say;
use serde_json::{Value, json};
use std::sync::Arc;

pub fn execute(server: &mut Server, id: RequestId, command: Execute) -> Answer {
    let file = command
        .arguments
        .first()
        .and_then(Value::as_str)
        .unwrap_or("")
        .to_string();
    let what = command.arguments.get(1).cloned().unwrap_or(Value::Null);
    match (command.command.as_str(), what) {
        (COUNT, Value::String(name)) => count(server, id, &file, &name),
        (RUN_TEST, Value::Number(start)) => {
            let start = start.as_u64().and_then(|start| usize::try_from(start).ok());
            run_test(server, &file, start.unwrap_or(usize::MAX))
        }
        (COUNT | RUN_TEST, _) => Err(Refusal::new(
            ErrorCode::InvalidParams,
            "give a file and a segment's name, or a file and the byte a test starts at",
        )),
        (other, _) => {
            let message = format!("unknown command {other}");
            Err(Refusal::new(ErrorCode::InvalidParams, message))
        }
    }
}

/// Tells people why a command did nothing, and whoever ran it too.
fn refuse(server: &Server, why: &Phrase) -> Answer {
    server.tell(why, MessageKind::Error);
    Err(Refusal::new(ErrorCode::RequestFailed, why.get(server.lang)))
}

fn count(server: &mut Server, id: RequestId, file: &str, name: &str) -> Answer {
    let path = uri::to_path(file);
    let place = server.home_of(&path);
    let Some(home) = server.homes.get_mut(place) else {
        return nothing();
    };
    let Some(input) = home.data() else {
        return refuse(
            server,
            &say!(
                "no contacts: name a file in segrule.toml, `data = \"contacts.csv\"`",
                "没有联系人数据：请在 segrule.toml 里写 `data = \"contacts.csv\"`"
            ),
        );
    };
    home.project.facts.clock.now = server.host.now();
    let view = home.project.view();
    if view.workspace.has_errors() {
        return refuse(
            server,
            &say!(
                "the rules have errors: nothing is counted until they are mended",
                "规则有错误：改正后才能计数"
            ),
        );
    }
    let workspace = Arc::clone(view.workspace);
    let meanings = view.meanings();
    let wanted = match workspace.wanted(&[name.to_string()]) {
        Ok(wanted) => wanted.into_iter().next(),
        Err(error) => return refuse(server, &error.message),
    };
    if let Some(wanted) = wanted {
        let work = Work::CountOne(workspace, input, meanings, wanted, id);
        let max_rejects = home.config.max_rejects.clone();
        server.jobs.start(home, work, max_rejects.as_deref());
    }
    Ok(None)
}

fn run_test(server: &mut Server, file: &str, start: usize) -> Answer {
    let lang = server.lang;
    let Some(scene) = server.scene(file) else {
        return nothing();
    };
    let view = scene.view;
    let clock = &view.facts.clock;
    let outcomes = match run_tests(&view.workspace.rules, clock) {
        Ok(outcomes) => outcomes,
        Err(why) => return refuse(server, &why),
    };
    let is_it = |outcome: &Outcome| {
        outcome.span.source == scene.source && outcome.span.start as usize == start
    };
    let Some(outcome) = outcomes.into_iter().find(is_it) else {
        let why = say!("there is no such test any more", "这个测试已不存在");
        return refuse(server, &why);
    };
    let around = Surroundings {
        rules: &view.workspace.rules,
        sources: &view.workspace.sources,
        zone: &clock.zone,
    };
    let has_passed = outcome.has_passed();
    let text = to_text(std::slice::from_ref(&outcome), around, lang);
    let message = Phrase::new(text.trim_end(), text.trim_end());
    let kind = match has_passed {
        true => MessageKind::Info,
        false => MessageKind::Error,
    };
    server.tell(&message, kind);
    some(&json!({ "passed": has_passed, "message": message.get(lang) }))
}
