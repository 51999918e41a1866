use grove_guest::{log, Identity, Node, Op, Refusal, Settings, Validator, Write};

/// Refuses every write with what it was told.
#[derive(Default)]
pub struct Probe {
    settings: Vec<u8>,
}

impl Validator for Probe {
    fn configure(&mut self, settings: Settings) -> Result<(), Refusal> {
        if settings.text().starts_with(b"bad") {
            return Err("bad settings".into());
        }
        self.settings = settings.0.to_vec();
        Ok(())
    }

    fn judge(&self, write: &Write) -> Result<(), Refusal> {
        let first = write.ops.first().map(|op| op.path).unwrap_or_default();
        if first.starts_with(b"/admit") {
            return Ok(());
        }
        if first.starts_with(b"/log") {
            log(first.0);
            return Ok(());
        }
        let sums = write.ops.iter().fold(0u32, |all, op| all.wrapping_add(sum(op.data())));
        if first.starts_with(b"/sum") && sums != 0 {
            return Ok(());
        }
        let refusal = Refusal::new(form(write, &self.settings)).of(write.ops.len().saturating_sub(1));
        Err(if write.multi { refusal.no_auth() } else { refusal })
    }
}

fn sum(data: &[u8]) -> u32 {
    data.iter().fold(2166136261, |sum, &c| (sum ^ u32::from(c)).wrapping_mul(16777619))
}

/// A write in words.
pub fn form(write: &Write, settings: &[u8]) -> String {
    let mut text = String::new();
    if write.multi {
        text += "multi ";
    }
    if write.tree.is_some() {
        text += "tree ";
    }
    text += &format!("time={} session={}", write.time, write.session);
    for who in &write.identities {
        text += &format!(" id={}", identity(who));
    }
    for op in &write.ops {
        text += &operation(op, write);
    }
    for (key, value) in Settings(settings).lines() {
        text += &format!(" set={}:{}", quote(&key), quote(&value));
        if let Some(n) = value.int() {
            text += &format!("={}", n);
        } else if let Some(on) = value.bool() {
            text += &format!("={}", on);
        }
    }
    text
}

fn operation(op: &Op, write: &Write) -> String {
    let mut text = format!(" op={}/{}/{} {} {}", op.kind.0, op.mode.0, op.version, quote(&op.path), data(op.data));
    for acl in &op.acl {
        text += &format!(" acl={}:{}", acl.perms as i32, identity(&acl.who));
    }
    text += " old=";
    text += &op.old.as_ref().map_or("-".into(), node);
    if let Some(tree) = write.tree {
        let names = match tree.children(&op.path) {
            None => "absent".into(),
            Some(names) => format!("[{}]", names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(",")),
        };
        text += &format!(" get={} children={}", node(&tree.get(&op.path)), names);
    }
    text
}

fn identity(who: &Identity) -> String {
    format!("{}:{}", quote(&who.scheme), quote(&who.id))
}

fn node(node: &Node) -> String {
    if !node.present {
        return "absent".into();
    }
    let n = node;
    format!("{}/{}/{}/{}/{}/{} {}", n.czxid, n.mzxid, n.ctime, n.mtime, n.version, n.owner, data(n.data.as_deref()))
}

fn data(data: Option<&[u8]>) -> String {
    data.map_or("-".into(), quote)
}

fn quote(text: &[u8]) -> String {
    if text.len() > 24 {
        return format!("#{}.{:08x}", text.len(), sum(text));
    }
    let mut quoted = String::from("'");
    for &c in text {
        match c {
            b'\'' | b'\\' => quoted += &format!("\\{:02x}", c),
            b' '..=b'~' => quoted.push(c.into()),
            _ => quoted += &format!("\\{:02x}", c),
        }
    }
    quoted + "'"
}
