//! Turns rule text into a lossless [`Tree`], and the tree into the owned [`ast`].
//!
//! Invariants: parsing never fails, never panics and takes linear time; a broken item is left out and
//! the others go on; every byte of the text is in the tree; limits are checked before the grammar runs.

mod again;
pub mod ast;
mod grammar;
mod keyword;
mod kind;
mod lex;
pub mod limit;
mod literal;
mod mend;
mod problem;
mod side_by_side;
mod split;
mod text_to_tree;
mod tree;
mod tree_to_ast;
mod words;
mod write;

pub use again::parse_again;
pub use keyword::{KEYWORDS, Keyword, KeywordKind, keyword};
pub use kind::Kind;
pub use lex::{Piece, PieceKind};
pub use mend::{GluedPlace, glued_word};
pub use tree::{Node, Token, Tree};
pub use words::{ItemWord, is_han, is_reserved, item_word};
pub use write::{item_name_text, name_text, quoted};

use crate::diag::Diagnostic;
use crate::source::{SourceId, Span};
use again::{Mark, Marks};
use lex::Lexer;
use split::{Chunk, Part};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use text_to_tree::{Failure, Whole, text_to_tree};
use tree_to_ast::Builder;

/// What parsing a rule file gives: always a tree, and what is wrong.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The file as written.
    pub tree: Tree,
    /// What it says; broken items are left out, broken fields are left out of their schema.
    pub file: Arc<ast::File>,
    /// What is wrong, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// Where its items start.
    marks: Marks,
}

/// Parses a rule file.
///
/// ```
/// use segrule::source::SourceId;
/// let parsed = segrule::syntax::parse(SourceId(0), "segment 学生 = 年龄 在 18..24\nsegment b = age = = 3\n");
/// assert_eq!(parsed.file.items.len(), 1);
/// assert_eq!(parsed.diagnostics.len(), 1);
/// ```
pub fn parse(source: SourceId, text: &str) -> Parsed {
    read(source, text, true).finish()
}

/// As [`parse`], without the tree, for those who only ask what the file says and what is wrong.
///
/// ```
/// use segrule::source::SourceId;
/// let (file, diagnostics) = segrule::syntax::parse_file(SourceId(0), "segment a = vip\n");
/// assert_eq!((file.items.len(), diagnostics.len()), (1, 0));
/// ```
pub fn parse_file(source: SourceId, text: &str) -> (Arc<ast::File>, Vec<Diagnostic>) {
    let parsed = read(source, text, false).finish();
    (parsed.file, parsed.diagnostics)
}

fn read(source: SourceId, text: &str, keeps_tree: bool) -> Reading {
    let mut reading = Reading::new(source, text);
    reading.keeps_tree = keeps_tree;
    if text.len() > limit::FILE_BYTES {
        reading.tree.push_leaf(Kind::Broken, 0..text.len());
        let found = problem::file_too_large(source, text.len());
        reading.builder.diagnostics.push(found);
        return reading;
    }
    let parts = split::text_to_parts(source, text);
    if text.len() < side_by_side::LEAST_TEXT {
        reading.parts(parts);
    } else if !reading.side_by_side(parts) {
        reading.parts(split::text_to_parts(source, text));
    }
    reading
}

/// The pieces of rule text, whether it parses or not: what an editor looks at while somebody types.
///
/// ```
/// let text = "segment a = age >= 18";
/// let pieces: Vec<&str> = segrule::syntax::pieces(text).map(|piece| piece.text(text)).collect();
/// assert_eq!(pieces, ["segment", "a", "=", "age", ">", "=", "18"]);
/// ```
pub fn pieces(text: &str) -> impl Iterator<Item = Piece> + Clone + '_ {
    Lexer::new(text, 0..text.len())
}

/// The names in rule text, without their backquotes, with the first byte of each. Keywords are among
/// them; texts, patterns and comments are passed over.
///
/// ```
/// let names = segrule::syntax::names("list `a b` = (x, \"y\")  # z");
/// let names: Vec<_> = names.map(|(at, name)| (at, name.into_owned())).collect();
/// assert_eq!(names, [(0, "list".into()), (5, "a b".into()), (14, "x".into())]);
/// ```
pub fn names(text: &str) -> impl Iterator<Item = (usize, Cow<'_, str>)> {
    Lexer::new(text, 0..text.len()).filter_map(move |piece| {
        let written = piece.text(text);
        match piece.kind {
            PieceKind::Word if written.is_ascii() => Some((piece.start, Cow::Borrowed(written))),
            PieceKind::Word | PieceKind::Quoted => Some((piece.start, literal::name(written).0)),
            _ => None,
        }
    })
}

