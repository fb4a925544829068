//! Queues between the server and the threads that read and write, so that none waits for another.
//!
//! Invariants: what an editor sent is there to be looked at while an answer is worked out, so that it
//! can be taken back; an editor that reads slowly holds up nobody; messages go out in the order they were
//! sent in.

use super::json::Json;
use lsp_server::{Connection, Message, RequestId};
use std::io::{Result, Write, stdout};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{JoinHandle, spawn};

enum Outgoing {
    Message(Message),
    /// What a request asked for, as it goes out.
    Answer(RequestId, Json),
}

/// Both directions of one session.
pub struct Wires {
    /// What comes from the editor.
    pub inbox: Receiver<Message>,
    outbox: Sender<Outgoing>,
    writer: JoinHandle<()>,
}

impl Wires {
    pub fn new(connection: Connection) -> Wires {
        let Connection { sender, receiver } = connection;
        // Its thread lets go of the output when everything of the greeting is written.
        drop(sender);
        let (arrived, inbox) = channel();
        spawn(move || {
            let mut messages = receiver.into_iter();
            messages.all(|message| arrived.send(message).is_ok());
        });
        let (outbox, waiting) = channel();
        let writer = spawn(move || {
            let mut out = stdout().lock();
            let mut messages = waiting.into_iter();
            messages.all(|message: Outgoing| message.write(&mut out).is_ok());
        });
        Wires {
            inbox,
            outbox,
            writer,
        }
    }

    /// Sends a message; nobody listens any more when the editor is gone.
    pub fn send(&self, message: Message) {
        let _ = self.outbox.send(Outgoing::Message(message));
    }

    /// Sends what a request asked for.
    pub fn answer(&self, id: RequestId, answer: Json) {
        let _ = self.outbox.send(Outgoing::Answer(id, answer));
    }

    /// Waits until everything is written.
    pub fn close(self) {
        drop(self.outbox);
        let _ = self.writer.join();
    }
}

impl Outgoing {
    fn write(&self, out: &mut impl Write) -> Result<()> {
        let (id, answer) = match self {
            Outgoing::Message(message) => return message.write(out),
            Outgoing::Answer(id, answer) => (Json::of(id), answer),
        };
        let (before, between, after) = (r#"{"jsonrpc":"2.0","id":"#, r#","result":"#, "}");
        let parts = [before, id.as_str(), between, answer.as_str(), after];
        let length: usize = parts.iter().map(|part| part.len()).sum();
        write!(out, "Content-Length: {length}\r\n\r\n")?;
        for part in parts {
            out.write_all(part.as_bytes())?;
        }
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, Outgoing};
    use lsp_server::{Message, RequestId, Response};
    use serde_json::{Value, json};

    fn bytes(message: &Outgoing) -> String {
        let mut out = Vec::new();
        message.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_answer_goes_out_as_the_same_bytes_as_a_message() {
        let ids = [
            RequestId::from(7),
            RequestId::from("a \"b\" 年".to_string()),
        ];
        let answers = [
            Value::Null,
            json!([]),
            json!({ "z": "年\n", "a": [1, 2.50, -3], "none": null }),
        ];
        for (id, answer) in ids
            .iter()
            .flat_map(|id| answers.iter().map(move |answer| (id, answer)))
        {
            let response = Response {
                id: id.clone(),
                response_result: Ok(answer.clone()),
            };
            let message = bytes(&Outgoing::Message(Message::Response(response)));
            assert_eq!(
                bytes(&Outgoing::Answer(id.clone(), Json::of(answer))),
                message
            );
        }
    }
}
