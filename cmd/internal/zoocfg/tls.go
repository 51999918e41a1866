package zoocfg

import (
	"fmt"
	"strings"
)

// tls is how the server proves itself to clients, and whether they have to. Grove takes PEM files alone.
func (t *translation) tls() error {
	if store, ok := t.pem("ssl.keyStore"); ok {
		t.set("tls.certificate", store, "ssl.keyStore.location")
		t.set("tls.key", store, "ssl.keyStore.location")
	}
	trusted, ok := t.pem("ssl.trustStore")
	if ok {
		t.set("tls.client_ca", trusted, "ssl.trustStore.location")
	}
	return t.clientAuth(ok)
}

// peerTLS is how the nodes prove themselves to each other. Grove's know each other by certificates or not at all.
func (t *translation) peerTLS() error {
	if encrypted, _ := t.truth("sslQuorum"); !encrypted {
		return nil
	}
	store, stored := t.pem("ssl.quorum.keyStore")
	trusted, ok := t.pem("ssl.quorum.trustStore")
	if !stored || !ok {
		e, _ := t.get("sslQuorum")
		t.note(e, "left out: it needs ssl.quorum.keyStore.location and ssl.quorum.trustStore.location in PEM")
		return nil
	}
	t.set("tls.peer_certificate", store, "ssl.quorum.keyStore.location")
	t.set("tls.peer_key", store, "ssl.quorum.keyStore.location")
	t.set("tls.peer_ca", trusted, "ssl.quorum.trustStore.location")
	return nil
}

// clientAuth is none without authorities to ask: ZooKeeper needs certificates unless it is told otherwise.
func (t *translation) clientAuth(authorities bool) error {
	e, told := t.take("ssl.clientAuth")
	value := strings.ToLower(e.value)
	switch {
	case !told && !authorities:
		return nil
	case !told:
		t.set("tls.client_auth", "need", "ssl.trustStore.location")
	case value != "none" && value != "want" && value != "need":
		return fmt.Errorf("%s: ssl.clientAuth: %q is none of none, want, need", e.where, e.value)
	case value != "none" && !authorities:
		t.note(e, "left out: it needs ssl.trustStore.location in PEM")
	default:
		t.set("tls.client_auth", value, "ssl.clientAuth")
	}
	return nil
}

// pem is the file of a store, if it is one that Grove can read. What opens a store is never told.
func (t *translation) pem(store string) (file string, ok bool) {
	if password, ok := t.get(store + ".password"); ok {
		t.note(password, "left out: PEM files are read as they are, a key must not be encrypted")
	}
	location, ok := t.take(store + ".location")
	if !ok {
		return "", false
	}
	kind, told := t.take(store + ".type")
	switch {
	case told && strings.EqualFold(kind.value, "PEM"), !told && strings.HasSuffix(location.value, ".pem"):
		return location.value, true
	case told:
		t.note(kind, "left out, see %s.location", store)
	}
	t.note(location, "left out: Grove reads PEM; keytool -importkeystore -deststoretype PKCS12 and then openssl pkcs12 -nodes make one of it")
	return "", false
}
