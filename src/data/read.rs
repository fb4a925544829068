//! Opens a file or standard input as a stream of plain bytes: decompressed and, for text, in UTF-8.
//!
//! Decompressing and decoding run on a thread ahead of the reader. Whatever is wrong with the bytes
//! comes out of `read` as an error that holds a [`DataError`].

use super::kept::{Kept, Reading, is_pipe};
use super::limit;
use super::{DataError, DataErrorKind, Encoding};
use crate::diag::{Phrase, io_reason};
use crate::say;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};

/// A stream of bytes with the name it has in messages.
pub(super) struct Stream {
    pub(super) file: Arc<str>,
    pub(super) reader: Box<dyn Read + Send>,
    /// Told of the bytes read by whoever reads the stream, unless it counts them itself.
    pub(super) progress: Option<Progress>,
}

/// How far reading has come, in bytes of the files as they are stored.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress(Arc<AtomicU64>);

impl Progress {
    /// Bytes read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Adds bytes read.
    pub(super) fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// Whether a path stands for standard input.
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Opens a path, `-` being standard input, and undoes compression.
pub(super) fn open(
    path: &Path,
    kept: &Kept,
    reading: Reading,
    progress: &Progress,
) -> Result<Stream, DataError> {
    let fail = |error: io::Error| DataError::io(path, &error);
    let shown: Arc<str> = match is_stdin(path) {
        true => "<stdin>".into(),
        false => path.to_string_lossy().into(),
    };
    let raw: Box<dyn Read + Send> = match kept.again(path) {
        Some(again) => again,
        None if is_stdin(path) => kept
            .reader(path, reading, Box::new(io::stdin()))
            .map_err(fail)?,
        None if is_pipe(path) => {
            let pipe = Box::new(File::open(path).map_err(fail)?);
            kept.reader(path, reading, pipe).map_err(fail)?
        }
        None => {
            let file = File::open(path).map_err(fail)?;
            if file.metadata().map_err(fail)?.is_dir() {
                let what = say!("is a folder: give a file", "是文件夹：请给出文件");
                return Err(DataError::in_file(
                    DataErrorKind::Io,
                    &path.to_string_lossy(),
                    &what,
                ));
            }
            Box::new(file)
        }
    };
    let stream = decompress(raw, path, &shown, progress);
    stream.map_err(|error| own_error(error, &shown))
}

/// An error of `read` as one of ours.
pub(super) fn own_error(error: io::Error, file: &str) -> DataError {
    let kind = error.kind();
    match error.downcast::<DataError>() {
        Ok(own) => own,
        Err(error) => {
            let what = match kind {
                io::ErrorKind::UnexpectedEof => say!(
                    "the compressed data is cut short: get the whole file",
                    "压缩数据不完整：请重新取得完整文件"
                ),
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => say!(
                    "the compressed data is damaged ({error})",
                    "压缩数据已损坏（{error}）"
                ),
                _ => io_reason(&error),
            };
            let kind = match kind {
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::InvalidInput
                | io::ErrorKind::InvalidData => DataErrorKind::Broken,
                _ => DataErrorKind::Io,
            };
            DataError::in_file(kind, file, &what)
        }
    }
}

fn broken(kind: DataErrorKind, file: &str, what: &Phrase) -> io::Error {
    io::Error::other(DataError::in_file(kind, file, what))
}

struct Counted {
    inner: Box<dyn Read + Send>,
    progress: Progress,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.progress.add(count);
        Ok(count)
    }
}

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const AHEAD_BYTES: usize = 1 << 18;

