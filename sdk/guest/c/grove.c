/* grove.c is the part of the kit that is compiled once into every module; grove.h explains it. */
#include "grove.h"

#define EXPORT(name) __attribute__((export_name(#name)))
#define IMPORT(name) __attribute__((import_module("grove"), import_name(name)))

IMPORT("log") void host_log(const uint8_t *text, uint32_t size);
IMPORT("get") uint32_t host_get(const uint8_t *path, uint32_t size, uint8_t *into, uint32_t room);
IMPORT("children") uint32_t host_children(const uint8_t *path, uint32_t size, uint8_t *into, uint32_t room);

/* Without -fno-builtin a compiler makes the loops of memcpy and memset calls of themselves. */
#define PLAIN __attribute__((no_builtin("memcpy", "memset", "memcmp")))

PLAIN void *memcpy(void *restrict into, const void *restrict from, size_t size) {
	uint8_t *to = into;
	const uint8_t *at = from;
	while (size-- > 0)
		*to++ = *at++;
	return into;
}

PLAIN void *memset(void *into, int c, size_t size) {
	uint8_t *to = into;
	while (size-- > 0)
		*to++ = (uint8_t)c;
	return into;
}

PLAIN int memcmp(const void *a, const void *b, size_t size) {
	const uint8_t *left = a, *right = b;
	for (; size > 0; size--, left++, right++)
		if (*left != *right)
			return *left - *right;
	return 0;
}

/*
 * Memory. Above the program's own data lies what is kept, above that what belongs to the call under way.
 */

#define PAGE 65536u

extern uint8_t __heap_base;
static uintptr_t kept; /* the end of what is kept; 0 at first */
static uintptr_t top;  /* the end of what the call has */

static void begin_call(void) {
	if (kept == 0)
		kept = ((uintptr_t)&__heap_base + 7) & ~(uintptr_t)7;
	top = kept;
}

/* take gives memory as it is, aligned to 8. */
static void *take(uint32_t size) {
	uint64_t end = (uint64_t)top + (((uint64_t)size + 7) & ~(uint64_t)7);
	uint64_t have = (uint64_t)__builtin_wasm_memory_size(0) * PAGE;
	if (end > have && (end > UINT32_MAX || __builtin_wasm_memory_grow(0, (size_t)((end - have + PAGE - 1) / PAGE)) == SIZE_MAX))
		__builtin_trap();
	void *at = (void *)top;
	top = (uintptr_t)end;
	return at;
}

void *grove_alloc_bytes(uint32_t size) { return memset(take(size), 0, size); }

/* keep makes everything that the call has taken so far stay. */
static void keep(void) { kept = top; }

grove_bytes grove_keep(grove_bytes text) {
	uint8_t *copy = memcpy(take(text.size), text.at, text.size);
	keep();
	return (grove_bytes){copy, text.size};
}

/* array is room for count things, which the caller knows to be no more than the request has bytes. */
static void *array(uint32_t count, uint32_t size) {
	uint64_t bytes = (uint64_t)count * size;
	if (bytes > UINT32_MAX)
		__builtin_trap();
	return take((uint32_t)bytes);
}

/*
 * Reading. A reader takes fields off the front of its bytes; too few of them are a trap, since a host that sends less
 * than it says speaks another language.
 */

#define NONE 0xffffffffu

typedef grove_bytes reader;

static const uint8_t *read_raw(reader *r, uint32_t size) {
	if (size > r->size)
		__builtin_trap();
	const uint8_t *at = r->at;
	r->at += size;
	r->size -= size;
	return at;
}

