//! Puts regions together from columns, as the readers of text do.

use super::convert::FieldReader;
use super::text::for_each_text;
use crate::data::decode::region_code;
use crate::table::{Bitmap, CodedColumn, TextColumn};
use arrow_array::RecordBatch;

impl FieldReader {
    /// Puts a region together from columns.
    pub(super) fn part_codes(&mut self, batches: &[RecordBatch], kept: &Bitmap) -> CodedColumn {
        self.spellings.renew();
        let texts = self.parts.iter().map(|leaf| {
            let mut texts = TextColumn::default();
            for batch in batches {
                let array = leaf.as_ref().and_then(|leaf| leaf.array(batch));
                for_each_text(array.as_deref(), batch.num_rows(), |text| {
                    texts.push(text.unwrap_or(""));
                });
            }
            texts
        });
        let texts: Vec<TextColumn> = texts.collect();
        let (field, spellings) = (&self.field, &mut self.spellings);
        let mut joined = String::new();
        let codes = kept.rows().map(|row| {
            let parts = texts.iter().map(|texts| Some(texts.get(row)));
            region_code(field, parts, &mut joined, spellings)
        });
        let codes = codes.collect();
        CodedColumn {
            codes,
            dictionary: self.spellings.dictionary(),
        }
    }
}
