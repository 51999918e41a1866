/* Greet is a validator that refuses nodes whose data does not begin with a word. See its README. */
#include "grove.h"

/* What data must begin with, when there are settings. */
static grove_bytes configured;

static grove_bytes word(void) { return configured.at != NULL ? configured : grove_string("hello"); }

/* Takes the settings of the rule, once. A refusal refuses the rule. */
grove_verdict grove_configure_with(grove_bytes settings) {
	grove_bytes key, value;
	while (grove_line(&settings, &key, &value)) {
		if (!grove_equal(key, grove_string("word")) || value.size == 0)
			return grove_refuse(0, "a line of settings is: word, and what nodes must begin with");
		configured = grove_keep(value);
	}
	return GROVE_ADMIT;
}

static bool writes_data(const grove_op *op) {
	switch (op->kind) {
	case GROVE_CREATE:
	case GROVE_CREATE2:
	case GROVE_CREATE_CONTAINER:
	case GROVE_CREATE_TTL:
	case GROVE_SET_DATA:
		return true;
	}
	return false;
}

/* Says what is wrong with a write. */
grove_verdict grove_judge(const grove_write *write) {
	for (uint32_t i = 0; i < write->op_count; i++) {
		const grove_op *op = &write->ops[i];
		if (writes_data(op) && !grove_has_prefix(op->data, word())) {
			grove_text reason = {0};
			grove_put_bytes(&reason, op->path);
			grove_put(&reason, ": must begin with ");
			grove_put_bytes(&reason, word());
			return grove_refuse_text(i, GROVE_BAD_ARGUMENTS, &reason);
		}
	}
	return GROVE_ADMIT;
}
