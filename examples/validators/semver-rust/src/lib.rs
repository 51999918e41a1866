//! Semver is a validator under which nodes hold versions that do not go back. See its README.

use grove_guest::{Kind, Op, Refusal, Settings, Validator};

/// What the settings say.
#[derive(Default)]
pub struct Semver {
    /// Versions may go back: only their form is looked at.
    back: bool,
}

grove_guest::validator!(Semver);

impl Validator for Semver {
    fn configure(&mut self, settings: Settings) -> Result<(), Refusal> {
        for (key, value) in settings.lines() {
            match (key.as_str(), value.bool()) {
                (Some("back"), Some(back)) => self.back = back,
                _ => return Err(format!("{} {} is not: back true, back false", key, value).into()),
            }
        }
        Ok(())
    }

    fn judge_op(&self, op: &Op) -> Result<(), Refusal> {
        if !op.kind.creates() && op.kind != Kind::SET_DATA {
            return Ok(());
        }
        let new = match version(op.data()) {
            Some(version) => version,
            None => return Err(format!("{}: must be a version such as 1.2.3", op.path).into()),
        };
        if self.back {
            return Ok(());
        }
        let old = op.old.as_ref().ok_or("this module needs a rule with reads old")?;
        match version(old.data()) {
            Some(old) if new < old => Err(format!("{}: {} is there, and versions do not go back", op.path, show(old)).into()),
            _ => Ok(()),
        }
    }
}

/// The three numbers of a version, none of which begins with a zero that it does not need.
fn version(text: &[u8]) -> Option<[u32; 3]> {
    let mut parts = std::str::from_utf8(text).ok()?.split('.');
    let numbers = [number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?];
    if parts.next().is_some() { None } else { Some(numbers) }
}

fn number(text: &str) -> Option<u32> {
    let n: u32 = text.parse().ok()?;
    if n.to_string() == text { Some(n) } else { None }
}

fn show(version: [u32; 3]) -> String {
    format!("{}.{}.{}", version[0], version[1], version[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert_eq!(version(b"1.20.3"), Some([1, 20, 3]));
        for wrong in ["", "1", "1.2", "1.2.3.4", "1.2.x", "1.02.3", "+1.2.3", "1.2.4294967296", "1..3"] {
            assert_eq!(version(wrong.as_bytes()), None, "{}", wrong);
        }
    }

    #[test]
    fn settings() {
        let mut semver = Semver::default();
        assert!(semver.configure(Settings(b"back true")).is_ok() && semver.back);
        for wrong in ["back", "back yes", "forth true"] {
            assert!(semver.configure(Settings(wrong.as_bytes())).is_err(), "{}", wrong);
        }
    }
}
