//! Answers one line after the other: text in, text out.

use super::super::cli::Exit;
use super::super::cli::host::{Failure, Host};
use super::command::{COMMANDS, Line, Verb, first_word, read, two};
use segrule::diag::{Diagnostic, Lang, Phrase, escape_controls};
use segrule::report::{field, people};
use segrule::say;
use segrule::value::{Zone, parse_instant};
use segrule::workspace::{ClaimError, DefineError, Session, Wanted};
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

/// People shown of an audience.
const PEOPLE_SHOWN: usize = 5;

/// Whether another line is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Line,
    End,
}

/// A session with what it says to whom.
pub struct Shell {
    /// Shared with what completes lines.
    pub session: Rc<RefCell<Session>>,
    pub host: Host,
    /// The expression asked last.
    last: Option<String>,
    exit: Exit,
}

/// Why a line has no answer.
enum Trouble {
    Rules(Vec<Diagnostic>),
    Message(Phrase),
    /// Standard output is gone.
    Output(Failure),
}

impl From<Phrase> for Trouble {
    fn from(message: Phrase) -> Trouble {
        Trouble::Message(message)
    }
}

impl From<segrule::workspace::WorkspaceError> for Trouble {
    fn from(error: segrule::workspace::WorkspaceError) -> Trouble {
        Trouble::Message(error.message)
    }
}

impl From<Vec<Diagnostic>> for Trouble {
    fn from(diagnostics: Vec<Diagnostic>) -> Trouble {
        Trouble::Rules(diagnostics)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Output(failure)
    }
}

impl Shell {
    pub fn new(session: Session, host: &Host) -> Shell {
        Shell {
            session: Rc::new(RefCell::new(session)),
            host: Host {
                config: host.config.clone(),
                lang: host.lang,
                folder: host.folder.clone(),
            },
            last: None,
            exit: Exit::Clean,
        }
    }

    /// How the process ends: 1 when a rule was wrong, 2 when something else was.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// Answers what was typed. What is wrong with it is told, and the session goes on.
    pub fn answer(&mut self, typed: &str) -> Result<Next, Failure> {
        let done = match read(typed) {
            Line::Nothing => Ok(()),
            Line::Command(Verb::Quit, _) => return Ok(Next::End),
            Line::Question(text) => self.question(text),
            Line::Command(verb, given) => self.command(verb, given),
            Line::Unknown(word) => Err(unknown(word).into()),
        };
        match done {
            Ok(()) => {}
            Err(Trouble::Output(failure)) => return Err(failure),
            Err(Trouble::Rules(diagnostics)) => {
                self.show(&diagnostics);
                if self.exit == Exit::Clean {
                    self.exit = Exit::Findings;
                }
            }
            Err(Trouble::Message(message)) => {
                self.exit = self.host.report(&Failure::Message(message));
            }
        }
        Ok(Next::Line)
    }

    fn show(&self, diagnostics: &[Diagnostic]) {
        let session = self.session.borrow();
        self.host.show(diagnostics, &session.workspace().sources);
    }

    fn print(&self, text: &str) -> Result<(), Trouble> {
        Ok(self.host.print(text)?)
    }

    fn say(&self, text: &Phrase) -> Result<(), Trouble> {
        self.print(&format!("{}\n", text.get(self.host.lang)))
    }

    /// Checks an expression; what there is to remark about it is told.
    fn wanted(&self, text: &str) -> Result<Wanted, Trouble> {
        let mut session = self.session.borrow_mut();
        let before = session.workspace().diagnostics.len();
        let wanted = session.question(text)?;
        let remarks: Vec<Diagnostic> = session
            .workspace()
            .diagnostics
            .iter()
            .skip(before)
            .cloned()
            .collect();
        drop(session);
        self.show(&remarks);
        Ok(wanted)
    }

    fn question(&mut self, text: &str) -> Result<(), Trouble> {
        let wanted = self.wanted(text)?;
        let lang = self.host.lang;
        let mut session = self.session.borrow_mut();
        let counted = session.count(&wanted);
        let mut out = counted.to_line(session.report().contacts, lang);
        let funnel = session.funnel(&wanted);
        if funnel.clauses.len() > 1 {
            out.push_str(&funnel.to_rows(lang));
        }
        out.push_str(&session.people(&wanted, PEOPLE_SHOWN).to_text(lang));
        drop(session);
        self.last = Some(text.to_string());
        self.print(&out)
    }

