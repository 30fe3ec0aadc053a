//! The page that a peer shares with the driver: page.h.

use std::fs::OpenOptions;
use std::os::unix::io::AsRawFd;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

const BYTES: usize = 4096;
const READY: usize = 0;
const COUNT: usize = 64;
const EVENTS: usize = 128;

#[derive(Clone, Copy)]
pub struct Page(*mut u8);

impl Page {
    pub fn map(path: &str) -> Page {
        let file = OpenOptions::new().read(true).write(true).open(path).expect("the page");
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let memory = unsafe {
            let fd = file.as_raw_fd();
            libc::mmap(std::ptr::null_mut(), BYTES, protection, libc::MAP_SHARED, fd, 0)
        };
        assert_ne!(memory, libc::MAP_FAILED);
        Page(memory as *mut u8)
    }

    pub fn ready(&self) {
        unsafe { (*(self.0.add(READY) as *const AtomicU32)).store(1, SeqCst) };
    }

    pub fn receive(&self) {
        unsafe {
            (*(self.0.add(EVENTS) as *const AtomicU64)).fetch_add(1, SeqCst);
            (*(self.0.add(COUNT) as *const AtomicU64)).fetch_add(1, SeqCst);
        }
    }
}

/// The arguments of a peer: the page and the signal.
pub fn arguments() -> (Page, i32) {
    let arguments: Vec<String> = std::env::args().collect();
    (Page::map(&arguments[1]), arguments[2].parse().expect("a signal"))
}

/// tokio::signal in a runtime, until the peer is killed.
pub fn receive_in(mut builder: tokio::runtime::Builder) {
    use tokio::signal::unix::{signal, SignalKind};

    let (page, number) = arguments();
    let runtime = builder.enable_all().build().expect("runtime");
    runtime.block_on(async {
        let mut signals = signal(SignalKind::from_raw(number)).expect("signal");
        page.ready();
        while signals.recv().await.is_some() {
            page.receive();
        }
    });
}