fn decompress(
    mut raw: Box<dyn Read + Send>,
    path: &Path,
    file: &Arc<str>,
    progress: &Progress,
) -> io::Result<Stream> {
    let head = peek(&mut raw, 4)?;
    let is_named = |extension: &str| {
        path.extension()
            .is_some_and(|found| found.eq_ignore_ascii_case(extension))
    };
    let (is_gzip, is_zstd) = (head.starts_with(GZIP), head.starts_with(ZSTD));
    if !head.is_empty() && (is_named("gz") && !is_gzip || is_named("zst") && !is_zstd) {
        let what = say!(
            "the name ends in a compression's extension, but the data is not compressed that way",
            "扩展名是压缩格式，但数据并非该压缩格式"
        );
        return Err(broken(DataErrorKind::Broken, file, &what));
    }
    if !is_gzip && !is_zstd {
        return Ok(Stream {
            file: Arc::clone(file),
            // Read without a hand in between: the system writes straight into the block.
            reader: Box::new(Cursor::new(head).chain(raw)),
            progress: Some(progress.clone()),
        });
    }
    progress.add(head.len());
    let counted = Counted {
        inner: raw,
        progress: progress.clone(),
    };
    let whole = Cursor::new(head).chain(counted);
    let plain: Box<dyn Read + Send> = if is_gzip {
        let buffered = io::BufReader::with_capacity(AHEAD_BYTES, whole);
        Box::new(flate2::bufread::MultiGzDecoder::new(buffered))
    } else {
        let mut decoder = zstd::stream::read::Decoder::new(whole)?;
        decoder.window_log_max(27)?;
        Box::new(decoder)
    };
    let guarded = Guarded {
        inner: plain,
        file: Arc::clone(file),
        progress: progress.clone(),
        bytes: 0,
    };
    Ok(Stream {
        file: Arc::clone(file),
        reader: Box::new(Ahead::new(guarded)),
        progress: None,
    })
}

/// Reads up to `count` bytes.
fn peek(reader: &mut dyn Read, count: usize) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(count);
    reader.take(count as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// Stops data that decompresses to more than it can honestly be.
struct Guarded {
    inner: Box<dyn Read + Send>,
    file: Arc<str>,
    progress: Progress,
    bytes: u64,
}

impl Read for Guarded {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.bytes += count as u64;
        let allowed = self.progress.bytes().saturating_mul(limit::EXPANSION);
        if self.bytes > limit::FREE_BYTES.max(allowed) || self.bytes > limit::DECOMPRESSED_BYTES {
            let times = limit::EXPANSION;
            let what = say!(
                "the data grows to more than {times} times its size when decompressed: decompress it yourself if it is what you expect",
                "解压后的数据超过原大小的 {times} 倍：若确属正常，请自行解压后再读"
            );
            return Err(broken(DataErrorKind::Limit, &self.file, &what));
        }
        Ok(count)
    }
}

/// Reads on a thread of its own, a few buffers ahead.
struct Ahead {
    parts: Receiver<io::Result<Vec<u8>>>,
    part: Cursor<Vec<u8>>,
    is_done: bool,
}

impl Ahead {
    fn new(mut inner: impl Read + Send + 'static) -> Ahead {
        let (sender, parts) = sync_channel(4);
        std::thread::spawn(move || {
            loop {
                let mut part = Vec::with_capacity(AHEAD_BYTES);
                let result = (&mut inner).take(AHEAD_BYTES as u64).read_to_end(&mut part);
                let is_end = matches!(result, Ok(0) | Err(_));
                let sent = sender.send(result.map(|_| part));
                if is_end || sent.is_err() {
                    return;
                }
            }
        });
        Ahead {
            parts,
            part: Cursor::default(),
            is_done: false,
        }
    }
}

impl Read for Ahead {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.part.read(into)?;
            if count > 0 || self.is_done {
                return Ok(count);
            }
            match self.parts.recv() {
                Ok(Ok(part)) => {
                    self.is_done = part.is_empty();
                    self.part = Cursor::new(part);
                }
                Ok(Err(error)) => return Err(error),
                Err(_) => return Err(io::Error::other("the decompressing thread ended early")),
            }
        }
    }
}

