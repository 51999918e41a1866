/**
 * What a validator written in AssemblyScript imports. It registers a function and exports what the host calls:
 *
 *     import { judgeEach, refuse, Op, Refusal } from "./grove";
 *     export { grove_abi_v1, grove_alloc, grove_validate, grove_configure } from "./grove";
 *
 *     judgeEach((op: Op): Refusal | null => {
 *       if (op.data.size > 100) return refuse("more than 100 bytes");
 *       return null;
 *     });
 *
 *     asc short.ts -o short.wasm -O3 --use abort=
 *
 * A write, and everything in it, is used again for the next: text of it is copied with toString, bytes with keep. A
 * validator must not decide on what it saw in earlier calls. What throws or traps has failed to judge, which is not
 * the same as refusing.
 */

/** The kinds of operations that are judged. */
export namespace Kind {
  export const CREATE: i32 = 1;
  export const DELETE: i32 = 2;
  export const SET_DATA: i32 = 5;
  export const SET_ACL: i32 = 7;
  export const CHECK: i32 = 13;
  export const CREATE2: i32 = 15;
  export const CREATE_CONTAINER: i32 = 19;
  export const CREATE_TTL: i32 = 21;
}

/** The modes of a create. */
export namespace Mode {
  export const PERSISTENT: i32 = 0;
  export const EPHEMERAL: i32 = 1;
  export const PERSISTENT_SEQUENTIAL: i32 = 2;
  export const EPHEMERAL_SEQUENTIAL: i32 = 3;
  export const CONTAINER: i32 = 4;
  export const TTL: i32 = 5;
  export const TTL_SEQUENTIAL: i32 = 6;
}

/** What a client gets of a refusal. */
export namespace Code {
  export const BAD_ARGUMENTS: i32 = -8;
  export const NO_AUTH: i32 = -102;
}

/** Bytes that lie somewhere in memory. */
@final
export class Bytes {
  constructor(
    /** Where they lie. */
    public at: usize = 0,
    /** How many there are. */
    public size: i32 = 0,
    /** False where there are none, which is not the same as zero of them. */
    public present: bool = false,
    /** What they are a part of, so that it is not collected before them. */
    public owner: ArrayBuffer | null = null,
  ) {}

  /** The UTF-8 of a string. */
  static of(text: string): Bytes {
    const utf8 = String.UTF8.encode(text);
    return new Bytes(changetype<usize>(utf8), utf8.byteLength, true, utf8);
  }

  /** The byte at an index, which must be less than the size. */
  @operator("[]") @inline
  byte(index: i32): u8 {
    if (<u32>index >= <u32>this.size) unreachable();
    return load<u8>(this.at + index);
  }

  /** A part, from one index to before another; both are cut to what there is. */
  slice(from: i32, to: i32 = i32.MAX_VALUE): Bytes {
    to = min(max(to, 0), this.size);
    from = min(max(from, 0), to);
    return new Bytes(this.at + from, to - from, true, this.owner);
  }

  equals(other: Bytes): bool {
    return this.size == other.size && memory.compare(this.at, other.at, this.size) == 0;
  }

  startsWith(prefix: Bytes): bool {
    return this.size >= prefix.size && memory.compare(this.at, prefix.at, prefix.size) == 0;
  }

  /** Whether the bytes are the UTF-8 of a text. */
  is(text: string): bool {
    return this.equals(Bytes.of(text));
  }

  /** The text of which this is the UTF-8. */
  toString(): string {
    return String.UTF8.decodeUnsafe(this.at, this.size);
  }

  /** A copy that stays. */
  keep(): Bytes {
    const copy = new ArrayBuffer(this.size);
    memory.copy(changetype<usize>(copy), this.at, this.size);
    return new Bytes(changetype<usize>(copy), this.size, this.present, copy);
  }

  /** Whether this is a decimal integer of 64 bits, with a minus in front or nothing. */
  isInt(): bool {
    const minus = this.size > 0 && this[0] == 0x2d;
    const most: u64 = minus ? 1 << 63 : <u64>i64.MAX_VALUE;
    let value: u64 = 0;
    for (let i: i32 = minus ? 1 : 0; i < this.size; i++) {
      const digit = <u64>this[i] - 0x30;
      if (digit > 9 || value > (most - digit) / 10) return false;
      value = value * 10 + digit;
    }
    return this.size > (minus ? 1 : 0);
  }

