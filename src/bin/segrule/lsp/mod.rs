//! `segrule lsp`: the language server over standard input and output.
//!
//! Invariants: answers come from `segrule::ide`, what is here only converts; messages are taken in the
//! order they come; a request that cannot be answered is an error for the editor, never the end.

mod answer;
mod background;
mod colours;
mod command;
mod convert;
mod documents;
mod edit;
mod json;
mod position;
mod project;
mod protocol;
mod publish;
mod server;
mod uri;
mod wires;

use super::cli::{Exit, Host};
use lsp_server::Connection;
use protocol::InitializeParams;
use segrule::diag::Lang;
use server::Server;
use wires::Wires;

/// Serves one editor until it says goodbye.
pub fn serve(host: &Host) -> Exit {
    let (connection, threads) = Connection::stdio();
    let exit = talk(connection, host);
    match threads.join() {
        Ok(()) => exit,
        Err(_) => Exit::Failure,
    }
}

fn talk(connection: Connection, host: &Host) -> Exit {
    let Ok((id, params)) = connection.initialize_start() else {
        return Exit::Failure;
    };
    let params: InitializeParams = serde_json::from_value(params).unwrap_or_default();
    let encoding = position::Encoding::chosen(&params);
    let answer = protocol::initialize_result(encoding);
    if connection.initialize_finish(id, answer).is_err() {
        return Exit::Failure;
    }
    let lang = params.lang().unwrap_or(host.lang);
    let wires = Wires::new(connection);
    let exit = Server::new(&wires, host, &params, encoding, lang).run();
    wires.close();
    exit
}

/// The language that an editor's locale asks for.
fn lang_of(locale: &str) -> Lang {
    Lang::from_locale(locale)
}
