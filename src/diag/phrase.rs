//! One message in every language the tool speaks, written where it is made.

use std::fmt;

/// The languages of messages. Codes and JSON keys stay the same in all of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

impl Lang {
    /// Reads `en`, `zh` or a locale such as `zh_CN.UTF-8`; other locales speak English.
    pub fn from_locale(locale: &str) -> Lang {
        if locale.to_ascii_lowercase().starts_with("zh") {
            Lang::Zh
        } else {
            Lang::En
        }
    }
}

/// The same sentence in English and Chinese.
#[derive(Clone, PartialEq, Eq, Default, Hash)]
pub struct Phrase {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

impl Phrase {
    /// Makes a phrase from both languages.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Phrase {
        Phrase {
            en: en.into(),
            zh: zh.into(),
        }
    }

    /// The text in one language.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.en.is_empty()
    }
}

impl fmt::Debug for Phrase {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?} / {:?}", self.en, self.zh)
    }
}

/// Makes a [`Phrase`] from two format strings that may capture variables in place.
///
/// ```
/// use segrule::say;
/// let field = "age";
/// let phrase = say!("unknown field `{field}`", "没有字段 `{field}`");
/// assert_eq!(phrase.en, "unknown field `age`");
/// ```
#[macro_export]
macro_rules! say {
    ($en:literal, $zh:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        $(let $name = &$value;)*
        $crate::diag::Phrase::new(format!($en), format!($zh))
    }};
}
