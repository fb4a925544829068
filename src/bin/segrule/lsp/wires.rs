//! Queues between the server and the threads that read and write, so that none waits for another.
//!
//! Invariants: what an editor sent is there to be looked at while an answer is worked out, so that it
//! can be taken back; an editor that reads slowly holds up nobody.

use lsp_server::{Connection, Message};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{JoinHandle, spawn};

/// Both directions of one session.
pub struct Wires {
    /// What comes from the editor.
    pub inbox: Receiver<Message>,
    outbox: Sender<Message>,
    writer: JoinHandle<()>,
}

impl Wires {
    pub fn new(connection: Connection) -> Wires {
        let Connection { sender, receiver } = connection;
        let (arrived, inbox) = channel();
        spawn(move || {
            let mut messages = receiver.into_iter();
            messages.all(|message| arrived.send(message).is_ok());
        });
        let (outbox, waiting) = channel();
        let writer = spawn(move || {
            let mut messages = waiting.into_iter();
            messages.all(|message| sender.send(message).is_ok());
        });
        Wires {
            inbox,
            outbox,
            writer,
        }
    }

    /// Sends a message; nobody listens any more when the editor is gone.
    pub fn send(&self, message: Message) {
        let _ = self.outbox.send(message);
    }

    /// Waits until everything is written.
    pub fn close(self) {
        drop(self.outbox);
        let _ = self.writer.join();
    }
}
