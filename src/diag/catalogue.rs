//! The diagnostic codes: name, usual severity, category and page of each.
//!
//! Invariants: a code's page is compiled in, so a code without a page does not build.

use super::Severity;

/// What a code is about; levels in `segrule.toml` may name a category.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Category {
    /// The text is no rule file.
    Syntax,
    /// A name that means nothing or too much.
    Names,
    /// Things that do not go together.
    Types,
    /// Values that cannot be.
    Values,
    /// Legal but probably not meant.
    Logic,
    /// Time and zones.
    Time,
    /// Files named by rules.
    Files,
    /// Platforms, messages and campaigns.
    Sending,
    /// What the contacts show about the rules.
    Data,
}

impl Category {
    /// Every category.
    pub const ALL: &[Category] = &[
        Category::Syntax,
        Category::Names,
        Category::Types,
        Category::Values,
        Category::Logic,
        Category::Time,
        Category::Files,
        Category::Sending,
        Category::Data,
    ];

    /// The word for it in `segrule.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Category::Syntax => "syntax",
            Category::Names => "names",
            Category::Types => "types",
            Category::Values => "values",
            Category::Logic => "logic",
            Category::Time => "time",
            Category::Files => "files",
            Category::Sending => "sending",
            Category::Data => "data",
        }
    }

    /// Finds a category by its word.
    pub fn named(name: &str) -> Option<Category> {
        Category::ALL
            .iter()
            .copied()
            .find(|category| category.name() == name)
    }
}

/// When a diagnostic is found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Pass {
    /// Reading and checking the rules: by every verb.
    Check,
    /// `check`, when the rules have no error.
    Lint,
    /// `check`, by proof.
    Proof,
    /// `check --data`, from the contacts.
    Data,
}

macro_rules! codes {
    ($($variant:ident $name:literal $severity:ident $category:ident;)*) => {
        /// A kind of diagnostic. Its kebab-case name is what people and JSON see.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Code {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the catalogue.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The kebab-case name.
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// The severity it has unless `segrule.toml` says otherwise.
            pub fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)* }
            }

            /// What it is about.
            pub fn category(self) -> Category {
                match self { $(Code::$variant => Category::$category,)* }
            }

            /// Its page: Markdown, English first, then Chinese after a line `---`.
            pub fn page(self) -> &'static str {
                match self {
                    $(Code::$variant => include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/diagnostics/", $name, ".md")),)*
                }
            }

            /// Finds a code by its kebab-case name.
            pub fn named(name: &str) -> Option<Code> {
                match name { $($name => Some(Code::$variant),)* _ => None }
            }
        }
    };
}

impl Code {
    /// When it is found.
    pub fn pass(self) -> Pass {
        match self {
            Code::NeverMatches
            | Code::AlwaysMatches
            | Code::DuplicateSegment
            | Code::RedundantClause
            | Code::NegatedNullable => Pass::Proof,
            Code::UnusedList
            | Code::UnusedParam
            | Code::UnusedSegment
            | Code::MagicDuration
            | Code::LookalikeText
            | Code::ShadowedPlatform => Pass::Lint,
            Code::UnseenValue | Code::SentinelDate | Code::MostlyMissing => Pass::Data,
            _ => Pass::Check,
        }
    }

    /// Whether it is told only where `segrule.toml` gives it a level.
    pub fn is_opt_in(self) -> bool {
        self == Code::UnusedSegment
    }
}

codes! {
    // Syntax
    SyntaxError "syntax-error" Error Syntax;
    TagNotation "tag-notation" Error Syntax;
    GluedKeyword "glued-keyword" Error Syntax;
    UnclosedText "unclosed-text" Error Syntax;
    BadEscape "bad-escape" Error Syntax;
    InvalidCharacter "invalid-character" Error Syntax;
    HiddenCharacter "hidden-character" Warning Syntax;
    NotUtf8 "not-utf8" Error Syntax;
    TooDeep "too-deep" Error Syntax;
    TooLarge "too-large" Error Syntax;
    ReservedWord "reserved-word" Error Syntax;
    // Names
    DuplicateName "duplicate-name" Error Names;
    UnknownField "unknown-field" Error Names;
    UnknownSegment "unknown-segment" Error Names;
    UnknownList "unknown-list" Error Names;
    UnknownParam "unknown-param" Error Names;
    UnknownFunction "unknown-function" Error Names;
    UnknownType "unknown-type" Error Names;
    UnknownPlatform "unknown-platform" Error Names;
    SegmentCycle "segment-cycle" Error Names;
    ConfusableName "confusable-name" Error Names;
    AmbiguousWord "ambiguous-word" Warning Names;
    // Types
    TypeMismatch "type-mismatch" Error Types;
    NotACondition "not-a-condition" Error Types;
    BadSchema "bad-schema" Error Types;
    // Values
    UnknownValue "unknown-value" Error Values;
    UnknownRegion "unknown-region" Error Values;
    AmbiguousRegion "ambiguous-region" Error Values;
    PreferredRegion "preferred-region" Warning Values;
    EmptyRange "empty-range" Error Values;
    EmptySet "empty-set" Error Values;
    EmptyText "empty-text" Error Values;
    EmptySegment "empty-segment" Error Values;
    BadPattern "bad-pattern" Error Values;
    BadValue "bad-value" Error Values;
    OutOfRange "out-of-range" Error Values;
    DuplicateValue "duplicate-value" Warning Values;
    InexactLiteral "inexact-literal" Warning Values;
    UntrimmedText "untrimmed-text" Warning Values;
    // Logic
    MixedAndOr "mixed-and-or" Warning Logic;
    SampleNeedsSalt "sample-needs-salt" Error Logic;
    TrivialSample "trivial-sample" Warning Logic;
    ImpossibleCount "impossible-count" Error Logic;
    UnusedAllow "unused-allow" Warning Logic;
    NeverMatches "never-matches" Warning Logic;
    AlwaysMatches "always-matches" Warning Logic;
    DuplicateSegment "duplicate-segment" Warning Logic;
    RedundantClause "redundant-clause" Warning Logic;
    NegatedNullable "negated-nullable" Note Logic;
    UnusedList "unused-list" Warning Names;
    UnusedParam "unused-param" Warning Names;
    UnusedSegment "unused-segment" Warning Names;
    MagicDuration "magic-duration" Note Time;
    LookalikeText "lookalike-text" Warning Values;
    // Files
    ListFile "list-file" Error Files;
    EmptyListFile "empty-list-file" Warning Files;
    // Sending
    BadPlatform "bad-platform" Error Sending;
    BadCampaign "bad-campaign" Error Sending;
    MessageTooLong "message-too-long" Error Sending;
    TooManyParts "too-many-parts" Error Sending;
    ForbiddenPart "forbidden-part" Error Sending;
    MissingAccount "missing-account" Error Sending;
    UnknownPlaceholder "unknown-placeholder" Error Sending;
    SensitiveWord "sensitive-word" Error Sending;
    NeverOpen "never-open" Error Sending;
    BadShares "bad-shares" Error Sending;
    NeverFits "never-fits" Error Sending;
    ShadowedPlatform "shadowed-platform" Note Sending;
    // Data
    UnseenValue "unseen-value" Warning Data;
    SentinelDate "sentinel-date" Warning Data;
    MostlyMissing "mostly-missing" Note Data;
}