  /** The integer that this is. */
  toInt(): i64 {
    if (!this.isInt()) unreachable();
    const minus = this[0] == 0x2d;
    let value: u64 = 0;
    for (let i: i32 = minus ? 1 : 0; i < this.size; i++) value = value * 10 + this[i] - 0x30;
    return minus ? -value : value;
  }

  /** Whether this is true or false. */
  isBool(): bool {
    return this.is("true") || this.is("false");
  }

  /** Whether this is true. */
  toBool(): bool {
    return this.is("true");
  }

  /** The last component of a path. */
  base(): Bytes {
    return this.slice(this.slash());
  }

  /** What stands before the last component of a path: "/" for "/a", nothing for "/". */
  parent(): Bytes {
    const at = this.slash();
    if (this.size <= 1 || at == 0) return this.slice(0, 0);
    return this.slice(0, at == 1 ? 1 : at - 1);
  }

  /** Where the last component begins. */
  private slash(): i32 {
    let at = this.size;
    while (at > 0 && this[at - 1] != 0x2f) at--;
    return at;
  }
}

/** Who somebody is: what the connection has proved, such as scheme "ip" and an address. */
@final
export class Identity {
  readonly scheme: Bytes = new Bytes();
  readonly id: Bytes = new Bytes();
}

/** An entry of an access control list; perms are bits: 1 read, 2 write, 4 create, 8 delete, 16 admin. */
@final
export class Acl {
  perms: i32;
  readonly who: Identity = new Identity();
}

/** A node of the tree. When it is not present the rest is zero. Times are milliseconds since 1970. */
@final
export class Node {
  present: bool;
  czxid: i64;
  mzxid: i64;
  ctime: i64;
  mtime: i64;
  version: i32;
  /** The session of an ephemeral node. */
  owner: i64;
  readonly data: Bytes = new Bytes();
}

/** One operation of a write. */
@final
export class Op {
  kind: i32;
  mode: i32;
  /** Expected, -1 for any. */
  version: i32;
  /** That of a sequential create has no number yet. */
  readonly path: Bytes = new Bytes();
  readonly data: Bytes = new Bytes();
  readonly acl: Array<Acl> = [];
  /** The node that the operation meets; null unless the rule says that its module reads it. */
  old: Node | null = null;

  /* What is filled anew. */
  readonly node: Node = new Node();
  readonly entries: Pool<Acl> = new Pool<Acl>();

  /** Whether the operation makes a node. */
  creates(): bool {
    return this.kind == Kind.CREATE || this.kind == Kind.CREATE2 || this.kind == Kind.CREATE_CONTAINER || this.kind == Kind.CREATE_TTL;
  }

  /** Whether a number will be appended to the name. */
  sequential(): bool {
    return this.mode == Mode.PERSISTENT_SEQUENTIAL || this.mode == Mode.EPHEMERAL_SEQUENTIAL || this.mode == Mode.TTL_SEQUENTIAL;
  }
}

/** A write: one operation, or all of a multi. */
@final
export class Write {
  multi: bool;
  /** Whether the rule lets get and children be used. */
  tree: bool;
  /** Of the server, in milliseconds since 1970. */
  time: i64;
  session: i64;
  readonly identities: Array<Identity> = [];
  readonly ops: Array<Op> = [];
}

/** A validator's no. */
@final
export class Refusal {
  constructor(
    /** For people, at most 512 bytes. */
    readonly reason: string,
    /** What ZooKeeper clients get. */
    readonly code: i32 = Code.BAD_ARGUMENTS,
    /** Which operation is refused. */
    public op: i32 = 0,
  ) {}
}

/** A refusal with a reason that people can read. */
export function refuse(reason: string): Refusal {
  return new Refusal(reason);
}

/* What the author has registered. */
let judging: ((write: Write) => Refusal | null) | null = null;
let judgingEach: ((op: Op) => Refusal | null) | null = null;
let configuring: ((settings: Bytes) => Refusal | null) | null = null;

/** Registers the function that judges writes: null admits. */
export function judge(f: (write: Write) => Refusal | null): void {
  judging = f;
}

/** Registers a function that judges each operation alone. The first refusal is that of the whole write. */
export function judgeEach(f: (op: Op) => Refusal | null): void {
  judgingEach = f;
}