    fn command(&mut self, verb: Verb, given: &str) -> Result<(), Trouble> {
        match verb {
            Verb::Let => self.define(given),
            Verb::Explain => self.explain(given),
            Verb::Field => self.field(given),
            Verb::Save => self.save(given),
            Verb::Diff => self.diff(given),
            Verb::Prove => self.prove(given),
            Verb::Schema => {
                let text = self.session.borrow_mut().schema_text(self.host.lang);
                self.print(&text)
            }
            Verb::Segments => self.segments(),
            Verb::Now => self.now(given),
            Verb::Lang => self.lang(given),
            Verb::Help => self.help(),
            Verb::Quit => Ok(()),
        }
    }

    fn define(&mut self, given: &str) -> Result<(), Trouble> {
        if given.is_empty() {
            return Err(wants(Verb::Let).into());
        }
        let defined = self.session.borrow_mut().define(given);
        let (name, remarks) = match defined {
            Ok(defined) => defined,
            Err(DefineError::Message(error)) => return Err(error.into()),
            Err(DefineError::Rules(diagnostics)) => return Err(diagnostics.into()),
        };
        self.show(&remarks);
        let mut session = self.session.borrow_mut();
        let found = session.workspace().wanted(&[name.to_string()])?;
        let mut out = String::new();
        for wanted in &found {
            let counted = session.count(wanted);
            let line = counted.to_line(session.report().contacts, self.host.lang);
            out.push_str(&format!("{}: {line}", escape_controls(name.as_str())));
        }
        drop(session);
        self.print(&out)
    }

    fn explain(&mut self, given: &str) -> Result<(), Trouble> {
        let (id, text) = first_word(given);
        if id.is_empty() {
            return Err(wants(Verb::Explain).into());
        }
        let text = match (text, &self.last) {
            ("", Some(last)) => last.clone(),
            ("", None) => {
                return Err(say!(
                    "nothing was asked yet: give an expression after the id",
                    "还没有问过任何条件：请在编号后给出表达式"
                )
                .into());
            }
            (text, _) => text.to_string(),
        };
        let wanted = self.wanted(&text)?;
        let found = self.session.borrow().explain(&wanted, id)?;
        self.print(&found.to_text(self.host.lang))
    }

    fn field(&mut self, given: &str) -> Result<(), Trouble> {
        if given.is_empty() {
            return Err(wants(Verb::Field).into());
        }
        let (name, _) = first_word(given);
        let mut session = self.session.borrow_mut();
        let schema = session.workspace().schema().clone();
        let found = schema
            .find(name)
            .and_then(|id| Some((id, schema.field(id)?)));
        let Some((id, declared)) = found else {
            let known = schema.names().map(|name| name.as_str());
            let near = segrule::name::nearest(name, known, 3).join(", ");
            return Err(match near.is_empty() {
                true => say!("there is no field `{name}`", "没有字段 `{name}`"),
                false => say!(
                    "there is no field `{name}`: did you mean {near}?",
                    "没有字段 `{name}`：是不是 {near}？"
                ),
            }
            .into());
        };
        let zone = session.clock().zone.clone();
        let text = session
            .profile(id)
            .map(|profile| field::to_text(declared, profile, &zone, self.host.lang));
        drop(session);
        self.print(&text.unwrap_or_default())
    }

    fn save(&mut self, given: &str) -> Result<(), Trouble> {
        let (file, name) = first_word(given);
        if file.is_empty() {
            return Err(wants(Verb::Save).into());
        }
        let name = (!name.is_empty()).then_some(name);
        let names = self.session.borrow().save(Path::new(file), name)?;
        let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
        let names = names.join(", ");
        self.say(&say!("added to {file}: {names}", "已加入 {file}：{names}"))
    }

