//! tokio::signal in the runtime that `#[tokio::main]` makes: several threads.

fn main() {
    peers::receive_in(tokio::runtime::Builder::new_multi_thread());
}
