package zookeeper

import (
	"encoding/asn1"
	"encoding/hex"
	"slices"
	"strings"
)

// nameKeywords are the attributes that RFC 2253 has words for.
var nameKeywords = map[string]string{
	"2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.9": "STREET", "2.5.4.10": "O", "2.5.4.11": "OU",
	"0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC",
}

type nameAttribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue
}

type nameAttributeSET []nameAttribute

// distinguishedName writes a DER name as Java's X500Principal.getName does, because that is what stands in ACLs of
// ZooKeeper: as in RFC 2253, last part first, with "=" and "#" escaped too. The standard library's pkix names differ in
// that, and in which attributes they have words for. What is no name is empty.
func distinguishedName(der []byte) string {
	var parts []nameAttributeSET
	if _, err := asn1.Unmarshal(der, &parts); err != nil {
		return ""
	}
	texts := make([]string, 0, len(parts))
	for _, part := range slices.Backward(parts) {
		attributes := make([]string, len(part))
		for i := range part {
			attributes[i] = part[i].String()
		}
		texts = append(texts, strings.Join(attributes, "+"))
	}
	return strings.Join(texts, ",")
}

// String is keyword=text, or the number of the attribute and its DER in hex.
func (a nameAttribute) String() string {
	oid := a.Type.String()
	var text string
	if _, err := asn1.Unmarshal(a.Value.FullBytes, &text); err == nil && nameKeywords[oid] != "" {
		return nameKeywords[oid] + "=" + escapeName(text)
	}
	return oid + "=#" + hex.EncodeToString(a.Value.FullBytes)
}

// escapeName puts a backslash before what has a meaning in a name, and before spaces at either end.
func escapeName(text string) string {
	inner := strings.Trim(text, " ")
	ahead := len(text) - len(strings.TrimLeft(text, " "))
	behind := len(text) - len(inner) - ahead
	var b strings.Builder
	b.WriteString(strings.Repeat(`\ `, ahead))
	for _, r := range inner {
		if strings.ContainsRune(`,=+<>#;"\`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	b.WriteString(strings.Repeat(`\ `, behind))
	return b.String()
}
