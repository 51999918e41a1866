/* Endpoint is a validator under which nodes hold addresses of services. See its README. */
import { Bytes, Kind, Op, Refusal, configure, judgeEach, lines, refuse } from "../../../sdk/guest/assemblyscript/grove";

export { grove_abi_v1, grove_alloc, grove_validate, grove_configure } from "../../../sdk/guest/assemblyscript/grove";

/* The ports that may be named. */
let least: i64 = 1;
let most: i64 = 65535;

const COLON: u8 = 0x3a;
const DOT: u8 = 0x2e;
const DASH: u8 = 0x2d;

configure((settings: Bytes): Refusal | null => {
  const list = lines(settings);
  for (let i = 0; i < list.length; i++) {
    const key = list[i].key;
    const value = list[i].value;
    if (!value.isInt()) return refuse(key.toString() + " " + value.toString() + ": a number is needed");
    if (key.is("least")) least = value.toInt();
    else if (key.is("most")) most = value.toInt();
    else return refuse(key.toString() + " is neither least nor most");
  }
  if (least < 1 || most > 65535 || least > most) return refuse("ports lie between 1 and 65535, least before most");
  return null;
});

judgeEach((op: Op): Refusal | null => {
  if (!op.creates() && op.kind != Kind.SET_DATA) return null;
  const wrong = check(op.data);
  return wrong == "" ? null : refuse(op.path.toString() + ": " + wrong);
});

/** What is wrong with an address, or nothing. */
function check(address: Bytes): string {
  let colon = address.size - 1;
  while (colon >= 0 && address[colon] != COLON) colon--;
  if (colon < 0) return "must be host:port";
  if (!isHost(address.slice(0, colon))) return "the host must be a name or an IPv4 address";
  const port = address.slice(colon + 1);
  if (!port.isInt() || port.toInt() < least || port.toInt() > most) {
    return "the port must be a number from " + least.toString() + " to " + most.toString();
  }
  return "";
}

/** Whether this is labels of letters, digits and dashes with dots between. */
function isHost(host: Bytes): bool {
  if (host.size > 253) return false;
  let label: i32 = 0; // how long it is so far
  let before = DOT;
  for (let i = 0; i < host.size; i++) {
    const c = host[i];
    if (c == DOT) {
      if (label == 0 || before == DASH) return false;
      label = 0;
    } else {
      if (!isLetter(c) && (c != DASH || label == 0)) return false;
      if (++label > 63) return false;
    }
    before = c;
  }
  return label > 0 && before != DASH;
}

function isLetter(c: u8): bool {
  return (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a);
}
