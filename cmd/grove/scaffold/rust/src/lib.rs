//! Greet is a validator that refuses nodes whose data does not begin with a word. See its README.

use grove_guest::{Kind, Op, Refusal, Settings, Validator};

/// What the settings say.
pub struct Greet {
    /// What data must begin with; the settings replace it.
    word: Vec<u8>,
}

grove_guest::validator!(Greet);

impl Default for Greet {
    fn default() -> Greet {
        Greet { word: b"hello".to_vec() }
    }
}

impl Validator for Greet {
    /// Takes the settings of the rule, once. An error refuses the rule.
    fn configure(&mut self, settings: Settings) -> Result<(), Refusal> {
        for (key, value) in settings.lines() {
            if key != "word" || value.is_empty() {
                return Err("a line of settings is: word, and what nodes must begin with".into());
            }
            self.word = value.to_vec();
        }
        Ok(())
    }

    /// Says what is wrong with an operation.
    fn judge_op(&self, op: &Op) -> Result<(), Refusal> {
        if (op.kind.creates() || op.kind == Kind::SET_DATA) && !op.data().starts_with(&self.word) {
            let word = String::from_utf8_lossy(&self.word);
            return Err(format!("{}: must begin with {}", op.path, word).into());
        }
        Ok(())
    }
}
