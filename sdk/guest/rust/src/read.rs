use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::{Acl, Identity, Kind, Mode, Node, Op, Text, Tree, Write};

/// The length of bytes that are not there.
const NONE: u32 = u32::MAX;

/// Takes fields off the front of its bytes. Nothing comes when there are too few of them.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Write<'a> {
    /// Reads a request; nothing when it is not in the layout of version 1. The tree is that of the write if the
    /// request says that it may be read.
    pub fn read(request: &'a [u8], tree: &'a dyn Tree) -> Option<Write<'a>> {
        let mut r = Reader(request).record()?;
        if r.u32()? != 1 {
            return None;
        }
        let flags = r.u32()?;
        Some(Write {
            multi: flags & 1 != 0,
            tree: if flags & 2 != 0 { Some(tree) } else { None },
            time: r.i64()?,
            session: r.i64()?,
            identities: r.list(12, Reader::identity)?,
            ops: r.list(32, Reader::op)?,
        })
    }
}

impl Node<'_> {
    /// Reads what the host tells of a node.
    pub fn read(bytes: &[u8]) -> Option<Node<'_>> {
        Reader(bytes).record()?.node()
    }
}

/// Reads what the host tells of the names below a node, which may be that there is no node; nothing when it is not in
/// the layout.
#[allow(clippy::option_option)]
pub fn read_names(bytes: &[u8]) -> Option<Option<Vec<Vec<u8>>>> {
    let mut r = Reader(bytes).record()?;
    let present = r.u32()? != 0;
    let count = r.count(4)?;
    let names = (0..count).map(|_| r.text().map(|name| name.to_vec())).collect::<Option<Vec<_>>>()?;
    Some(if present { Some(names) } else { None })
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        if n > self.0.len() {
            return None;
        }
        let (taken, rest) = self.0.split_at(n);
        self.0 = rest;
        Some(taken)
    }

    fn u32(&mut self) -> Option<u32> {
        let b = self.take(4)?;
        Some(u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    fn i32(&mut self) -> Option<i32> {
        self.u32().map(|n| n as i32)
    }

    fn i64(&mut self) -> Option<i64> {
        let low = u64::from(self.u32()?);
        Some((low | u64::from(self.u32()?) << 32) as i64)
    }

    fn record(&mut self) -> Option<Reader<'a>> {
        let size = self.u32()?.checked_sub(4)?;
        self.take(size as usize).map(Reader)
    }

    /// The count of a list whose entries take at least so many bytes each.
    fn count(&mut self, least: u64) -> Option<u32> {
        let n = self.u32()?;
        if u64::from(n) * least > self.0.len() as u64 {
            return None;
        }
        Some(n)
    }

    fn list<T>(&mut self, least: u64, read: fn(&mut Reader<'a>) -> Option<T>) -> Option<Vec<T>> {
        let n = self.count(least)?;
        let mut list = Vec::with_capacity(n as usize);
        for _ in 0..n {
            list.push(read(&mut self.record()?)?);
        }
        Some(list)
    }

    #[allow(clippy::option_option)]
    fn bytes(&mut self) -> Option<Option<&'a [u8]>> {
        match self.u32()? {
            NONE => Some(None),
            n => self.take(n as usize).map(Some),
        }
    }

    fn text(&mut self) -> Option<Text<'a>> {
        self.bytes().map(|b| Text(b.unwrap_or(&[])))
    }

    fn identity(&mut self) -> Option<Identity<'a>> {
        Some(Identity { scheme: self.text()?, id: self.text()? })
    }

    fn acl(&mut self) -> Option<Acl<'a>> {
        Some(Acl { perms: self.u32()?, who: self.identity()? })
    }

    fn op(&mut self) -> Option<Op<'a>> {
        Some(Op {
            kind: Kind(self.i32()?),
            mode: Mode(self.i32()?),
            version: self.i32()?,
            path: self.text()?,
            data: self.bytes()?,
            acl: self.list(16, Reader::acl)?,
            old: self.old()?,
        })
    }

    /// The node that an operation meets; a zero in its place says that it is not told.
    #[allow(clippy::option_option)]
    fn old(&mut self) -> Option<Option<Node<'a>>> {
        let mut ahead = *self;
        if ahead.u32()? == 0 {
            *self = ahead;
            return Some(None);
        }
        self.record()?.node().map(Some)
    }

    fn node(&mut self) -> Option<Node<'a>> {
        Some(Node {
            present: self.u32()? != 0,
            czxid: self.i64()?,
            mzxid: self.i64()?,
            ctime: self.i64()?,
            mtime: self.i64()?,
            version: self.i32()?,
            owner: self.i64()?,
            data: self.bytes()?.map(Cow::Borrowed),
        })
    }
}
