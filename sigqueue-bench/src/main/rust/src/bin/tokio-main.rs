//! tokio::signal in a runtime of one thread, the main one: no hop to another.

fn main() {
    peers::receive_in(tokio::runtime::Builder::new_current_thread());
}
