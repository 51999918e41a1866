/* The probe of the kit for C. What it does is told in guesttest. */
#include "grove.h"

static grove_bytes settings;

/* form is the reason in the making. */
static grove_text form;

static uint32_t sum(grove_bytes data) {
	uint32_t sum = 2166136261u;
	for (uint32_t i = 0; i < data.size; i++)
		sum = (sum ^ data.at[i]) * 16777619u;
	return sum;
}

static void put_digit(uint32_t n) { grove_put_bytes(&form, (grove_bytes){(const uint8_t *)"0123456789abcdef" + (n & 15), 1}); }

static void put_quoted(grove_bytes text) {
	if (text.size > 24) {
		grove_put(&form, "#");
		grove_put_int(&form, text.size);
		grove_put(&form, ".");
		uint32_t hash = sum(text);
		for (int shift = 28; shift >= 0; shift -= 4)
			put_digit(hash >> shift);
		return;
	}
	grove_put(&form, "'");
	for (uint32_t i = 0; i < text.size; i++) {
		uint8_t c = text.at[i];
		if (c < ' ' || c > '~' || c == '\'' || c == '\\') {
			grove_put(&form, "\\");
			put_digit(c >> 4);
			put_digit(c);
		} else {
			grove_put_bytes(&form, (grove_bytes){&c, 1});
		}
	}
	grove_put(&form, "'");
}

static void put_data(grove_bytes data) {
	if (data.at == NULL)
		grove_put(&form, "-");
	else
		put_quoted(data);
}

static void put_identity(grove_identity who) {
	put_quoted(who.scheme);
	grove_put(&form, ":");
	put_quoted(who.id);
}

static void put_number(int64_t n, const char *after) {
	grove_put_int(&form, n);
	grove_put(&form, after);
}

static void put_node(const grove_node *node) {
	if (node == NULL) {
		grove_put(&form, "-");
	} else if (!node->present) {
		grove_put(&form, "absent");
	} else {
		put_number(node->czxid, "/");
		put_number(node->mzxid, "/");
		put_number(node->ctime, "/");
		put_number(node->mtime, "/");
		put_number(node->version, "/");
		put_number(node->owner, " ");
		put_data(node->data);
	}
}

static void put_names(grove_names names) {
	grove_put(&form, names.present ? "[" : "absent");
	for (uint32_t i = 0; names.present && i < names.count; i++) {
		grove_put(&form, i > 0 ? "," : "");
		put_quoted(names.at[i]);
	}
	grove_put(&form, names.present ? "]" : "");
}

static void put_op(const grove_op *op, bool tree) {
	grove_put(&form, " op=");
	put_number(op->kind, "/");
	put_number(op->mode, "/");
	put_number(op->version, " ");
	put_quoted(op->path);
	grove_put(&form, " ");
	put_data(op->data);
	for (uint32_t i = 0; i < op->acl_count; i++) {
		grove_put(&form, " acl=");
		put_number((int32_t)op->acl[i].perms, ":");
		put_identity(op->acl[i].who);
	}
	grove_put(&form, " old=");
	put_node(op->old);
	if (tree) {
		grove_node node = grove_get(op->path);
		grove_put(&form, " get=");
		put_node(&node);
		grove_put(&form, " children=");
		put_names(grove_children(op->path));
	}
}

static void put_settings(void) {
	grove_bytes rest = settings, key, value;
	while (grove_line(&rest, &key, &value)) {
		int64_t n;
		bool on;
		grove_put(&form, " set=");
		put_quoted(key);
		grove_put(&form, ":");
		put_quoted(value);
		if (grove_int(value, &n)) {
			grove_put(&form, "=");
			grove_put_int(&form, n);
		} else if (grove_bool(value, &on)) {
			grove_put(&form, on ? "=true" : "=false");
		}
	}
}

static void put_write(const grove_write *write) {
	form.size = 0;
	grove_put(&form, write->multi ? "multi " : "");
	grove_put(&form, write->tree ? "tree " : "");
	grove_put(&form, "time=");
	put_number(write->time, " session=");
	put_number(write->session, "");
	for (uint32_t i = 0; i < write->identity_count; i++) {
		grove_put(&form, " id=");
		put_identity(write->identities[i]);
	}
	for (uint32_t i = 0; i < write->op_count; i++)
		put_op(&write->ops[i], write->tree);
	put_settings();
}

static uint32_t sums(const grove_write *write) {
	uint32_t all = 0;
	for (uint32_t i = 0; i < write->op_count; i++)
		all += sum(write->ops[i].data);
	return all;
}

grove_verdict grove_judge(const grove_write *write) {
	grove_bytes first = write->op_count > 0 ? write->ops[0].path : grove_string("");
	if (grove_has_prefix(first, grove_string("/admit")))
		return GROVE_ADMIT;
	if (grove_has_prefix(first, grove_string("/log"))) {
		grove_log(first);
		return GROVE_ADMIT;
	}
	if (grove_has_prefix(first, grove_string("/sum")) && sums(write) != 0)
		return GROVE_ADMIT;
	put_write(write);
	uint32_t last = write->op_count > 0 ? write->op_count - 1 : 0;
	return grove_refuse_text(last, write->multi ? GROVE_NO_AUTH : GROVE_BAD_ARGUMENTS, &form);
}

grove_verdict grove_configure_with(grove_bytes text) {
	if (grove_has_prefix(text, grove_string("bad")))
		return grove_refuse(0, "bad settings");
	settings = grove_keep(text);
	return GROVE_ADMIT;
}
