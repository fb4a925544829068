//! Writes the demo's contacts to standard output:
//! `cargo run --example demo-contacts > rules/demo/contacts.csv`

mod contacts;

use std::io::Write;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(contacts::contacts_csv().as_bytes())
}
