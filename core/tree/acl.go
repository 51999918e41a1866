package tree

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

// The schemes of identities that mean something here; ids of others are compared as they are.
const (
	schemeWorld = "world"
	schemeAuth  = "auth" // in a list only: whoever writes it
	schemeIP    = "ip"
	schemeX509  = "x509" // the subject of a client's certificate
	schemeSASL  = "sasl" // the user or principal that a SASL exchange has proved
)

// maxACL bounds the entries of a list a node may get, without duplicates and with what auth stands for. ZooKeeper has no
// such bound but the frame's, which lets one client make every permission check on a node walk 100,000 entries. Lists that
// are longer, if a tree was loaded with any, stay as they are.
const maxACL = 1024

// Permits reports whether a holder of these identities gets any of the permissions from the list. A super identity gets
// all of them, and an empty list, which no node has, gives all to everyone. It does not allocate.
func Permits(acl []sdk.ACL, who []sdk.Identity, perm sdk.Perm) bool {
	if len(acl) == 0 {
		return true
	}
	for i := range acl {
		if acl[i].Perms&perm != 0 && covers(&acl[i].Identity, who) {
			return true
		}
	}
	return sdk.IsSuper(who)
}

// covers reports whether the id of an entry stands for one of these identities.
func covers(id *sdk.Identity, who []sdk.Identity) bool {
	if *id == sdk.Anyone {
		return true
	}
	for i := range who {
		if who[i] == *id || id.Scheme == schemeIP && who[i].Scheme == schemeIP && within(who[i].ID, id.ID) {
			return true
		}
	}
	return false
}

// within reports whether an address lies in a network ("10.0.0.0/8") or is the same as an address in another spelling.
func within(address, network string) bool {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	prefix, ok := parseNetwork(network)
	return ok && prefix.Contains(addr.WithZone("").Unmap())
}

// parseNetwork reads the id of an ip entry: an address, or an address and the number of bits that count.
func parseNetwork(id string) (netip.Prefix, bool) {
	if strings.IndexByte(id, '/') >= 0 {
		prefix, err := netip.ParsePrefix(id)
		return prefix, err == nil
	}
	addr, err := netip.ParseAddr(id)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, false
	}
	addr = addr.Unmap()
	return netip.PrefixFrom(addr, addr.BitLen()), true
}

// resolveACL turns a list as a client sends it into one that a node may have: auth stands for what the writer has proved to
// be, duplicates collapse. An empty list, one of more than maxACL entries, an unknown scheme or a malformed id spoil all of
// it. What it returns may share memory with what it was given.
func resolveACL(acl []sdk.ACL, who []sdk.Identity) ([]sdk.ACL, bool) {
	if len(acl) == 1 && acl[0].Identity == sdk.Anyone {
		return acl, true
	}
	resolved := make([]sdk.ACL, 0, len(acl))
	seen := make(map[sdk.ACL]struct{}, len(acl))
	add := func(entry sdk.ACL) {
		if _, dup := seen[entry]; !dup {
			seen[entry] = struct{}{}
			resolved = append(resolved, entry)
		}
	}
	for _, entry := range acl {
		switch {
		case entry.Scheme == schemeAuth && proved(who):
			expand(entry.Perms, who, add)
		case valid(entry.Identity):
			add(entry)
		default:
			return nil, false
		}
		if len(resolved) > maxACL {
			return nil, false
		}
	}
	return resolved, len(resolved) > 0
}

// expand gives the permissions to everything the writer has proved to be.
func expand(perms sdk.Perm, who []sdk.Identity, add func(sdk.ACL)) {
	for _, id := range who {
		if isProof(id) {
			add(sdk.ACL{Perms: perms, Identity: id})
		}
	}
}

func proved(who []sdk.Identity) bool { return slices.ContainsFunc(who, isProof) }

// isProof reports whether the identity was proved by authentication, and so is one that auth stands for. An address is
// not, and super is no scheme a list may have.
func isProof(id sdk.Identity) bool {
	switch id.Scheme {
	case schemeWorld, schemeIP, sdk.SchemeSuper:
		return false
	}
	return true
}

// valid reports whether an entry of a list may have this id.
func valid(id sdk.Identity) bool {
	switch id.Scheme {
	case schemeWorld:
		return id == sdk.Anyone
	case sdk.SchemeDigest:
		user, hash, _ := strings.Cut(id.ID, ":")
		return user != "" && hash != "" && !strings.Contains(hash, ":")
	case schemeIP:
		_, ok := parseNetwork(id.ID)
		return ok
	case schemeX509:
		return id.ID != ""
	case schemeSASL:
		return principal(id.ID)
	}
	return false
}

// principal reports whether an id may be what SASL proves: any text without an @, or a name of Kerberos, which is
// "service@REALM" or "service/host@REALM".
func principal(id string) bool {
	name, realm, found := strings.Cut(id, "@")
	return !found || strings.Count(name, "/") <= 1 && !strings.ContainsAny(realm, "/@")
}

// masked is the list without the hashes of passwords, for readers who do not administer the node.
func masked(acl []sdk.ACL) []sdk.ACL {
	acl = slices.Clone(acl)
	for i := range acl {
		acl[i].Identity = acl[i].Masked()
	}
	return acl
}
