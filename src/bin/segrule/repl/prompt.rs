//! The prompt of a terminal: completion, colours, lines that go on, history.

use super::super::cli::host::Failure;
use super::command::COMMANDS;
use super::history;
use super::line::is_complete;
use super::shell::{Next, Shell};
use rustyline::completion::{Candidate, Completer};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};
use segrule::diag::Lang;
use segrule::ide::{Completion, SeenValues, Typed, complete};
use segrule::say;
use segrule::syntax::{PieceKind, keyword, pieces};
use segrule::workspace::Session;
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;

const PROMPT: &str = "> ";
/// Lines kept.
const MOST_LINES: usize = 5_000;

/// Reads lines until the end; `file` is where they are kept.
pub fn run(shell: &mut Shell, file: Option<PathBuf>) -> Result<(), Failure> {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .max_history_size(MOST_LINES)
        .map_err(|error| trouble(&error))?
        .completion_show_all_if_ambiguous(true)
        .history_ignore_space(true)
        .build();
    let mut editor: Editor<Prompt, FileHistory> =
        Editor::with_config(config).map_err(|error| trouble(&error))?;
    let lang = Rc::new(Cell::new(shell.host.lang));
    editor.set_helper(Some(Prompt {
        session: shell.session.clone(),
        lang: lang.clone(),
        has_color: shell.host.output_style().has_color,
    }));
    let file = file.filter(|file| match history::prepare(file) {
        Ok(()) => true,
        Err(error) => {
            let name = file.display();
            shell.host.remark(&say!(
                "lines are not kept: {name}: {error}",
                "不保存输入历史：{name}：{error}"
            ));
            false
        }
    });
    if let Some(file) = &file {
        // A file that was damaged starts anew.
        let _ = editor.load_history(file);
    }
    greet(shell);
    loop {
        lang.set(shell.host.lang);
        let typed = match editor.readline(PROMPT) {
            Ok(typed) => typed,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => return Ok(()),
            Err(error) => return Err(trouble(&error)),
        };
        if !typed.trim().is_empty() {
            let _ = editor.add_history_entry(typed.as_str());
            if let Some(file) = &file {
                let _ = editor.append_history(file);
            }
        }
        if shell.answer(&typed)? == Next::End {
            return Ok(());
        }
    }
}

fn greet(shell: &Shell) {
    let contacts = segrule::report::grouped(shell.session.borrow().report().contacts);
    shell.host.remark(&say!(
        "{contacts} contacts. Type an expression, :help or :quit; Tab completes.",
        "共 {contacts} 位联系人。请输入表达式，或 :帮助、:退出；Tab 键补全。"
    ));
}

fn trouble(error: &ReadlineError) -> Failure {
    Failure::Message(say!("terminal: {error}", "终端：{error}"))
}

/// What the line editor asks while somebody types.
struct Prompt {
    session: Rc<RefCell<Session>>,
    lang: Rc<Cell<Lang>>,
    has_color: bool,
}

impl Helper for Prompt {}

impl Hinter for Prompt {
    type Hint = String;
}

impl Validator for Prompt {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        Ok(match is_complete(context.input()) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

/// One way to go on.
struct Choice {
    shown: String,
    written: String,
}

impl Candidate for Choice {
    fn display(&self) -> &str {
        &self.shown
    }

    fn replacement(&self) -> &str {
        &self.written
    }
}

impl Completer for Prompt {
    type Candidate = Choice;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context,
    ) -> rustyline::Result<(usize, Vec<Choice>)> {
        let typed = line.get(..at).unwrap_or(line);
        if let Some(word) = typed.strip_prefix(':').filter(|word| !word.contains(' ')) {
            return Ok((0, self.commands(word)));
        }
        Ok(self.expression(line, at))
    }
}

impl Prompt {
    fn commands(&self, word: &str) -> Vec<Choice> {
        let words = COMMANDS
            .iter()
            .flat_map(|command| [command.word, command.chinese]);
        let fitting = words.filter(|known| known.starts_with(word));
        fitting
            .map(|known| Choice {
                shown: format!(":{known}"),
                written: format!(":{known} "),
            })
            .collect()
    }

    fn expression(&self, line: &str, at: usize) -> (usize, Vec<Choice>) {
        let start = expression_start(line);
        let Some(text) = line.get(start..).filter(|_| at >= start) else {
            return (at, Vec::new());
        };
        // A line of an expression starts nothing new.
        let text = &text.replace('\n', " ");
        let mut session = self.session.borrow_mut();
        let seen = self.seen(&mut session, text);
        let typed = Typed {
            text,
            offset: at - start,
            is_expression: true,
        };
        let mut found = complete(session.workspace(), typed, &seen);
        keep_begun(&mut found, typed);
        let from = found.iter().map(|choice| choice.replace.start).min();
        let Some(from) = from else {
            return (at, Vec::new());
        };
        let choices = found.into_iter().map(|choice| {
            let kept = text.get(from..choice.replace.start).unwrap_or("");
            let detail = match choice.count {
                Some(count) => segrule::report::grouped(count),
                None => choice.detail.get(self.lang.get()).to_string(),
            };
            Choice {
                shown: format!("{}  {detail}", choice.label).trim_end().to_string(),
                written: format!("{kept}{}", choice.insert),
            }
        });
        (start + from, choices.collect())
    }