static uint32_t read_u32(reader *r) {
	const uint8_t *b = read_raw(r, 4);
	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static int64_t read_i64(reader *r) {
	uint64_t low = read_u32(r);
	return (int64_t)(low | (uint64_t)read_u32(r) << 32);
}

static reader read_record(reader *r) {
	uint32_t size = read_u32(r);
	if (size < 4)
		__builtin_trap();
	return (reader){read_raw(r, size - 4), size - 4};
}

/* read_count is that of a list whose entries take at least so many bytes each. */
static uint32_t read_count(reader *r, uint32_t least) {
	uint32_t count = read_u32(r);
	if ((uint64_t)count * least > r->size)
		__builtin_trap();
	return count;
}

static grove_bytes read_bytes(reader *r) {
	uint32_t size = read_u32(r);
	if (size == NONE)
		return (grove_bytes){NULL, 0};
	return (grove_bytes){read_raw(r, size), size};
}

static grove_identity read_identity(reader *r) {
	grove_identity identity;
	identity.scheme = read_bytes(r);
	identity.id = read_bytes(r);
	return identity;
}

static grove_node read_node(reader *r) {
	grove_node node;
	node.present = read_u32(r) != 0;
	node.czxid = read_i64(r);
	node.mzxid = read_i64(r);
	node.ctime = read_i64(r);
	node.mtime = read_i64(r);
	node.version = (int32_t)read_u32(r);
	node.owner = read_i64(r);
	node.data = read_bytes(r);
	return node;
}

/* read_old is the node that an operation meets, a zero in its place says that it is not told. */
static grove_node *read_old(reader *r) {
	reader ahead = *r;
	if (read_u32(&ahead) == 0)
		return NULL;
	reader field = read_record(r);
	grove_node *node = take(sizeof *node);
	*node = read_node(&field);
	return node;
}

static void read_op(reader *r, grove_op *op) {
	op->kind = (int32_t)read_u32(r);
	op->mode = (int32_t)read_u32(r);
	op->version = (int32_t)read_u32(r);
	op->path = read_bytes(r);
	op->data = read_bytes(r);
	op->acl_count = read_count(r, 16);
	op->acl = array(op->acl_count, sizeof *op->acl);
	for (uint32_t i = 0; i < op->acl_count; i++) {
		reader field = read_record(r);
		op->acl[i].perms = read_u32(&field);
		op->acl[i].who = read_identity(&field);
	}
	op->old = read_old(r);
}

static void read_write(reader *r, grove_write *write) {
	if (read_u32(r) != 1)
		__builtin_trap();
	uint32_t flags = read_u32(r);
	write->multi = flags & 1;
	write->tree = flags >> 1 & 1;
	write->time = read_i64(r);
	write->session = read_i64(r);
	write->identity_count = read_count(r, 12);
	write->identities = array(write->identity_count, sizeof *write->identities);
	for (uint32_t i = 0; i < write->identity_count; i++) {
		reader field = read_record(r);
		write->identities[i] = read_identity(&field);
	}
	write->op_count = read_count(r, 32);
	write->ops = array(write->op_count, sizeof *write->ops);
	for (uint32_t i = 0; i < write->op_count; i++) {
		reader field = read_record(r);
		read_op(&field, &write->ops[i]);
	}
}

/*
 * The tree. The host tells how large its answer is, and writes it when there is room.
 */

typedef uint32_t ask(const uint8_t *path, uint32_t size, uint8_t *into, uint32_t room);

static reader fetch(ask *host, grove_bytes path) {
	uint32_t room = 256;
	for (;;) {
		uint8_t *into = take(room);
		uint32_t size = host(path.at, path.size, into, room);
		if (size <= room) {
			reader whole = {into, size};
			return read_record(&whole);
		}
		room = size;
	}
}

grove_node grove_get(grove_bytes path) {
	reader r = fetch(host_get, path);
	return read_node(&r);
}

grove_names grove_children(grove_bytes path) {
	reader r = fetch(host_children, path);
	grove_names names;
	names.present = read_u32(&r) != 0;
	names.count = read_count(&r, 4);
	names.at = array(names.count, sizeof *names.at);
	for (uint32_t i = 0; i < names.count; i++)
		names.at[i] = read_bytes(&r);
	return names;
}

/*
 * Texts and verdicts.
 */

grove_bytes grove_string(const char *text) {
	uint32_t size = 0;
	while (text[size] != 0)
		size++;
	return (grove_bytes){(const uint8_t *)text, size};
}

void grove_put_bytes(grove_text *text, grove_bytes more) {
	uint32_t room = GROVE_TEXT_SIZE - text->size;
	uint32_t size = more.size < room ? more.size : room;
	memcpy(text->at + text->size, more.at, size);
	text->size += size;
}

void grove_put(grove_text *text, const char *more) { grove_put_bytes(text, grove_string(more)); }

void grove_put_int(grove_text *text, int64_t n) {
	uint8_t digits[20];
	uint32_t at = sizeof digits;
	uint64_t rest = n < 0 ? -(uint64_t)n : (uint64_t)n;
	do
		digits[--at] = (uint8_t)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (n < 0)
		grove_put(text, "-");
	grove_put_bytes(text, (grove_bytes){digits + at, (uint32_t)sizeof digits - at});
}

static void put_u32(uint8_t *at, uint32_t n) {
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(n >> 8 * i);
}

grove_verdict grove_refuse_text(uint32_t op, int32_t code, const grove_text *text) {
	uint32_t size = 16 + text->size;
	uint8_t *at = take(size);
	put_u32(at, size);
	put_u32(at + 4, op);
	put_u32(at + 8, (uint32_t)code);
	put_u32(at + 12, text->size);
	memcpy(at + 16, text->at, text->size);
	return (grove_verdict)(uintptr_t)at << 32 | size;
}

grove_verdict grove_refuse(uint32_t op, const char *reason) {
	grove_text text;
	text.size = 0;
	grove_put(&text, reason);
	return grove_refuse_text(op, GROVE_BAD_ARGUMENTS, &text);
}

void grove_log(grove_bytes line) { host_log(line.at, line.size); }

/*
 * Bytes.
 */

bool grove_equal(grove_bytes a, grove_bytes b) { return a.size == b.size && memcmp(a.at, b.at, a.size) == 0; }

bool grove_has_prefix(grove_bytes text, grove_bytes prefix) {
	return text.size >= prefix.size && memcmp(text.at, prefix.at, prefix.size) == 0;
}

/* last_slash is where the last component of a path begins. */
static uint32_t last_slash(grove_bytes path) {
	uint32_t at = path.size;
	while (at > 0 && path.at[at - 1] != '/')
		at--;
	return at;
}

grove_bytes grove_base(grove_bytes path) {
	uint32_t at = last_slash(path);
	return (grove_bytes){path.at + at, path.size - at};
}

grove_bytes grove_parent(grove_bytes path) {
	uint32_t at = last_slash(path);
	if (path.size <= 1 || at == 0)
		return (grove_bytes){path.at, 0};
	return (grove_bytes){path.at, at == 1 ? 1 : at - 1};
}

bool grove_int(grove_bytes text, int64_t *n) {
	bool minus = text.size > 0 && text.at[0] == '-';
	uint64_t most = minus ? (uint64_t)1 << 63 : INT64_MAX, value = 0;
	if (text.size == (minus ? 1u : 0u))
		return false;
	for (uint32_t i = minus; i < text.size; i++) {
		uint32_t digit = (uint32_t)text.at[i] - '0';
		if (digit > 9 || value > (most - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*n = (int64_t)(minus ? -value : value);
	return true;
}

bool grove_bool(grove_bytes text, bool *on) {
	*on = grove_equal(text, grove_string("true"));
	return *on || grove_equal(text, grove_string("false"));
}

static bool blank(uint8_t c) { return c == ' ' || c == '\t' || c == '\r'; }

/* trim is text without the space around it. */
static grove_bytes trim(grove_bytes text) {
	for (; text.size > 0 && blank(text.at[0]); text.size--)
		text.at++;
	while (text.size > 0 && blank(text.at[text.size - 1]))
		text.size--;
	return text;
}

/* cut takes off what stands before the first character that ends it, and that character. */
static grove_bytes cut(grove_bytes *text, bool (*ends)(uint8_t)) {
	uint32_t size = 0;
	while (size < text->size && !ends(text->at[size]))
		size++;
	grove_bytes piece = {text->at, size};
	uint32_t gone = size < text->size ? size + 1 : size;
	text->at += gone;
	text->size -= gone;
	return piece;
}

static bool newline(uint8_t c) { return c == '\n'; }

bool grove_line(grove_bytes *settings, grove_bytes *key, grove_bytes *value) {
	while (settings->size > 0) {
		*value = trim(cut(settings, newline));
		if (value->size == 0 || value->at[0] == '#')
			continue;
		*key = cut(value, blank);
		*value = trim(*value);
		return true;
	}
	return false;
}

/*
 * What the host calls.
 */

EXPORT(grove_abi_v1) void grove_abi_v1(void) {}

static struct {
	uint8_t *at;
	uint32_t size;
} buffer;

/* A buffer that is too small is left behind, so the next is at least twice as large. */
EXPORT(grove_alloc) uint8_t *grove_alloc(uint32_t size) {
	if (size <= buffer.size)
		return buffer.at;
	begin_call();
	buffer.size = size > 2 * buffer.size ? size : 2 * buffer.size;
	buffer.at = take(buffer.size);
	keep();
	return buffer.at;
}

EXPORT(grove_validate) uint64_t grove_validate(const uint8_t *request, uint32_t size) {
	begin_call();
	reader whole = {request, size};
	reader r = read_record(&whole);
	grove_write write;
	read_write(&r, &write);
	return grove_judge(&write);
}

EXPORT(grove_configure) uint64_t grove_configure(const uint8_t *settings, uint32_t size) {
	begin_call();
	return grove_configure_with((grove_bytes){settings, size});
}

__attribute__((weak)) grove_verdict grove_configure_with(grove_bytes settings) {
	(void)settings;
	return grove_refuse(0, "the module takes no settings");
}