/// The bytes of a text file as UTF-8, without a byte-order mark; the first bytes are looked at only.
pub(super) fn text(stream: Stream, encoding: Encoding) -> Result<Stream, DataError> {
    let Stream {
        file,
        mut reader,
        mut progress,
    } = stream;
    let head = peek(&mut *reader, 64).map_err(|error| own_error(error, &file))?;
    if let Some(guess) = utf16_guess(&head) {
        let what = say!(
            "the file looks like {guess}: convert it to UTF-8",
            "文件看起来是 {guess}：请转换为 UTF-8"
        );
        return Err(DataError::in_file(DataErrorKind::Encoding, &file, &what));
    }
    let whole = Cursor::new(head).chain(reader);
    let mut reader: Box<dyn Read + Send> = match encoding {
        Encoding::Utf8 => Box::new(whole),
        Encoding::Gb18030 => Box::new(Ahead::new(Transcoder {
            inner: match progress.take() {
                Some(progress) => Box::new(Counted {
                    inner: Box::new(whole),
                    progress,
                }),
                None => Box::new(whole),
            },
            decoder: encoding_rs::GB18030.new_decoder_without_bom_handling(),
            file: Arc::clone(&file),
            raw: vec![0; AHEAD_BYTES],
            filled: 0,
            ready: Cursor::default(),
            bytes: 0,
            is_done: false,
        })),
    };
    let mut start = peek(&mut *reader, 3).map_err(|error| own_error(error, &file))?;
    if start == b"\xef\xbb\xbf" {
        if let Some(progress) = &progress {
            progress.add(start.len());
        }
        start.clear();
    }
    let reader = Box::new(Cursor::new(start).chain(reader));
    Ok(Stream {
        file,
        reader,
        progress,
    })
}

fn utf16_guess(head: &[u8]) -> Option<&'static str> {
    let zeros = |odd: usize| {
        head.iter()
            .skip(odd)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    match head {
        [0xff, 0xfe, ..] => Some("UTF-16LE"),
        [0xfe, 0xff, ..] => Some("UTF-16BE"),
        _ if head.len() >= 4 && zeros(1) * 4 > head.len() && zeros(0) == 0 => Some("UTF-16LE"),
        _ if head.len() >= 4 && zeros(0) * 4 > head.len() && zeros(1) == 0 => Some("UTF-16BE"),
        _ => None,
    }
}

/// Turns GB18030 into UTF-8 and refuses what is not GB18030.
struct Transcoder {
    inner: Box<dyn Read + Send>,
    decoder: encoding_rs::Decoder,
    file: Arc<str>,
    raw: Vec<u8>,
    filled: usize,
    ready: Cursor<Vec<u8>>,
    /// Bytes decoded so far.
    bytes: u64,
    is_done: bool,
}

impl Transcoder {
    fn refill(&mut self) -> io::Result<()> {
        let free = self.raw.get_mut(self.filled..).unwrap_or(&mut []);
        let count = self.inner.read(free)?;
        let is_last = count == 0;
        self.filled += count;
        let raw = self.raw.get(..self.filled).unwrap_or(&[]);
        let wanted = self
            .decoder
            .max_utf8_buffer_length_without_replacement(raw.len());
        let mut text = vec![0; wanted.unwrap_or(raw.len() * 3 + 16)];
        let (result, read, written) = self
            .decoder
            .decode_to_utf8_without_replacement(raw, &mut text, is_last);
        if let encoding_rs::DecoderResult::Malformed(..) = result {
            let offset = self.bytes + read as u64;
            let what = say!(
                "the bytes before offset {offset} are not GB18030",
                "偏移 {offset} 之前的字节不是 GB18030"
            );
            return Err(broken(DataErrorKind::Encoding, &self.file, &what));
        }
        self.bytes += read as u64;
        self.raw.copy_within(read..self.filled, 0);
        self.filled -= read;
        text.truncate(written);
        self.ready = Cursor::new(text);
        self.is_done = is_last;
        Ok(())
    }
}

impl Read for Transcoder {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.ready.read(into)?;
            if count > 0 || self.is_done {
                return Ok(count);
            }
            self.refill()?;
        }
    }
}
