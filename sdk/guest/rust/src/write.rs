use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::Text;

/// One write: a single operation, or all operations of a multi together.
pub struct Write<'a> {
    /// Whether it is a multi.
    pub multi: bool,
    /// The clock of the server, in milliseconds since 1970.
    pub time: i64,
    /// Of whom.
    pub session: i64,
    /// What the connection has proved of whom it belongs to.
    pub identities: Vec<Identity<'a>>,
    /// What is to be done, in order.
    pub ops: Vec<Op<'a>>,
    /// The tree as it is before the write; none unless the rule says that its module reads the tree.
    pub tree: Option<&'a dyn Tree>,
}

/// Who somebody is, such as scheme `ip` and an address.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Identity<'a> {
    /// How it was proved.
    pub scheme: Text<'a>,
    /// Who.
    pub id: Text<'a>,
}

/// An entry of an access control list.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Acl<'a> {
    /// Bits: 1 read, 2 write, 4 create, 8 delete, 16 admin.
    pub perms: u32,
    /// Who may.
    pub who: Identity<'a>,
}

/// One operation of a write.
#[derive(Clone, Debug, Default)]
pub struct Op<'a> {
    /// What is done.
    pub kind: Kind,
    /// What kind of node a create makes.
    pub mode: Mode,
    /// The expected version, -1 for any.
    pub version: i32,
    /// The node. That of a sequential create has no number yet.
    pub path: Text<'a>,
    /// Of a create or setData; none and empty are different.
    pub data: Option<&'a [u8]>,
    /// Of a create or setACL.
    pub acl: Vec<Acl<'a>>,
    /// The node that the operation meets; none unless the rule says that its module reads it.
    pub old: Option<Node<'a>>,
}

impl<'a> Op<'a> {
    /// The data, empty when there is none.
    pub fn data(&self) -> &'a [u8] {
        self.data.unwrap_or(&[])
    }
}

/// A node of the tree. When it is not present the rest is zero.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Node<'a> {
    /// Whether there is such a node.
    pub present: bool,
    /// Transaction that created it.
    pub czxid: i64,
    /// Transaction that changed it last.
    pub mzxid: i64,
    /// When it was created, in milliseconds since 1970.
    pub ctime: i64,
    /// When it was changed last.
    pub mtime: i64,
    /// How often it was changed.
    pub version: i32,
    /// The session of an ephemeral node.
    pub owner: i64,
    /// None and empty are different.
    pub data: Option<Cow<'a, [u8]>>,
}

impl Node<'_> {
    /// The data, empty when there is none.
    pub fn data(&self) -> &[u8] {
        self.data.as_deref().unwrap_or(&[])
    }
}

/// Nodes to read beside the write. How many one call may read is bounded; a call that reads more has failed.
pub trait Tree {
    /// The node at a path.
    fn get(&self, path: &[u8]) -> Node<'static>;
    /// The names below a node in ascending order; none when there is no such node.
    fn children(&self, path: &[u8]) -> Option<Vec<Vec<u8>>>;
}

/// What an operation does.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Kind(pub i32);

#[allow(missing_docs)]
impl Kind {
    pub const CREATE: Kind = Kind(1);
    pub const DELETE: Kind = Kind(2);
    pub const SET_DATA: Kind = Kind(5);
    pub const SET_ACL: Kind = Kind(7);
    pub const CHECK: Kind = Kind(13);
    pub const CREATE2: Kind = Kind(15);
    pub const CREATE_CONTAINER: Kind = Kind(19);
    pub const CREATE_TTL: Kind = Kind(21);
}

impl Kind {
    /// Whether a node is made.
    pub fn creates(self) -> bool {
        matches!(self, Kind::CREATE | Kind::CREATE2 | Kind::CREATE_CONTAINER | Kind::CREATE_TTL)
    }
}

/// What kind of node a create makes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Mode(pub i32);

#[allow(missing_docs)]
impl Mode {
    pub const PERSISTENT: Mode = Mode(0);
    pub const EPHEMERAL: Mode = Mode(1);
    pub const PERSISTENT_SEQUENTIAL: Mode = Mode(2);
    pub const EPHEMERAL_SEQUENTIAL: Mode = Mode(3);
    pub const CONTAINER: Mode = Mode(4);
    pub const TTL: Mode = Mode(5);
    pub const TTL_SEQUENTIAL: Mode = Mode(6);
}

impl Mode {
    /// Whether the node ends with its session.
    pub fn ephemeral(self) -> bool {
        matches!(self, Mode::EPHEMERAL | Mode::EPHEMERAL_SEQUENTIAL)
    }

    /// Whether a number is appended to the name.
    pub fn sequential(self) -> bool {
        matches!(self, Mode::PERSISTENT_SEQUENTIAL | Mode::EPHEMERAL_SEQUENTIAL | Mode::TTL_SEQUENTIAL)
    }
}
