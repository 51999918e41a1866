// Package txn is the record of one transaction in the replicated log: what a node proposes, and what every node
// applies in the same order.
//
// A record is a value without behaviour. The package turns it into bytes and back, and decides nothing: what a
// record does is up to core, where it is applied. It is pure, and its functions may be called by any number of
// goroutines.
//
// # Format
//
// A record has exactly one encoding, so equal records are equal bytes. Old logs must stay readable: version 1 is never
// changed, a new layout gets a new first byte, and every number below is only appended to.
//
//	version   1 byte, 1
//	kind      1 byte, a Kind
//	origin    string
//	Open      request, timeout, password
//	Resume    request, session, timeout, password
//	Write     session, epoch, seq, rules, identities, guards, op
//	Expire    session, epoch
//	Sweep     path, a string
//	Announce  clients, a string
//	Discard   rules, guards, path
//
//	string, bytes       length as uvarint, then the bytes
//	data                0 for nil, else length + 1 as uvarint, then the bytes
//	request, epoch, seq uvarint
//	timeout, rules      varint (zigzag)
//	session             8 bytes, big-endian: its top byte is seldom zero
//	identities          count, then scheme and id of each as strings
//	guards              count, then of each: kind (1 byte), path, and zxid as varint unless the node was absent
//	op                  kind as varint, then the fields its kind uses:
//	  create, create2     path, data, acl, mode; createContainer too
//	  createTTL           path, data, acl, mode, ttl
//	  delete, check       path, version
//	  setData             path, data, version
//	  setACL              path, acl, version
//	  sync                path
//	  closeSession        nothing
//	  reconfig            joining, leaving, members as strings, version as varint of 64 bits
//	  multi               count, then the ops: create, create2, createContainer, createTTL, delete, setData, check
//	acl                 count, then of each: perms as varint, scheme and id as strings
//	mode, version, ttl  varint, ttl of 64 bits and the others of 32
//
// Varints are those of encoding/binary in their shortest form; a longer form is refused.
package txn
