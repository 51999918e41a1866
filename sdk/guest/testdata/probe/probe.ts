/* The probe of the kit for AssemblyScript. What it does is told in guesttest. */
import { Bytes, Code, Identity, Node, Op, Refusal, Write } from "../../assemblyscript/grove";
import { children, configure, get, judge, lines, logBytes, refuse } from "../../assemblyscript/grove";

export { grove_abi_v1, grove_alloc, grove_validate, grove_configure } from "../../assemblyscript/grove";

let settings = Bytes.of("");

configure((text: Bytes): Refusal | null => {
  if (text.startsWith(Bytes.of("bad"))) return refuse("bad settings");
  settings = text.keep();
  return null;
});

const ADMIT = Bytes.of("/admit");
const LOG = Bytes.of("/log");
const SUM = Bytes.of("/sum");

judge((write: Write): Refusal | null => {
  const last = write.ops.length - 1;
  if (last >= 0) {
    const first = write.ops[0].path;
    if (first.startsWith(ADMIT)) return null;
    if (first.startsWith(LOG)) {
      logBytes(first);
      return null;
    }
    if (first.startsWith(SUM) && sums(write) != 0) return null;
  }
  return new Refusal(form(write), write.multi ? Code.NO_AUTH : Code.BAD_ARGUMENTS, max(last, 0));
});

function sums(write: Write): u32 {
  let all: u32 = 0;
  for (let i = 0; i < write.ops.length; i++) all += sum(write.ops[i].data);
  return all;
}

function sum(data: Bytes): u32 {
  let sum: u32 = 2166136261;
  for (let i = 0; i < data.size; i++) sum = (sum ^ data[i]) * 16777619;
  return sum;
}

function form(write: Write): string {
  let text = write.multi ? "multi " : "";
  if (write.tree) text += "tree ";
  text += "time=" + write.time.toString() + " session=" + write.session.toString();
  for (let i = 0; i < write.identities.length; i++) text += " id=" + identity(write.identities[i]);
  for (let i = 0; i < write.ops.length; i++) text += operation(write.ops[i], write.tree);
  const list = lines(settings);
  for (let i = 0; i < list.length; i++) {
    const value = list[i].value;
    text += " set=" + quote(list[i].key) + ":" + quote(value);
    if (value.isInt()) text += "=" + value.toInt().toString();
    else if (value.isBool()) text += value.toBool() ? "=true" : "=false";
  }
  return text;
}

function operation(op: Op, tree: bool): string {
  let text = " op=" + op.kind.toString() + "/" + op.mode.toString() + "/" + op.version.toString();
  text += " " + quote(op.path) + " " + data(op.data);
  for (let i = 0; i < op.acl.length; i++) text += " acl=" + op.acl[i].perms.toString() + ":" + identity(op.acl[i].who);
  text += " old=" + node(op.old);
  if (tree) text += " get=" + node(get(op.path)) + " children=" + names(children(op.path));
  return text;
}

function identity(who: Identity): string {
  return quote(who.scheme) + ":" + quote(who.id);
}

function node(n: Node | null): string {
  if (n === null) return "-";
  if (!n.present) return "absent";
  const numbers = n.czxid.toString() + "/" + n.mzxid.toString() + "/" + n.ctime.toString() + "/" + n.mtime.toString();
  return numbers + "/" + n.version.toString() + "/" + n.owner.toString() + " " + data(n.data);
}

function names(list: Array<Bytes> | null): string {
  if (list === null) return "absent";
  return "[" + list.map<string>((name: Bytes): string => quote(name)).join(",") + "]";
}

function data(data: Bytes): string {
  return data.present ? quote(data) : "-";
}

function quote(text: Bytes): string {
  if (text.size > 24) return "#" + text.size.toString() + "." + hex(sum(text), 28);
  let quoted = "'";
  for (let i = 0; i < text.size; i++) {
    const c = text[i];
    if (c < 0x20 || c > 0x7e || c == 0x27 || c == 0x5c) quoted += "\\" + hex(c, 4);
    else quoted += String.fromCharCode(c);
  }
  return quoted + "'";
}

/** The hexadecimal digits of a number, from the one at a shift down. */
function hex(n: u32, shift: i32): string {
  let digits = "";
  for (; shift >= 0; shift -= 4) digits += "0123456789abcdef".charAt((n >> shift) & 15);
  return digits;
}
