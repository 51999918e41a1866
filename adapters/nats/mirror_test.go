package nats

import "testing"

func TestKeyOf(t *testing.T) {
	for _, test := range []struct{ root, path, key string }{
		{"/", "/a", "a"}, {"/", "/a/b-c_d=E9", "a.b-c_d=E9"}, {"/app", "/app/x/y", "x.y"},
		{"/", "/a.b", ""}, {"/", "/a b", ""}, {"/", "/ä", ""}, {"/", "/a/*", ""}, {"/", "/_kv/x", ""}, {"/app", "/app/_kvx", ""},
		{"/", "/", ""}, {"/app", "/app", ""},
	} {
		if key, ok := keyOf(test.root, test.path); key != test.key || ok != (test.key != "") {
			t.Errorf("%s below %s is %q, %t", test.path, test.root, key, ok)
		}
	}
}

// FuzzKeyOf: two nodes never have the same key.
func FuzzKeyOf(f *testing.F) {
	f.Add("/a/b", "/a.b")
	f.Add("/a/", "/a")
	f.Fuzz(func(t *testing.T, a, b string) {
		one, ok := keyOf("/", "/"+a)
		other, both := keyOf("/", "/"+b)
		if ok && both && one == other && a != b && a != "/"+b && b != "/"+a {
			t.Errorf("%q and %q are both %q", a, b, one)
		}
	})
}
