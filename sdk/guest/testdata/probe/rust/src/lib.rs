//! The probe of the kit for Rust. What it does is told in guesttest.

mod form;

grove_guest::validator!(form::Probe);
