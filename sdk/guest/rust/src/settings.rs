use crate::Text;

/// The settings of a rule, as their author wrote them.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a>(pub &'a [u8]);

impl<'a> Settings<'a> {
    /// All of it.
    pub fn text(&self) -> Text<'a> {
        Text(self.0)
    }

    /// Settings that are lines of a key and a value: the first word of each line, and what follows it, without the
    /// space around. Empty lines and those that begin with `#` are left out. A validator should refuse a key that it
    /// does not know.
    pub fn lines(&self) -> Lines<'a> {
        Lines(self.0)
    }
}

/// Lines of a key and a value.
#[derive(Clone, Debug)]
pub struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = (Text<'a>, Text<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.0.is_empty() {
            let (line, rest) = cut(self.0, |c| c == b'\n');
            self.0 = rest;
            let line = trim(line);
            if line.is_empty() || line[0] == b'#' {
                continue;
            }
            let (key, value) = cut(line, blank);
            return Some((Text(key), Text(trim(value))));
        }
        None
    }
}

/// What stands before the first byte that ends it, and what behind.
fn cut(text: &[u8], ends: fn(u8) -> bool) -> (&[u8], &[u8]) {
    match text.iter().position(|&c| ends(c)) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, &[]),
    }
}

fn blank(c: u8) -> bool {
    c == b' ' || c == b'\t' || c == b'\r'
}

fn trim(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text {
        if !blank(*first) {
            break;
        }
        text = rest;
    }
    while let [rest @ .., last] = text {
        if !blank(*last) {
            break;
        }
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn lines() {
        let mut lines = Settings(b"# limits\nmax 10\r\n\n \tname  a b").lines();
        let (key, value) = lines.next().unwrap();
        assert!(key == "max" && value.int() == Some(10));
        let (key, value) = lines.next().unwrap();
        assert!(key == "name" && value == "a b");
        assert!(lines.next().is_none());
    }
}
