/* Fanout is a validator under which a node has only so many children. See its README. */
#include "grove.h"

static int64_t most = 1000;

grove_verdict grove_configure_with(grove_bytes settings) {
	grove_bytes key, value;
	while (grove_line(&settings, &key, &value))
		if (!grove_equal(key, grove_string("most")) || !grove_int(value, &most) || most < 1)
			return grove_refuse(0, "a line of settings is: most, and a number of children");
	return GROVE_ADMIT;
}

static bool creates(const grove_op *op) {
	return op->kind == GROVE_CREATE || op->kind == GROVE_CREATE2 || op->kind == GROVE_CREATE_CONTAINER ||
	       op->kind == GROVE_CREATE_TTL;
}

/* change is by how many children a write leaves a node with more, or fewer, than there are. */
static int64_t change(const grove_write *write, grove_bytes parent) {
	int64_t sum = 0;
	for (uint32_t i = 0; i < write->op_count; i++)
		if (grove_equal(grove_parent(write->ops[i].path), parent))
			sum += creates(&write->ops[i]) ? 1 : write->ops[i].kind == GROVE_DELETE ? -1 : 0;
	return sum;
}

/* seen says that an earlier operation makes a node below the same parent, so that it has been looked at. */
static bool seen(const grove_write *write, uint32_t op, grove_bytes parent) {
	for (uint32_t i = 0; i < op; i++)
		if (creates(&write->ops[i]) && grove_equal(grove_parent(write->ops[i].path), parent))
			return true;
	return false;
}

static grove_verdict refuse(uint32_t op, grove_bytes parent, int64_t count) {
	grove_text reason = {0};
	grove_put_bytes(&reason, parent);
	grove_put(&reason, ": would have ");
	grove_put_int(&reason, count);
	grove_put(&reason, " children, more than ");
	grove_put_int(&reason, most);
	return grove_refuse_text(op, GROVE_BAD_ARGUMENTS, &reason);
}

/* What counts is what the whole write leaves. */
grove_verdict grove_judge(const grove_write *write) {
	if (!write->tree)
		return grove_refuse(0, "this module needs a rule with reads tree");
	for (uint32_t i = 0; i < write->op_count; i++) {
		grove_bytes parent = grove_parent(write->ops[i].path);
		if (!creates(&write->ops[i]) || seen(write, i, parent))
			continue;
		int64_t count = (int64_t)grove_children(parent).count + change(write, parent);
		if (count > most)
			return refuse(i, parent, count);
	}
	return GROVE_ADMIT;
}
