//! Reads a column's bytes in a few large parts instead of page by page.

use bytes::Bytes;
use parquet::errors::Result;
use parquet::file::reader::{ChunkReader, Length};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes read at once, when the column has as many.
pub(super) const WINDOW_BYTES: u64 = 1 << 20;

/// The bytes of a column within a row group.
pub(super) struct Window {
    file: Arc<File>,
    file_bytes: u64,
    /// Where the column ends.
    end: u64,
    /// What was read last, and where it starts.
    held: Mutex<(u64, Bytes)>,
}

/// Bytes from a place in the file on: those that are held, then those of the file.
pub(super) struct Rest {
    held: Bytes,
    file: Arc<File>,
    at: u64,
}

impl Window {
    /// The bytes of a file up to the end of a column.
    pub(super) fn new(file: &Arc<File>, file_bytes: u64, end: u64) -> Window {
        Window {
            file: Arc::clone(file),
            file_bytes,
            end,
            held: Mutex::default(),
        }
    }

    /// What is held from a place on, read when fewer than `wanted` bytes are.
    fn hold(&self, at: u64, wanted: u64) -> io::Result<Bytes> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (start, bytes) = &*held;
        let passed = at
            .checked_sub(*start)
            .and_then(|at| usize::try_from(at).ok());
        if let Some(passed) = passed
            && passed < bytes.len()
            && (bytes.len() - passed) as u64 >= wanted
        {
            return Ok(bytes.slice(passed..));
        }
        let most = self.end.min(self.file_bytes).saturating_sub(at);
        let length = WINDOW_BYTES.min(most).max(wanted.min(most));
        let mut buffer = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        // One decoder reads the file at a time, so its position is nobody else's.
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(at))?;
        if file.take(length).read_to_end(&mut buffer)? as u64 != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        *held = (at, Bytes::from(buffer));
        Ok(held.1.clone())
    }
}

impl Length for Window {
    fn len(&self) -> u64 {
        self.file_bytes
    }
}

impl ChunkReader for Window {
    type T = Rest;

    fn get_read(&self, start: u64) -> Result<Rest> {
        let held = self.hold(start, 1)?;
        Ok(Rest {
            at: start + held.len() as u64,
            held,
            file: Arc::clone(&self.file),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let mut held = self.hold(start, length as u64)?;
        if held.len() < length {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        held.truncate(length);
        Ok(held)
    }
}

impl Read for Rest {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.held.is_empty() {
            let count = self.file.read_at(buffer, self.at)?;
            self.at += count as u64;
            return Ok(count);
        }
        let count = buffer.len().min(self.held.len());
        let taken = self.held.split_to(count);
        buffer
            .iter_mut()
            .zip(&taken)
            .for_each(|(to, from)| *to = *from);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn bytes_are_those_of_the_file_wherever_they_are_asked_for() {
        let bytes: Vec<u8> = (0..3_000_000u32).map(|at| (at * 7 / 3) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let end = 2_999_000;
        let window = Window::new(&Arc::new(file), bytes.len() as u64, end as u64);
        let places = [
            0, 5, 1_000_000, 1_048_575, 2_000_000, 4, 2_998_990, 1_500_000,
        ];
        for at in places {
            for length in [0, 1, 10, 900_000, 1_400_000] {
                let found = window.get_bytes(at as u64, length);
                match at + length <= end {
                    true => assert!(found.unwrap() == bytes[at..at + length], "{at} {length}"),
                    false => assert!(found.is_err(), "{at} {length}"),
                }
            }
            // A reader goes on where what is held ends.
            let mut rest = Vec::new();
            window
                .get_read(at as u64)
                .unwrap()
                .read_to_end(&mut rest)
                .unwrap();
            assert!(rest == bytes[at..], "{at}");
        }
        assert!(window.get_bytes(5_000_000, 1).is_err());
    }
}
