//! signal-hook's iterator in a thread of its own, while the main thread sleeps, as in the other peers.

use signal_hook::iterator::Signals;
use std::thread;

fn main() {
    let receiver = thread::spawn(|| {
        let (page, signal) = peers::arguments();
        let mut signals = Signals::new([signal]).expect("signals");
        page.ready();
        for _ in signals.forever() {
            page.receive();
        }
    });
    receiver.join().expect("receiver");
}
