//! What a validator for Grove written in Rust is made with. A validator is a type that judges writes:
//!
//! ```
//! use grove_guest::{Op, Refusal, Validator};
//!
//! #[derive(Default)]
//! struct Short;
//!
//! impl Validator for Short {
//!     fn judge_op(&self, op: &Op) -> Result<(), Refusal> {
//!         if op.data().len() > 100 {
//!             return Err("more than 100 bytes".into());
//!         }
//!         Ok(())
//!     }
//! }
//!
//! grove_guest::validator!(Short);
//! # fn main() {}
//! ```
//!
//! compiled as a `cdylib` for `wasm32-unknown-unknown`. On other targets [`validator!`] does nothing, so a validator is
//! tested like any other code, with writes made by hand.
//!
//! A validator must not decide on what it saw in earlier calls: there are several instances, and they are replaced now
//! and then. A panic, or memory that has run out, ends the instance and counts as a failure of the validator, which
//! is not the same as a refusal. The crate needs an allocator and nothing else: with `std`, which brings one, there is
//! nothing to do; a `no_std` validator brings its own, and its panic handler.

#![no_std]
#![warn(missing_docs)]

extern crate alloc;

mod read;
mod settings;
mod text;
mod validator;
mod write;

pub use read::read_names;
pub use settings::{Lines, Settings};
pub use text::Text;
pub use validator::{judge_bytes, Refusal, Validator, MAX_REASON};
pub use write::{Acl, Identity, Kind, Mode, Node, Op, Tree, Write};

#[cfg(target_arch = "wasm32")]
mod host;
#[cfg(target_arch = "wasm32")]
pub use host::Module;

/// Writes a line to the server's log. Few lines a second are kept. Outside of a module it does nothing.
pub fn log(line: impl AsRef<[u8]>) {
    #[cfg(target_arch = "wasm32")]
    host::log(line.as_ref());
    #[cfg(not(target_arch = "wasm32"))]
    let _ = line;
}

/// Makes a module of a type that implements [`Validator`]. It stands once in a crate.
#[macro_export]
macro_rules! validator {
    ($validator:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            static MODULE: $crate::Module<$validator> = $crate::Module::new();

            #[no_mangle]
            extern "C" fn grove_abi_v1() {}

            #[no_mangle]
            extern "C" fn grove_alloc(size: u32) -> u32 {
                MODULE.alloc(size)
            }

            #[no_mangle]
            extern "C" fn grove_validate(request: u32, size: u32) -> u64 {
                MODULE.validate(request, size)
            }

            #[no_mangle]
            extern "C" fn grove_configure(settings: u32, size: u32) -> u64 {
                MODULE.configure(settings, size)
            }
        };
    };
}
