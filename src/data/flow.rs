//! The threads of a scan: each worker cuts a piece off, in turn, and works on it where it was read; the
//! caller's thread collects in file order.

use super::gate::{Arrival, Gate, settle_ids};
use super::{DataError, Decoder, Layout, Piece, Source};
use crate::diag::Phrase;
use crate::table::Chunk;
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::vec::IntoIter;

/// What the threads of a scan share.
pub(super) struct Flow {
    gate: Mutex<Gate>,
    state: Mutex<State>,
    changed: Condvar,
    most_under_way: u64,
}

#[derive(Default)]
struct State {
    /// The piece whose turn it is at the gate.
    turn: u64,
    /// Pieces cut and not yet collected.
    under_way: u64,
    is_stopped: bool,
}

/// A piece on its way, with its place in the whole input.
struct Job {
    index: u64,
    source: usize,
    piece: Piece,
}

type Outcome<T> = (u64, Result<T, DataError>);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Flow {
    pub(super) fn new(gate: Gate, threads: usize) -> Flow {
        Flow {
            gate: Mutex::new(gate),
            state: Mutex::default(),
            changed: Condvar::new(),
            most_under_way: threads as u64 * 2 + 2,
        }
    }

    pub(super) fn into_gate(self) -> Gate {
        self.gate
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) {
        lock(&self.state).is_stopped = true;
        self.changed.notify_all();
    }

    /// Waits until another piece may start; false when the scan has stopped.
    fn start_piece(&self) -> bool {
        let mut state = lock(&self.state);
        while state.under_way >= self.most_under_way && !state.is_stopped {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.under_way += 1;
        !state.is_stopped
    }

    fn end_piece(&self) {
        lock(&self.state).under_way -= 1;
        self.changed.notify_all();
    }

    /// Waits for a piece's turn at the gate; false when the scan has stopped.
    fn wait_for_turn(&self, index: u64) -> bool {
        let mut state = lock(&self.state);
        while state.turn != index && !state.is_stopped {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        !state.is_stopped
    }

    fn end_turn(&self) {
        lock(&self.state).turn += 1;
        self.changed.notify_all();
    }
}

/// Stops the scan when its thread panics, so that no other thread waits for ever.
struct StopOnPanic<'f>(&'f Flow);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

/// Runs all pieces through decoders, the gate and `per_chunk`, and hands the results to `sink`.
pub(super) fn run<W, T: Send>(
    flow: &Flow,
    sources: Vec<Box<dyn Source>>,
    layouts: &[Arc<dyn Layout>],
    threads: usize,
    make_worker: &(impl Fn() -> W + Sync),
    per_chunk: &(impl Fn(&mut W, &mut Chunk) -> T + Sync),
    sink: impl FnMut(T) -> Result<(), Phrase>,
) -> Result<(), DataError> {
    let pieces = Mutex::new(Pieces::of(sources));
    let (results, collected) = channel();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (own, pieces) = (results.clone(), &pieces);
            scope.spawn(move || {
                let _guard = StopOnPanic(flow);
                work(flow, layouts, pieces, &own, make_worker(), per_chunk);
            });
        }
        drop(results);
        let _guard = StopOnPanic(flow);
        collect(flow, &collected, sink)
    })
}

/// The pieces of all sources, cut off one after the other by whoever asks.
struct Pieces {
    /// The source at hand and its place, until it has ended.
    current: Option<(usize, Box<dyn Source>)>,
    rest: IntoIter<Box<dyn Source>>,
    index: u64,
}

impl Pieces {
    fn of(sources: Vec<Box<dyn Source>>) -> Pieces {
        let mut rest = sources.into_iter();
        Pieces {
            current: rest.next().map(|source| (0, source)),
            rest,
            index: 0,
        }
    }

    /// The next piece, when there is room for one more under way; its place comes with an error too.
    fn next(&mut self, flow: &Flow) -> Option<Result<Job, (u64, DataError)>> {
        self.current.as_ref()?;
        if !flow.start_piece() {
            return None;
        }
        while let Some((place, source)) = &mut self.current {
            let index = self.index;
            match source.next_piece() {
                Ok(Some(piece)) => {
                    self.index += 1;
                    let source = *place;
                    return Some(Ok(Job {
                        index,
                        source,
                        piece,
                    }));
                }
                Ok(None) => {
                    let next = *place + 1;
                    self.current = self.rest.next().map(|source| (next, source));
                }
                Err(error) => {
                    self.current = None;
                    return Some(Err((index, error)));
                }
            }
        }
        flow.end_piece();
        None
    }
}

/// Decodes and evaluates pieces until there are none.
fn work<W, T>(
    flow: &Flow,
    layouts: &[Arc<dyn Layout>],
    pieces: &Mutex<Pieces>,
    results: &Sender<Outcome<T>>,
    mut worker: W,
    per_chunk: &impl Fn(&mut W, &mut Chunk) -> T,
) {
    let (has_id_field, needs_ids) = lock(&flow.gate).id_wishes();
    let mut current: Option<(usize, Box<dyn Decoder>)> = None;
    let mut numbers = Vec::new();
    loop {
        let next = lock(pieces).next(flow);
        let Job {
            index,
            source,
            piece,
        } = match next {
            Some(Ok(job)) => job,
            Some(Err((index, error))) => {
                let _ = results.send((index, Err(error)));
                return;
            }
            None => return,
        };
        if current.as_ref().is_none_or(|(known, _)| *known != source) {
            current = layouts
                .get(source)
                .map(|layout| (source, Arc::clone(layout).decoder()));
        }
        let Some((_, decoder)) = &mut current else {
            return;
        };
        let arrival = decoder
            .decode(piece)
            .map(|decoded| Arrival::new(source, decoded, &mut numbers));
        if !flow.wait_for_turn(index) {
            return;
        }
        let passed = arrival.map(|mut arrival| {
            lock(&flow.gate).pass(&mut arrival);
            arrival
        });
        flow.end_turn();
        let result = passed.map(|mut arrival| {
            let spare = settle_ids(&mut arrival.decoded, has_id_field, needs_ids);
            let mut chunk = arrival.decoded.chunk;
            let result = per_chunk(&mut worker, &mut chunk);
            if !needs_ids {
                chunk.ids = spare;
            }
            decoder.reuse(chunk);
            result
        });
        if results.send((index, result)).is_err() {
            return;
        }
    }
}

/// Hands results on in file order; the first error, in file order too, stops everything.
fn collect<T>(
    flow: &Flow,
    results: &Receiver<Outcome<T>>,
    mut sink: impl FnMut(T) -> Result<(), Phrase>,
) -> Result<(), DataError> {
    let mut early: BTreeMap<u64, Result<T, DataError>> = BTreeMap::new();
    let mut next = 0;
    for (index, result) in results {
        early.insert(index, result);
        while let Some(result) = early.remove(&next) {
            let sunk = result.and_then(|result| sink(result).map_err(DataError::sink));
            if let Err(error) = sunk {
                flow.stop();
                return Err(error);
            }
            flow.end_piece();
            next += 1;
        }
    }
    Ok(())
}