    fn diff(&mut self, given: &str) -> Result<(), Trouble> {
        let Some((left, right)) = two(given) else {
            return Err(wants(Verb::Diff).into());
        };
        let (left, right) = (self.wanted(left)?, self.wanted(right)?);
        let found: people::SetComparison = self.session.borrow_mut().compare(&left, &right);
        self.print(&found.to_text(self.host.lang))
    }

    fn prove(&mut self, given: &str) -> Result<(), Trouble> {
        if given.is_empty() {
            return Err(wants(Verb::Prove).into());
        }
        let proof = match self.session.borrow_mut().prove(given) {
            Ok(proof) => proof,
            Err(ClaimError::Message(error)) => return Err(error.into()),
            Err(ClaimError::Rules(diagnostics)) => return Err(diagnostics.into()),
        };
        self.print(&proof.to_text(self.host.lang))
    }

    fn segments(&mut self) -> Result<(), Trouble> {
        let mut session = self.session.borrow_mut();
        let all = session.workspace().wanted(&[])?;
        if all.is_empty() {
            drop(session);
            return self.say(&say!(
                "no segment is defined: use :let",
                "还没有人群：请用 :let 定义"
            ));
        }
        let text = session.counts(&all).to_text(self.host.lang);
        drop(session);
        self.print(&text)
    }

    fn now(&mut self, given: &str) -> Result<(), Trouble> {
        let mut session = self.session.borrow_mut();
        let zone = session.clock().zone.clone();
        if !given.is_empty() {
            let now = parse_instant(given, &zone).ok_or_else(|| {
                say!(
                    "`{given}` is no time: write one like 2026-11-22T09:00+08:00",
                    "`{given}` 不是时间：请写成 2026-11-22T09:00+08:00 的形式"
                )
            })?;
            session.move_to(now);
        }
        let now = session.clock().now;
        drop(session);
        let (shown, utc, name) = (zone.rfc3339(now), Zone::utc().rfc3339(now), zone.name());
        self.say(&say!(
            "now {shown} ({utc}), zone {name}",
            "当前时间 {shown}（{utc}），时区 {name}"
        ))
    }

    fn lang(&mut self, given: &str) -> Result<(), Trouble> {
        self.host.lang = match given {
            "zh" | "中文" => Lang::Zh,
            "en" | "英文" => Lang::En,
            _ => return Err(wants(Verb::Lang).into()),
        };
        self.say(&say!("messages are in English", "消息使用中文"))
    }

    fn help(&self) -> Result<(), Trouble> {
        let lang = self.host.lang;
        let first = say!(
            "Type an expression: who is in, clause by clause, and some of them. A segment's name is one.",
            "输入表达式，即得人数、逐条筛选情况和几位成员。人群名称也是表达式。"
        );
        let mut out = format!("{}\n", first.get(lang));
        for command in COMMANDS {
            let word = match lang {
                Lang::En => command.word,
                Lang::Zh => command.chinese,
            };
            let about = (command.about)();
            let usage = format!(":{word} {}", (command.given)().get(lang));
            let width = unicode_width::UnicodeWidthStr::width(usage.as_str());
            let pad = " ".repeat(24usize.saturating_sub(width));
            out.push_str(&format!("  {usage}{pad}  {}\n", about.get(lang)));
        }
        self.print(&out)
    }
}

/// What a command must be given.
fn wants(verb: Verb) -> Phrase {
    let command = COMMANDS.iter().find(|command| command.verb == verb);
    let Some(command) = command else {
        return Phrase::default();
    };
    let (word, chinese, given) = (command.word, command.chinese, (command.given)());
    let (en, zh) = (given.en, given.zh);
    say!("write :{word} {en}", "请写成 :{chinese} {zh}")
}

fn unknown(word: &str) -> Phrase {
    let words = COMMANDS
        .iter()
        .flat_map(|command| [command.word, command.chinese]);
    let near = segrule::name::nearest(word, words, 2).join(", ");
    let word = escape_controls(word);
    match near.is_empty() {
        true => say!(
            "there is no command `:{word}`: type :help",
            "没有命令 `:{word}`：请输入 :帮助"
        ),
        false => say!(
            "there is no command `:{word}`: did you mean {near}?",
            "没有命令 `:{word}`：是不是 {near}？"
        ),
    }
}
