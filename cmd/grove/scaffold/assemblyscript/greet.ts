/* Greet is a validator that refuses nodes whose data does not begin with a word. See its README. */
import { Bytes, Kind, Op, Refusal, configure, judgeEach, lines, refuse } from "./grove";

export { grove_abi_v1, grove_alloc, grove_validate, grove_configure } from "./grove";

/** What data must begin with; the settings replace it. */
let word = Bytes.of("hello");

/** Takes the settings of the rule, once. A refusal refuses the rule. */
configure((settings: Bytes): Refusal | null => {
  const list = lines(settings);
  for (let i = 0; i < list.length; i++) {
    if (!list[i].key.is("word") || list[i].value.size == 0) {
      return refuse("a line of settings is: word, and what nodes must begin with");
    }
    word = list[i].value.keep();
  }
  return null;
});

/** Says what is wrong with an operation, or nothing. */
judgeEach((op: Op): Refusal | null => {
  if ((op.creates() || op.kind == Kind.SET_DATA) && !op.data.startsWith(word)) {
    return refuse(op.path.toString() + ": must begin with " + word.toString());
  }
  return null;
});
