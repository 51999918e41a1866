use core::cell::UnsafeCell;

use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;

use crate::{read_names, Node, Refusal, Settings, Tree, Validator, Write};

/// A validator and what it needs between calls. Made by [`crate::validator!`], whose exports are its methods.
pub struct Module<V> {
    state: UnsafeCell<State<V>>,
}

struct State<V> {
    validator: Option<V>,
    buffer: Vec<u8>,
    verdict: Vec<u8>,
}

// A module has one thread, the host calls one function at a time, and none of them is called by a validator: nobody
// else has the state while one of the methods runs.
unsafe impl<V> Sync for Module<V> {}

impl<V: Validator> Module<V> {
    /// One that has judged nothing yet.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Module<V> {
        Module { state: UnsafeCell::new(State { validator: None, buffer: Vec::new(), verdict: Vec::new() }) }
    }

    /// Gives the host room to write to, which stays where it is until it asks for more.
    pub fn alloc(&self, size: u32) -> u32 {
        let state = unsafe { &mut *self.state.get() };
        if state.buffer.len() < size as usize {
            state.buffer = Vec::new();
            state.buffer.resize(size as usize, 0);
        }
        state.buffer.as_ptr() as u32
    }

    /// Judges the request that the host has written.
    pub fn validate(&self, request: u32, size: u32) -> u64 {
        self.answer(request, size, |validator, bytes| Write::read(bytes, &Host).map(|write| validator.judge(&write)))
    }

    /// Takes the settings that the host has written.
    pub fn configure(&self, settings: u32, size: u32) -> u64 {
        self.answer(settings, size, |validator, bytes| Some(validator.configure(Settings(bytes))))
    }

    /// Where the verdict lies of what the host has written, 0 to admit. What could not be read is a trap.
    fn answer(&self, at: u32, size: u32, judge: fn(&mut V, &[u8]) -> Option<Result<(), Refusal>>) -> u64 {
        let state = unsafe { &mut *self.state.get() };
        let from = (at as usize).wrapping_sub(state.buffer.as_ptr() as usize);
        let lent = state.buffer.get(from..).and_then(|rest| rest.get(..size as usize));
        let validator = state.validator.get_or_insert_with(V::default);
        match lent.and_then(|bytes| judge(validator, bytes)) {
            None => core::arch::wasm32::unreachable(),
            Some(Ok(())) => 0,
            Some(Err(refusal)) => {
                refusal.verdict(&mut state.verdict);
                (state.verdict.as_ptr() as u64) << 32 | state.verdict.len() as u64
            }
        }
    }
}

/// The tree of the server.
struct Host;

impl Tree for Host {
    fn get(&self, path: &[u8]) -> Node<'static> {
        let bytes = fetch(imports::get, path);
        match Node::read(&bytes) {
            Some(node) => Node { data: node.data.map(|data| Cow::Owned(data.into_owned())), ..node },
            None => core::arch::wasm32::unreachable(),
        }
    }

    fn children(&self, path: &[u8]) -> Option<Vec<Vec<u8>>> {
        match read_names(&fetch(imports::children, path)) {
            Some(names) => names,
            None => core::arch::wasm32::unreachable(),
        }
    }
}

type Ask = unsafe extern "C" fn(path: *const u8, size: u32, into: *mut u8, room: u32) -> u32;

/// The answer to a question. The host says how large it is, and writes it when there is room.
fn fetch(ask: Ask, path: &[u8]) -> Vec<u8> {
    let mut answer = vec![0; 256];
    loop {
        let size = unsafe { ask(path.as_ptr(), path.len() as u32, answer.as_mut_ptr(), answer.len() as u32) } as usize;
        if size <= answer.len() {
            answer.truncate(size);
            return answer;
        }
        answer = vec![0; size];
    }
}

pub(crate) fn log(line: &[u8]) {
    unsafe { imports::log(line.as_ptr(), line.len() as u32) }
}

mod imports {
    #[link(wasm_import_module = "grove")]
    extern "C" {
        pub fn log(text: *const u8, size: u32);
        pub fn get(path: *const u8, size: u32, into: *mut u8, room: u32) -> u32;
        pub fn children(path: *const u8, size: u32, into: *mut u8, room: u32) -> u32;
    }
}