/// Parses one expression, as `--where` and the prompt take it.
///
/// The expression is `None` when it has an error. Tag notation and glued keywords are explained as
/// in a file.
pub fn parse_expression(source: SourceId, text: &str) -> (Option<ast::Expr>, Vec<Diagnostic>) {
    let mut reading = Reading::new(source, text);
    let parts = split::text_to_parts(source, text);
    let mut bracket = None;
    for part in parts {
        if let Part::Chunk(chunk) = part {
            bracket = bracket.or(chunk.bracket);
            reading.builder.diagnostics.extend(chunk.problems);
        }
    }
    if text.len() > limit::FILE_BYTES {
        reading
            .builder
            .diagnostics
            .push(problem::file_too_large(source, text.len()));
    }
    if reading.builder.diagnostics.iter().any(Diagnostic::is_error) {
        return (None, reading.builder.diagnostics);
    }
    let range = 0..text.len();
    let expression = match text_to_tree(&mut reading.tree, range.clone(), Whole::Expression) {
        Ok(()) => {
            let root = reading
                .tree
                .roots()
                .find(|root| root.kind() != Kind::Comment);
            root.and_then(|root| reading.builder.expression(root).ok())
        }
        Err(failure) => {
            reading.explain(range, &failure, bracket);
            None
        }
    };
    (expression, reading.builder.diagnostics)
}

/// Bytes of text that the grammar reads at a time, where nothing looks wrong.
const AT_ONCE: usize = 2 << 10;

/// A file while it is read.
struct Reading {
    source: SourceId,
    text: Arc<str>,
    tree: Tree,
    keeps_tree: bool,
    file: ast::File,
    builder: Builder,
    errors: usize,
    marks: Vec<Mark>,
}

impl Reading {
    fn new(source: SourceId, text: &str) -> Reading {
        Reading::of_shared(source, Arc::from(text))
    }

    fn of_shared(source: SourceId, text: Arc<str>) -> Reading {
        Reading {
            source,
            tree: Tree {
                text: Arc::clone(&text),
                entries: Vec::new(),
            },
            keeps_tree: true,
            text,
            file: ast::File::default(),
            builder: Builder::new(source),
            errors: 0,
            marks: Vec::new(),
        }
    }

    fn parts(&mut self, parts: impl IntoIterator<Item = Part>) {
        let mut sound: Vec<Chunk> = Vec::new();
        for part in parts {
            let start = sound.first().map(|chunk| chunk.range.start);
            let end = sound.last().map(|chunk| chunk.range.end);
            if start
                .zip(end)
                .is_some_and(|(start, end)| end - start >= AT_ONCE)
            {
                self.sound(std::mem::take(&mut sound));
            }
            match part {
                Part::Chunk(chunk) if !self.keeps_tree && chunk.looks_sound() => sound.push(chunk),
                other => {
                    self.sound(std::mem::take(&mut sound));
                    self.part(other);
                }
            }
        }
        self.sound(sound);
    }

    fn part(&mut self, part: Part) {
        let mark = again::item_start(&part).map(|start| self.mark(start));
        self.marks.extend(mark);
        let diagnostics_from = self.builder.diagnostics.len();
        match part {
            Part::Comment(range) => self.tree.push_leaf(Kind::Comment, range),
            Part::Chunk(chunk) => self.chunk(chunk),
        }
        self.keep_first_errors(diagnostics_from);
        self.forget_tree();
    }

    /// Reads chunks in which nothing is wrong that no grammar needs to see: at once, or one by one when
    /// something is wrong after all.
    fn sound(&mut self, chunks: Vec<Chunk>) {
        if chunks.len() < 2 || !self.items(&chunks) {
            chunks
                .into_iter()
                .for_each(|chunk| self.part(Part::Chunk(chunk)));
        }
    }

    /// Parses chunks at once, unless one is broken. Gives whether they were.
    fn items(&mut self, chunks: &[Chunk]) -> bool {
        let (Some(first), Some(last)) = (chunks.first(), chunks.last()) else {
            return false;
        };
        let range = first.range.start..last.range.end;
        if text_to_tree(&mut self.tree, range, Whole::Items).is_err() {
            return false;
        }
        let roots: Vec<(usize, Range<usize>)> = self
            .tree
            .roots()
            .map(|root| (root.at(), root.range()))
            .collect();
        let is_one = |((_, root), chunk): (&(usize, Range<usize>), &Chunk)| {
            root.start == chunk.range.start && root.end <= chunk.range.end
        };
        if roots.len() != chunks.len() || !roots.iter().zip(chunks).all(is_one) {
            self.tree.entries.clear();
            return false;
        }
        for (at, _) in roots {
            let diagnostics_from = self.builder.diagnostics.len();
            self.built(at);
            self.keep_first_errors(diagnostics_from);
        }
        self.forget_tree();
        true
    }

