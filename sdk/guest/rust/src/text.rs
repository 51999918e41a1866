use core::fmt;
use core::ops::Deref;
use core::str;

use alloc::string::String;

/// Text that a client or an administrator wrote: bytes that mostly are UTF-8. It is compared with strings and shown as
/// one, with the replacement character for what is no UTF-8.
#[derive(Clone, Copy, Default, Eq, PartialEq, Hash)]
pub struct Text<'a>(pub &'a [u8]);

impl<'a> Text<'a> {
    /// The text as a string, if it is one.
    pub fn as_str(&self) -> Option<&'a str> {
        str::from_utf8(self.0).ok()
    }

    /// A decimal integer, with a minus in front or nothing.
    pub fn int(&self) -> Option<i64> {
        match self.0.first() {
            Some(b'+') | None => None,
            Some(_) => self.as_str()?.parse().ok(),
        }
    }

    /// `true` or `false`.
    pub fn bool(&self) -> Option<bool> {
        match self.0 {
            b"true" => Some(true),
            b"false" => Some(false),
            _ => None,
        }
    }

    /// The last component of a path.
    pub fn base(&self) -> Text<'a> {
        Text(&self.0[self.slash()..])
    }

    /// What stands before the last component of a path: `/` for `/a`, nothing for `/`.
    pub fn parent(&self) -> Text<'a> {
        match self.slash() {
            0 => Text(&[]),
            1 if self.0.len() == 1 => Text(&[]),
            1 => Text(&self.0[..1]),
            at => Text(&self.0[..at - 1]),
        }
    }

    /// Where the last component begins.
    fn slash(&self) -> usize {
        self.0.iter().rposition(|&c| c == b'/').map_or(0, |at| at + 1)
    }
}

impl Deref for Text<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.0))
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn paths() {
        for (path, parent, base) in [("/", "", ""), ("/a", "/", "a"), ("/a/b", "/a", "b"), ("", "", ""), ("a", "", "a")] {
            let text = Text(path.as_bytes());
            assert!(text.parent() == parent && text.base() == base, "{:?}", path);
        }
    }

    #[test]
    fn numbers() {
        assert_eq!(Text(b"-9223372036854775808").int(), Some(i64::MIN));
        for wrong in ["", "-", "+1", "1x", "9223372036854775808", " 1"] {
            assert_eq!(Text(wrong.as_bytes()).int(), None, "{:?}", wrong);
        }
    }
}