    /// The values of the fields that the text names, as they are seen in the data.
    fn seen(&self, session: &mut Session, text: &str) -> SeenValues {
        for piece in pieces(text) {
            let name = piece.text(text).trim_matches('`');
            if let Some(id) = session.workspace().schema().find(name) {
                session.profile(id);
            }
        }
        let zone = &session.clock().zone;
        SeenValues::of_profile(session.profiles(), session.workspace().schema(), zone)
    }
}

/// Leaves those that begin with what is typed, when there are any: Tab writes on only what all of them share.
fn keep_begun(found: &mut Vec<Completion>, typed: Typed) {
    let begins = |choice: &Completion| {
        let word = typed.text.get(choice.replace.start..typed.offset);
        let word = word.unwrap_or("").to_lowercase();
        choice.label.to_lowercase().starts_with(&word)
            || choice.insert.to_lowercase().starts_with(&word)
    };
    if found.iter().any(begins) {
        found.retain(begins);
    }
}

/// Where the expression starts in a line: after a command's word, the name that `:let` defines, the id
/// that `:explain` is given.
fn expression_start(line: &str) -> usize {
    let Some(rest) = line.strip_prefix(':') else {
        return 0;
    };
    let word_end = rest.find(' ').map_or(line.len(), |end| end + 2);
    match rest.split(' ').next() {
        Some("let" | "定义") => line.find('=').map_or(line.len(), |sign| sign + 1),
        Some("explain" | "解释") => {
            let given = line.get(word_end..).unwrap_or("");
            given.find(' ').map_or(line.len(), |end| word_end + end + 1)
        }
        _ => word_end.min(line.len()),
    }
}

impl Highlighter for Prompt {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if !self.has_color {
            return Cow::Borrowed(line);
        }
        let mut out = String::with_capacity(line.len() * 2);
        let mut done = 0;
        for piece in pieces(line) {
            let (Some(gap), Some(text)) = (
                line.get(done..piece.start),
                line.get(piece.start..piece.end),
            ) else {
                continue;
            };
            out.push_str(gap);
            match self.color(piece.kind, text) {
                Some(color) => out.push_str(&format!("\x1b[{color}m{text}\x1b[0m")),
                None => out.push_str(text),
            }
            done = piece.end;
        }
        out.push_str(line.get(done..).unwrap_or(""));
        Cow::Owned(out)
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        self.has_color
    }
}

impl Prompt {
    fn color(&self, kind: PieceKind, text: &str) -> Option<&'static str> {
        match kind {
            PieceKind::Word if keyword(text).is_some() => Some("35"),
            PieceKind::Word | PieceKind::Quoted => {
                let session = self.session.try_borrow().ok()?;
                let name = text.trim_matches('`');
                let workspace = session.workspace();
                let is_field = workspace.schema().find(name).is_some();
                let is_segment = workspace.rules.find_segment(name).is_some();
                match (is_field, is_segment) {
                    (true, _) => Some("36"),
                    (false, true) => Some("34"),
                    (false, false) => None,
                }
            }
            PieceKind::Number => Some("33"),
            PieceKind::Text | PieceKind::Regex => Some("32"),
            PieceKind::Comment => Some("90"),
            PieceKind::Unclosed(_) | PieceKind::SingleQuoted | PieceKind::Hidden => Some("31"),
            PieceKind::Sign(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Completion, Typed, keep_begun};
    use segrule::ide::CompletionKind;

    fn kept(text: &str, names: &[&str]) -> Vec<String> {
        let choice = |name: &&str| Completion {
            label: name.to_string(),
            insert: name.to_string(),
            replace: 0..text.len(),
            kind: CompletionKind::Field,
            detail: Default::default(),
            doc: Default::default(),
            count: None,
        };
        let mut found: Vec<Completion> = names.iter().map(choice).collect();
        let typed = Typed {
            text,
            offset: text.len(),
            is_expression: true,
        };
        keep_begun(&mut found, typed);
        found.into_iter().map(|choice| choice.label).collect()
    }

    #[test]
    fn names_that_begin_with_the_word_keep_out_those_that_hold_it() {
        let names = ["network", "contact.network", "Net"];
        assert_eq!(kept("net", &names), ["network", "Net"]);
        assert_eq!(kept("twork", &names), names);
        assert_eq!(kept("", &names), names);
    }
}