    /// Empties the tree, if it is not wanted, of what was read.
    fn forget_tree(&mut self) {
        if !self.keeps_tree {
            let found = allows(self.source, &self.tree);
            self.file.allows.extend(found);
            self.tree.entries.clear();
        }
    }

    fn finish(mut self) -> Parsed {
        if self.keeps_tree {
            self.file.allows = allows(self.source, &self.tree);
        }
        Parsed {
            tree: self.tree,
            file: Arc::new(self.file),
            diagnostics: self.builder.diagnostics,
            marks: Marks {
                source: self.source,
                list: self.marks,
                errors: self.errors,
            },
        }
    }

    /// Drops errors past the limit.
    fn keep_first_errors(&mut self, from: usize) {
        let new = self.builder.diagnostics.split_off(from);
        for diagnostic in new {
            if diagnostic.is_error() {
                self.errors += 1;
            }
            if !diagnostic.is_error() || self.errors <= limit::SYNTAX_ERRORS {
                self.builder.diagnostics.push(diagnostic);
            }
        }
    }

    fn chunk(&mut self, mut chunk: Chunk) {
        let has_error = chunk.has_error();
        self.builder.diagnostics.append(&mut chunk.problems);
        let range = chunk.range.clone();
        if range.is_empty() {
            return;
        }
        if has_error {
            return self.give_up(range, chunk.word);
        }
        if chunk.word == Some(ItemWord::Events) {
            self.builder
                .diagnostics
                .push(mend::reserved_events(self.source, &self.text, &range));
            return self.give_up(range, chunk.word);
        }
        if let Err(failure) = self.item(range) {
            self.broken(chunk, &failure);
        }
    }

    /// Parses one item into tree and file.
    fn item(&mut self, range: Range<usize>) -> Result<(), Failure> {
        let first = self.tree.entries.len();
        text_to_tree(&mut self.tree, range, Whole::Item)?;
        if !self.built(first)
            && let Some(range) = self.tree.node_at(first).map(Node::range)
        {
            self.tree.entries.truncate(first);
            self.tree.push_leaf(Kind::Broken, range);
        }
        Ok(())
    }

    /// Adds the item of a node to the file, or its name to the broken ones. Gives whether it is sound.
    fn built(&mut self, at: usize) -> bool {
        let Some(node) = self.tree.node_at(at) else {
            return true;
        };
        match self.builder.item(&self.text, node) {
            Ok(item) => {
                self.file.items.push(item);
                true
            }
            Err(_) => {
                if let Some(name) = node.child(Kind::Name) {
                    let ident = self.builder.ident(name);
                    self.file.broken.push(ident);
                }
                false
            }
        }
    }

    /// An item that the grammar refuses: what is sound before it is kept, the error is told.
    fn broken(&mut self, chunk: Chunk, failure: &Failure) {
        if chunk.bracket.is_some() {
            self.explain(chunk.range.clone(), failure, chunk.bracket);
            return self.give_up(chunk.range, chunk.word);
        }
        let mut parts = mend::margin_cuts(&self.text, &chunk.range).into_iter();
        let Some(head) = parts.next() else { return };
        let mut done = head.end;
        if chunk.word.is_none() {
            self.stray(head);
        } else if head.end == chunk.range.end {
            self.broken_item(head, chunk.word, failure);
        } else if let Err(failure) = self.item(head.clone()) {
            self.broken_item(head, chunk.word, &failure);
        }
        for part in parts {
            self.comments(done..part.start);
            done = part.end;
            self.stray(part);
        }
    }

    /// Keeps the comments between two parts of a chunk.
    fn comments(&mut self, gap: Range<usize>) {
        let text = Arc::clone(&self.text);
        let comments = Lexer::new(&text, gap).filter(|piece| piece.kind == PieceKind::Comment);
        for comment in comments {
            self.tree
                .push_leaf(Kind::Comment, comment.start..comment.end);
        }
    }

    fn broken_item(&mut self, range: Range<usize>, word: Option<ItemWord>, failure: &Failure) {
        if let Some(stray) = mend::stray_line(&self.text, &range, failure.at)
            && self.item(range.start..stray.sound_end).is_ok()
        {
            self.comments(stray.sound_end..stray.start);
            return self.stray(stray.start..range.end);
        }
        if self.entries(&range, word, failure) {
            return;
        }
        self.explain(range.clone(), failure, None);
        self.give_up(range, word);
    }