/** Registers the function that takes the settings of the rule; null accepts them. What is kept must be copied. */
export function configure(f: (settings: Bytes) => Refusal | null): void {
  configuring = f;
}

/** A line of settings. */
@final
export class Setting {
  constructor(readonly key: Bytes, readonly value: Bytes) {}
}

/**
 * Settings that are lines of a key and a value: the first word of each line, and what follows it, without the space
 * around. Empty lines and those that begin with # are left out. A validator should refuse a key that it does not know.
 */
export function lines(settings: Bytes): Array<Setting> {
  const list: Array<Setting> = [];
  for (let from: i32 = 0; from < settings.size; ) {
    let to = from;
    while (to < settings.size && settings[to] != 0x0a) to++;
    const line = trim(settings.slice(from, to));
    from = to + 1;
    if (line.size == 0 || line[0] == 0x23) continue;
    let end: i32 = 0;
    while (end < line.size && !blank(line[end])) end++;
    list.push(new Setting(line.slice(0, end), trim(line.slice(end))));
  }
  return list;
}

function blank(c: u8): bool {
  return c == 0x20 || c == 0x09 || c == 0x0d;
}

function trim(text: Bytes): Bytes {
  let from: i32 = 0;
  let to = text.size;
  while (from < to && blank(text[from])) from++;
  while (to > from && blank(text[to - 1])) to--;
  return text.slice(from, to);
}

/** Writes a line to the server's log. Few lines a second are kept. */
export function log(line: string): void {
  logBytes(Bytes.of(line));
}

/** The same for a line that is a part of the write. */
export function logBytes(line: Bytes): void {
  hostLog(line.at, line.size);
}

/** The node at a path. Without write.tree a call of this is a trap. */
export function get(path: Bytes): Node {
  const answer = fetch(true, path);
  const node = new Node();
  readNode(node, answer);
  return node;
}

/** The names below a node in ascending order, null when there is no such node. Without write.tree it is a trap. */
export function children(path: Bytes): Array<Bytes> | null {
  const answer = fetch(false, path);
  const present = readU32() != 0;
  const names: Array<Bytes> = [];
  for (let n = readCount(4); n > 0; n--) {
    const name = new Bytes();
    readBytes(name, answer);
    names.push(name);
  }
  return present ? names : null;
}

/** Asks the host, which says how large the answer is and writes it when there is room, and begins to read it. */
function fetch(one: bool, path: Bytes): ArrayBuffer {
  let room: u32 = 256;
  while (true) {
    const answer = new ArrayBuffer(room);
    const into = changetype<usize>(answer);
    const size = one ? hostGet(path.at, path.size, into, room) : hostChildren(path.at, path.size, into, room);
    if (size <= room) {
      read(into, size);
      return answer;
    }
    room = size;
  }
}

/*
 * Reading. Fields are taken off between at and end, which a record narrows; too few bytes are a trap. What a write
 * consists of is made once and filled anew, since making objects is what costs most.
 */
let at: usize = 0;
let end: usize = 0;

/** Begins to read a record. */
function read(from: usize, size: u32): void {
  at = from;
  end = from + size;
  open();
}

function take(n: u32): usize {
  if (<usize>n > end - at) unreachable();
  const from = at;
  at += n;
  return from;
}

function readU32(): u32 {
  return load<u32>(take(4));
}

function readI64(): i64 {
  return load<i64>(take(8));
}

/** Goes into a record, and gives what close needs to come out. */
function open(): usize {
  const size = readU32();
  if (size < 4 || <usize>(size - 4) > end - at) unreachable();
  const outer = end;
  end = at + size - 4;
  return outer;
}

/** Leaves a record, with what nobody knows yet at its end. */
function close(outer: usize): void {
  at = end;
  end = outer;
}

/** The count of a list whose entries take at least so many bytes each. */
function readCount(least: u64): u32 {
  const n = readU32();
  if (<u64>n * least > <u64>(end - at)) unreachable();
  return n;
}

function readBytes(bytes: Bytes, owner: ArrayBuffer | null = null): void {
  const size = readU32();
  bytes.present = size != u32.MAX_VALUE;
  bytes.size = bytes.present ? size : 0;
  bytes.at = take(bytes.size);
  if (owner !== null) bytes.owner = owner;
}

