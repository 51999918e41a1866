/*
 * grove.h is what a validator written in C includes. A validator is one function, grove_judge, compiled together with
 * grove.c, without a C library:
 *
 *     #include "grove.h"
 *
 *     grove_verdict grove_judge(const grove_write *write) {
 *         for (uint32_t i = 0; i < write->op_count; i++)
 *             if (write->ops[i].data.size > 100)
 *                 return grove_refuse(i, "more than 100 bytes");
 *         return GROVE_ADMIT;
 *     }
 *
 *     clang --target=wasm32 -O2 -nostdlib -Wl,--no-entry,--stack-first,--strip-all -o short.wasm short.c grove.c
 *
 * Everything a call gives is good until the call ends; then all memory of the call is free again. A validator must
 * not decide on what it saw in earlier calls. A module that has no memory left, or ends with __builtin_trap, has
 * failed to judge, which is not the same as refusing.
 */
#ifndef GROVE_H
#define GROVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that somebody else owns. Where none differ from an empty piece, at is NULL for none. */
typedef struct grove_bytes {
	const uint8_t *at;
	uint32_t size;
} grove_bytes;

/* The kinds of operations that are judged. */
enum {
	GROVE_CREATE = 1,
	GROVE_DELETE = 2,
	GROVE_SET_DATA = 5,
	GROVE_SET_ACL = 7,
	GROVE_CHECK = 13,
	GROVE_CREATE2 = 15,
	GROVE_CREATE_CONTAINER = 19,
	GROVE_CREATE_TTL = 21,
};

/* The modes of a create. */
enum {
	GROVE_PERSISTENT = 0,
	GROVE_EPHEMERAL = 1,
	GROVE_PERSISTENT_SEQUENTIAL = 2,
	GROVE_EPHEMERAL_SEQUENTIAL = 3,
	GROVE_CONTAINER = 4,
	GROVE_TTL = 5,
	GROVE_TTL_SEQUENTIAL = 6,
};

/* What a client gets of a refusal. */
enum {
	GROVE_BAD_ARGUMENTS = -8,
	GROVE_NO_AUTH = -102,
};

/* GROVE_ANY_VERSION as an expected version is every version. */
#define GROVE_ANY_VERSION (-1)

/* Who writes: what the connection has proved, such as scheme "ip" and an address. */
typedef struct grove_identity {
	grove_bytes scheme, id;
} grove_identity;

/* An entry of an access control list; perms are bits: 1 read, 2 write, 4 create, 8 delete, 16 admin. */
typedef struct grove_acl {
	uint32_t perms;
	grove_identity who;
} grove_acl;

/* A node of the tree. When it is not present the rest is zero. Times are milliseconds since 1970. */
typedef struct grove_node {
	bool present;
	int64_t czxid, mzxid, ctime, mtime;
	int32_t version;
	int64_t owner; /* the session of an ephemeral node */
	grove_bytes data;
} grove_node;

/* One operation of a write. The path of a sequential create has no number yet. */
typedef struct grove_op {
	int32_t kind;
	int32_t mode;
	int32_t version; /* expected */
	grove_bytes path;
	grove_bytes data; /* may be none */
	uint32_t acl_count;
	grove_acl *acl;
	grove_node *old; /* the node that the operation meets; NULL unless the rule reads old or tree */
} grove_op;

/* A write: one operation, or all of a multi. */
typedef struct grove_write {
	bool multi;
	bool tree;    /* the rule lets grove_get and grove_children be used */
	int64_t time; /* of the server, in milliseconds since 1970 */
	int64_t session;
	uint32_t identity_count;
	grove_identity *identities;
	uint32_t op_count;
	grove_op *ops;
} grove_write;

/* What grove_judge says. */
typedef uint64_t grove_verdict;
#define GROVE_ADMIT ((grove_verdict)0)

/* grove_judge is what the author writes. */
grove_verdict grove_judge(const grove_write *write);

/*
 * grove_configure_with is what the author writes when the validator takes settings; else settings are refused. It is
 * called once, before any write is judged. What is kept of the settings must be copied with grove_keep.
 */
grove_verdict grove_configure_with(grove_bytes settings);

/* grove_refuse refuses with a reason for people, of at most 512 bytes. Op is the number of the operation. */
grove_verdict grove_refuse(uint32_t op, const char *reason);

/* grove_text is a reason, or a line for the log, in the making. It begins as {0}; what is too much is left out. */
#define GROVE_TEXT_SIZE 512
typedef struct grove_text {
	uint32_t size;
	uint8_t at[GROVE_TEXT_SIZE];
} grove_text;

void grove_put(grove_text *text, const char *more);
void grove_put_bytes(grove_text *text, grove_bytes more);
void grove_put_int(grove_text *text, int64_t n);

/* grove_refuse_text refuses with a code and a text. */
grove_verdict grove_refuse_text(uint32_t op, int32_t code, const grove_text *text);

/* grove_log writes a line to the server's log. Few lines a second are kept. */
void grove_log(grove_bytes line);

/* What one call may read of the tree, when write->tree says so; without it a call of these is a trap. */
typedef struct grove_names {
	bool present; /* there is such a node */
	uint32_t count;
	grove_bytes *at;
} grove_names;

grove_node grove_get(grove_bytes path);
grove_names grove_children(grove_bytes path);

/* Bytes and C strings. */
grove_bytes grove_string(const char *text);
bool grove_equal(grove_bytes a, grove_bytes b);
bool grove_has_prefix(grove_bytes text, grove_bytes prefix);
/* grove_base is the last component of a path, grove_parent what stands before it: "/" for "/a", nothing for "/". */
grove_bytes grove_base(grove_bytes path);
grove_bytes grove_parent(grove_bytes path);
/* grove_int reads a decimal integer, grove_bool true or false. They return false for anything else. */
bool grove_int(grove_bytes text, int64_t *n);
bool grove_bool(grove_bytes text, bool *on);

/*
 * grove_line takes the next line off settings that are lines of a key and a value: the first word, and what follows
 * it. Empty lines and those that begin with # are left out. It returns false at the end. A validator should refuse a key
 * that it does not know.
 */
bool grove_line(grove_bytes *settings, grove_bytes *key, grove_bytes *value);

/* grove_alloc_bytes gives memory, zeroed and aligned to 8, until the call ends. */
void *grove_alloc_bytes(uint32_t size);
/* grove_keep is a copy for as long as the module runs; it is for grove_configure_with. */
grove_bytes grove_keep(grove_bytes text);

/* What compilers call without being asked. */
void *memcpy(void *restrict into, const void *restrict from, size_t size);
void *memset(void *into, int c, size_t size);
int memcmp(const void *a, const void *b, size_t size);

#endif
