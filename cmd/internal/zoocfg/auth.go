package zoocfg

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// auth is who may do everything, who can log in, and whether one has to.
func (t *translation) auth() error {
	var super []string
	for _, who := range []struct{ key, scheme string }{
		{"DigestAuthenticationProvider.superDigest", "digest:"}, {"X509AuthenticationProvider.superUser", "x509:"}, {"superUser", "sasl:"},
	} {
		if e, ok := t.take(who.key); ok {
			super = append(super, who.scheme+e.value)
		}
	}
	if len(super) > 0 {
		t.set("auth.super", super, "superDigest, superUser")
	}
	t.providers()
	t.required()
	return t.saslUsers()
}

// providers looks through authProvider.N: those of ZooKeeper's own are always there.
func (t *translation) providers() {
	for _, e := range t.entries {
		if !strings.HasPrefix(e.key, "authProvider.") {
			continue
		}
		text := "left out: a provider of somebody else's"
		if strings.HasPrefix(e.value, "org.apache.zookeeper.server.auth.") {
			text = "left out: digest, ip, x509 and SASL DIGEST-MD5 are always there"
		}
		t.note(e, "%s", text)
	}
}

// required is what clients must prove before they ask for anything.
func (t *translation) required() {
	if sasl, ok := t.truth("sessionRequireClientSASLAuth"); ok && sasl {
		t.set("zookeeper.require", []string{"sasl"}, "sessionRequireClientSASLAuth")
		return
	}
	enforced, _ := t.truth("enforce.auth.enabled")
	schemes, ok := t.take("enforce.auth.schemes")
	if !enforced || !ok {
		return
	}
	var known []string
	for scheme := range strings.SplitSeq(schemes.value, ",") {
		switch scheme = strings.TrimSpace(scheme); scheme {
		case "digest", "x509", "sasl":
			known = append(known, scheme)
		default:
			t.note(schemes, "%s left out: only digest, x509 and sasl can be asked for", scheme)
		}
	}
	if len(known) > 0 {
		t.set("zookeeper.require", known, "enforce.auth.schemes")
	}
}

const loginConfig = "java.security.auth.login.config"

var (
	serverSection = regexp.MustCompile(`(?s)\bServer\s*\{(.*?)\}`)
	digestUser    = regexp.MustCompile(`\buser_([^\s="]+)\s*=\s*"([^"]*)"`)
)

// saslUsers reads the users of DIGEST-MD5 from the section Server of the file that Java's logins are configured with.
func (t *translation) saslUsers() error {
	if e, ok := t.take(loginConfig); ok {
		text, err := os.ReadFile(e.value)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", e.where, e.key, err)
		}
		t.setUsers(e, string(text))
	}
	if failed, ok := t.truth("allowSaslFailedClients"); ok {
		t.set("sasl.allow_failed", failed, "allowSaslFailedClients")
	}
	return nil
}

func (t *translation) setUsers(e entry, text string) {
	var users []string
	if section := serverSection.FindStringSubmatch(text); section != nil {
		for _, user := range digestUser.FindAllStringSubmatch(section[1], -1) {
			users = append(users, user[1]+":"+user[2])
		}
	}
	if len(users) == 0 {
		t.note(e, "left out: its section Server names no users of DIGEST-MD5, the only mechanism there is")
		return
	}
	t.set("sasl.users", users, loginConfig)
}