function readIdentity(identity: Identity): void {
  readBytes(identity.scheme);
  readBytes(identity.id);
}

function readNode(node: Node, owner: ArrayBuffer | null = null): void {
  node.present = readU32() != 0;
  node.czxid = readI64();
  node.mzxid = readI64();
  node.ctime = readI64();
  node.mtime = readI64();
  node.version = readU32();
  node.owner = readI64();
  readBytes(node.data, owner);
}

/** Things to be used again, in the order in which they are needed. */
@final
class Pool<T> {
  private made: Array<T> = [];

  /** Makes a list as long as it shall be. */
  fill(list: Array<T>, count: u32): void {
    while (<u32>this.made.length < count) this.made.push(instantiate<T>());
    if (<u32>list.length > count) list.length = count;
    for (let i = <u32>list.length; i < count; i++) list.push(this.made[i]);
  }
}

const IDENTITIES = new Pool<Identity>();
const OPS = new Pool<Op>();

function readOp(op: Op): void {
  op.kind = readU32();
  op.mode = readU32();
  op.version = readU32();
  readBytes(op.path);
  readBytes(op.data);
  op.entries.fill(op.acl, readCount(16));
  for (let i = 0; i < op.acl.length; i++) {
    const entry = op.acl[i];
    const outer = open();
    entry.perms = readU32();
    readIdentity(entry.who);
    close(outer);
  }
  readOld(op);
}

/** The node that an operation meets; a zero in its place says that it is not told. */
function readOld(op: Op): void {
  op.old = null;
  if (end - at >= 4 && load<u32>(at) == 0) {
    take(4);
    return;
  }
  const outer = open();
  readNode(op.node);
  op.old = op.node;
  close(outer);
}

function readWrite(write: Write): void {
  if (readU32() != 1) unreachable();
  const flags = readU32();
  write.multi = (flags & 1) != 0;
  write.tree = (flags & 2) != 0;
  write.time = readI64();
  write.session = readI64();
  IDENTITIES.fill(write.identities, readCount(12));
  for (let i = 0; i < write.identities.length; i++) {
    const outer = open();
    readIdentity(write.identities[i]);
    close(outer);
  }
  OPS.fill(write.ops, readCount(32));
  for (let i = 0; i < write.ops.length; i++) {
    const outer = open();
    readOp(write.ops[i]);
    close(outer);
  }
}

/* What the host calls. The buffer and the verdict do not belong to the collector: the host has their addresses. */
let buffer: usize = 0;
let bufferSize: u32 = 0;
const REASON_MOST: u32 = 512;
const verdict: usize = heap.alloc(16 + REASON_MOST);
const write = new Write();

export function grove_abi_v1(): void {}

export function grove_alloc(size: u32): usize {
  if (size > bufferSize) {
    if (buffer != 0) heap.free(buffer);
    buffer = heap.alloc(size);
    bufferSize = size;
  }
  return buffer;
}

export function grove_validate(request: usize, size: u32): u64 {
  read(request, size);
  readWrite(write);
  if (judging !== null) return answer(judging(write));
  if (judgingEach === null) unreachable();
  for (let i = 0; i < write.ops.length; i++) {
    const refusal = judgingEach(write.ops[i]);
    if (refusal !== null) {
      refusal.op = i;
      return answer(refusal);
    }
  }
  return 0;
}

export function grove_configure(settings: usize, size: u32): u64 {
  if (configuring === null) return answer(refuse("the module takes no settings"));
  return answer(configuring(new Bytes(settings, size, true)));
}

function answer(refusal: Refusal | null): u64 {
  if (refusal === null) return 0;
  const reason = Bytes.of(refusal.reason);
  const size = min(<u32>reason.size, REASON_MOST);
  store<u32>(verdict, 16 + size);
  store<i32>(verdict + 4, refusal.op);
  store<i32>(verdict + 8, refusal.code);
  store<u32>(verdict + 12, size);
  memory.copy(verdict + 16, reason.at, size);
  return ((<u64>verdict) << 32) | (16 + size);
}

@external("grove", "log")
declare function hostLog(text: usize, size: u32): void;
@external("grove", "get")
declare function hostGet(path: usize, size: u32, into: usize, room: u32): u32;
@external("grove", "children")
declare function hostChildren(path: usize, size: u32, into: usize, room: u32): u32;
