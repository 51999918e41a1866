package zookeeper

import (
	"encoding/hex"
	"testing"
)

// javaNames are subjects of certificates, and what OpenJDK 17 makes of them.
var javaNames = map[string]string{
	"3072310b3009060355040613024445310f300d060355040813064265726c696e310e300c060355040713054d69747465310e300c06035504091305576567203131143012060355040a130b47726f76652c20496e632e310c300a060355040b13036f7073310e300c06035504031305616c696365": `CN=alice,OU=ops,O=Grove\, Inc.,STREET=Weg 1,L=Mitte,ST=Berlin,C=DE`,
	"305d31133011060a0992268993f22c64011916036f726731173015060a0992268993f22c64011916076578616d706c6531133011060a0992268993f22c6401011303626f6231183008060355040b130178300c06035504031305626f622b62":                                           `OU=x+CN=bob\+b,UID=bob,DC=example,DC=org`,
	"30193117301506035504030c0e2023613d623b633c643e22655c20":                                                                                   `CN=\ \#a\=b\;c\<d\>\"e\\\ `,
	"3042310d300b06035504030c0423783d79310b3009060355040513023737310e300c0603550411130531303131353114301206092a864886f70d01090116056140622e63": `1.2.840.113549.1.9.1=#16056140622e63,2.5.4.17=#13053130313135,2.5.4.5=#13023737,CN=\#x\=y`,
	"30263116301406035504030c0dc39c6ec3af636f646520e4b8ad310c300a060355040a0c03610a62":                                                         "O=a\nb,CN=Ünïcode 中",
	"3000": "",
	"30":   "",
}

func TestDistinguishedName(t *testing.T) {
	for text, want := range javaNames {
		der, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := distinguishedName(der); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestEscapeName(t *testing.T) {
	for text, want := range map[string]string{"": "", "a b": "a b", " ": `\ `, "   ": `\ \ \ `, " a ": `\ a\ `} {
		if got := escapeName(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// FuzzDistinguishedName takes any bytes: a certificate comes from a stranger, although one that was verified.
func FuzzDistinguishedName(f *testing.F) {
	for text := range javaNames {
		der, _ := hex.DecodeString(text)
		f.Add(der)
	}
	f.Fuzz(func(_ *testing.T, der []byte) { distinguishedName(der) })
}