    /// Text after an item that belongs to none.
    fn stray(&mut self, range: Range<usize>) {
        let mut scratch = Tree {
            text: Arc::clone(&self.text),
            entries: Vec::new(),
        };
        if let Err(failure) = text_to_tree(&mut scratch, range.clone(), Whole::Item) {
            self.explain(range.clone(), &failure, None);
        }
        self.give_up(range, None);
    }

    /// Reads what can be read of a broken schema, and tells every broken field of it.
    fn entries(&mut self, range: &Range<usize>, word: Option<ItemWord>, failure: &Failure) -> bool {
        let whole = match word {
            Some(ItemWord::Schema) => Whole::Field,
            Some(ItemWord::Campaign) => Whole::Clause,
            _ => return false,
        };
        let Some(block) = mend::block_entries(&self.text, range) else {
            return false;
        };
        // The head itself is broken: one error for the item.
        if failure.at <= block.open {
            return false;
        }
        let mut schema = ast::SchemaItem {
            name: self.ident(block.name.clone()),
            fields: Vec::new(),
            span: Span::new(self.source, range.start, range.end),
        };
        let told = self.builder.diagnostics.len();
        for entry in block.entries {
            let mut tree = Tree {
                text: Arc::clone(&self.text),
                entries: Vec::new(),
            };
            match text_to_tree(&mut tree, entry.clone(), whole) {
                Ok(()) => self.field(&tree, &mut schema),
                Err(failure) => {
                    if whole == Whole::Field {
                        let name = mend::first_word(&self.text, &entry);
                        let name = self.ident(name);
                        self.file.broken.push(name);
                    }
                    self.explain(entry, &failure, None);
                }
            }
        }
        if self.builder.diagnostics.len() == told {
            return false;
        }
        self.tree.push_leaf(Kind::Broken, range.clone());
        match whole {
            Whole::Field => self.file.items.push(ast::Item::Schema(schema)),
            Whole::Clause | Whole::Items | Whole::Item | Whole::Expression => {
                self.file.broken.push(schema.name)
            }
        }
        true
    }

    fn field(&mut self, tree: &Tree, schema: &mut ast::SchemaItem) {
        let Some(node) = tree.roots().find(|root| root.kind() == Kind::Field) else {
            return;
        };
        if let Ok(field) = self.builder.field(&self.text, node) {
            schema.fields.push(field);
        }
    }

    fn ident(&self, range: Range<usize>) -> ast::Ident {
        let written = self.text.get(range.clone()).unwrap_or("");
        let (text, quoted) = literal::name(written);
        ast::Ident {
            text: Arc::from(text),
            span: Span::new(self.source, range.start, range.end),
            quoted,
        }
    }

    /// Tells why a stretch of text does not parse.
    fn explain(
        &mut self,
        range: Range<usize>,
        failure: &Failure,
        bracket: Option<(usize, Diagnostic)>,
    ) {
        let found = match bracket {
            Some((at, diagnostic)) if at <= failure.at => diagnostic,
            _ => mend::explain(self.source, &self.text, range, failure),
        };
        self.builder.diagnostics.push(found);
    }

    /// Keeps broken text in the tree and its name among the broken ones.
    fn give_up(&mut self, range: Range<usize>, word: Option<ItemWord>) {
        if word.is_some()
            && let Some(name) = mend::item_name(&self.text, &range)
        {
            let name = self.ident(name);
            self.file.broken.push(name);
        }
        self.tree.push_leaf(Kind::Broken, range);
    }
}

/// The `# allow: code reason` comments of a tree.
fn allows(source: SourceId, tree: &Tree) -> Vec<ast::Allow> {
    let comments = tree
        .entries
        .iter()
        .filter(|entry| entry.kind == Kind::Comment);
    comments
        .filter_map(|entry| {
            let start = entry.start as usize;
            let text = tree.text.get(start..entry.end as usize)?;
            let said = text.trim_start_matches(['#', '＃']).trim_start();
            let after = said.strip_prefix("allow").map(str::trim_start)?;
            let after = after.strip_prefix([':', '：'])?.trim_start();
            let code = after
                .split(|c: char| c.is_whitespace())
                .next()
                .filter(|code| !code.is_empty())?;
            let code_start = start + text.len() - after.len();
            Some(ast::Allow {
                code: ast::Ident {
                    text: Arc::from(code),
                    span: Span::new(source, code_start, code_start + code.len()),
                    quoted: false,
                },
                reason: Arc::from(after.get(code.len()..).unwrap_or("").trim()),
                span: Span::new(source, start, start + text.len()),
            })
        })
        .collect()
}
