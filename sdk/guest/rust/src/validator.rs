use alloc::string::String;
use alloc::vec::Vec;

use crate::{Op, Settings, Tree, Write};

/// How many bytes of a reason are told; the rest is cut off.
pub const MAX_REASON: usize = 512;

/// A type that judges writes. What it holds are its settings.
pub trait Validator: Default {
    /// Takes the settings of the rule. It is called before any write is judged, and only when the rule has some.
    fn configure(&mut self, settings: Settings) -> Result<(), Refusal> {
        let _ = settings;
        Err("the module takes no settings".into())
    }

    /// Judges a write. Unless it is written anew, it asks for each operation alone, and the first refusal is that of
    /// the whole write.
    fn judge(&self, write: &Write) -> Result<(), Refusal> {
        for (i, op) in write.ops.iter().enumerate() {
            self.judge_op(op).map_err(|refusal| refusal.of(i))?;
        }
        Ok(())
    }

    /// Judges one operation.
    fn judge_op(&self, op: &Op) -> Result<(), Refusal> {
        let _ = op;
        Ok(())
    }
}

/// A validator's no.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    op: usize,
    code: i32,
    reason: String,
}

impl Refusal {
    /// With a reason for people; ZooKeeper clients get BADARGUMENTS.
    pub fn new(reason: impl Into<String>) -> Refusal {
        Refusal { op: 0, code: -8, reason: reason.into() }
    }

    /// The same, for which ZooKeeper clients get NOAUTH.
    pub fn no_auth(self) -> Refusal {
        Refusal { code: -102, ..self }
    }

    /// The same for another operation of the write, counted from 0.
    pub fn of(self, op: usize) -> Refusal {
        Refusal { op, ..self }
    }

    /// What is told to people.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Writes the refusal as a verdict into a list of bytes that may have been used before.
    pub(crate) fn verdict(&self, into: &mut Vec<u8>) {
        let reason = &self.reason.as_bytes()[..self.reason.len().min(MAX_REASON)];
        into.clear();
        for field in [16 + reason.len() as u32, self.op as u32, self.code as u32, reason.len() as u32] {
            into.extend_from_slice(&field.to_le_bytes());
        }
        into.extend_from_slice(reason);
    }
}

impl<T: Into<String>> From<T> for Refusal {
    fn from(reason: T) -> Refusal {
        Refusal::new(reason)
    }
}

/// What a validator says to a request: the bytes of a verdict, empty to admit, or nothing when the request is not in the
/// layout. It is for tests of validators; a module does the same without making anything new.
pub fn judge_bytes(validator: &impl Validator, request: &[u8], tree: &dyn Tree) -> Option<Vec<u8>> {
    let mut verdict = Vec::new();
    if let Err(refusal) = validator.judge(&Write::read(request, tree)?) {
        refusal.verdict(&mut verdict);
    }
    Some(verdict)
}
