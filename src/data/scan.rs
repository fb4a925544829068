//! Runs a caller's work over all contacts: workers cut files into pieces, decode and evaluate them;
//! results come back in file order.
//!
//! Between decoding and evaluating each piece passes the *gate* in file order: there duplicate ids
//! are found and record numbers are given. At most a few pieces a thread are under way at a time.

use super::flow::{Flow, run};
use super::gate::Gate;
use super::open::open_all;
use super::read::Progress;
use super::{DataError, Input, Layout, LoadReport, Request, limit};
use crate::diag::Phrase;
use crate::name::FieldId;
use crate::schema::Schema;
use crate::table::Chunk;
use crate::value::{Number, Share, Zone};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a caller wants to see of each contact.
#[derive(Clone, Debug, Default)]
pub struct Projection {
    /// The fields, in the order of a chunk's columns.
    pub fields: Vec<FieldId>,
    /// Whether chunks carry ids.
    pub ids: bool,
    /// Fields of numbers that nobody wants to see, and where the answers about them change: two numbers
    /// with no cut in `(lower, higher]` answer everything alike. A reader that knows so much of a
    /// column beforehand need not read it.
    pub cuts: BTreeMap<FieldId, Vec<i64>>,
}

/// How a scan runs.
#[derive(Clone)]
pub struct ScanOptions {
    /// Times without an offset are local there.
    pub zone: Zone,
    /// Worker threads; all cores without it.
    pub threads: Option<usize>,
    /// The share of rejected records from which the run fails.
    pub max_rejects: Share,
    /// Bytes of a block of records.
    pub block_bytes: usize,
    /// Told of bytes read and bytes there are (0 when unknown), now and then.
    pub progress: Option<Arc<dyn Fn(u64, u64) + Send + Sync>>,
}

impl ScanOptions {
    /// The usual options: all cores, at most 0.1 % rejected.
    pub fn new(zone: Zone) -> ScanOptions {
        ScanOptions {
            zone,
            threads: None,
            max_rejects: Share::from_percent(Number::new(1, 1)).unwrap_or_default(),
            block_bytes: limit::BLOCK_BYTES,
            progress: None,
        }
    }
}

impl std::fmt::Debug for ScanOptions {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ScanOptions {
            zone,
            threads,
            max_rejects,
            ..
        } = self;
        write!(
            out,
            "ScanOptions {{ {zone:?}, {threads:?}, {max_rejects:?} }}"
        )
    }
}

/// Reads all contacts: `make_worker` makes a state a thread, `per_chunk` turns a chunk into a result
/// on that thread, `sink` takes the results in file order on the caller's thread.
///
/// Rows of [`Chunk::duplicates`] are no contacts. `per_chunk` may take out of a chunk what it wants to
/// keep; what it leaves is used again.
///
/// # Errors
/// Files that cannot be read to their end, columns that do not fit the schema, more rejected records
/// than allowed (told when all has been read), and whatever `sink` fails with.
pub fn scan<W, T: Send>(
    input: &Input,
    schema: &Schema,
    projection: &Projection,
    options: &ScanOptions,
    make_worker: impl Fn() -> W + Sync,
    per_chunk: impl Fn(&mut W, &mut Chunk) -> T + Sync,
    mut sink: impl FnMut(T) -> Result<(), Phrase>,
) -> Result<LoadReport, DataError> {
    keep_freed_memory();
    let request = Arc::new(Request {
        schema: schema.clone(),
        fields: projection.fields.clone(),
        cuts: projection.cuts.clone(),
        zone: options.zone.clone(),
    });
    let progress = Progress::default();
    let (sources, total) = open_all(input, &request, options.block_bytes, &progress)?;
    let layouts: Vec<Arc<dyn Layout>> = sources.iter().map(|source| source.layout()).collect();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = options.threads.unwrap_or(cores).max(1);
    let flow = Flow::new(Gate::new(&layouts, schema, projection.ids), threads);
    let told = || {
        if let Some(told) = &options.progress {
            told(progress.bytes(), total);
        }
    };
    run(
        &flow,
        sources,
        &layouts,
        threads,
        &make_worker,
        &per_chunk,
        |result| {
            told();
            sink(result)
        },
    )?;
    let report = flow.into_gate().finish(&layouts);
    report.check(&options.max_rejects)?;
    Ok(report)
}

/// Lets the allocator of most Linux systems keep what is freed instead of handing it back after every
/// piece: having seen so large a block come and go, it expects more of them. The block is never touched.
fn keep_freed_memory() {
    const KEPT_BYTES: usize = 8 << 20;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(KEPT_BYTES)));
}
