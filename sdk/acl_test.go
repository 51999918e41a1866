package sdk

import "testing"

// No form in which an identity is shown has the hash of a password.
func TestShownIdentities(t *testing.T) {
	for _, test := range []struct{ identity, shown, masked Identity }{
		{Identity{"digest", "joe:aGFzaA=="}, Identity{"digest", "joe"}, Identity{"digest", "joe:x"}},
		{Identity{"digest", "joe:a:b"}, Identity{"digest", "joe"}, Identity{"digest", "joe:x"}},
		{Identity{"digest", "joe:"}, Identity{"digest", "joe"}, Identity{"digest", "joe:x"}},
		{Identity{"digest", ":aGFzaA=="}, Identity{"digest", ""}, Identity{"digest", ":x"}},
		{Identity{"digest", "joe"}, Identity{"digest", "joe"}, Identity{"digest", "joe"}},
		{Identity{"super", "joe:aGFzaA=="}, Super, Super},
		{Super, Super, Super},
		{Anyone, Anyone, Anyone},
		{Identity{"ip", "::1"}, Identity{"ip", "::1"}, Identity{"ip", "::1"}},
		{Identity{"x509", "CN=joe:x,O=y"}, Identity{"x509", "CN=joe:x,O=y"}, Identity{"x509", "CN=joe:x,O=y"}},
		{Identity{"sasl", "joe/host@REALM"}, Identity{"sasl", "joe/host@REALM"}, Identity{"sasl", "joe/host@REALM"}},
	} {
		if shown := test.identity.Shown(); shown != test.shown {
			t.Errorf("%v is shown as %v", test.identity, shown)
		}
		if masked := test.identity.Masked(); masked != test.masked {
			t.Errorf("%v is masked as %v", test.identity, masked)
		}
	}
}

func TestIsSuper(t *testing.T) {
	for _, test := range []struct {
		who []Identity
		is  bool
	}{
		{nil, false}, {[]Identity{Anyone, {"digest", "super:x"}}, false}, {[]Identity{Anyone, Super}, true},
	} {
		if IsSuper(test.who) != test.is {
			t.Errorf("%v: %v", test.who, !test.is)
		}
	}
}
