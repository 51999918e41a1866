package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/adapters/zookeeper/sasl"
)

func TestSASLUsers(t *testing.T) {
	bob, eve := sasl.User{Name: "bob", Password: "secret"}, sasl.User{Name: "eve", Password: "hush"}
	for _, test := range []struct {
		what string
		from SASL
		want []sasl.User
		err  string
	}{
		{what: "nobody"},
		{"listed", SASL{Users: []sasl.User{bob}}, []sasl.User{bob}, ""},
		{"of a file", SASL{Users: []sasl.User{bob}, UsersFile: written(t, "# more\neve:hush\n")}, []sasl.User{bob, eve}, ""},
		{"no file", SASL{UsersFile: "nowhere"}, nil, "sasl.users_file"},
		{"a bad line", SASL{UsersFile: written(t, "eve:hush\nhush\n")}, nil, "user 2"},
		{"twice", SASL{Users: []sasl.User{bob}, UsersFile: written(t, "bob:hush")}, nil, `"bob" is in sasl.users`},
	} {
		t.Run(test.what, func(t *testing.T) {
			got, err := test.from.everyone()
			if !slices.Equal(got, test.want) || (err != nil) != (test.err != "") {
				t.Fatalf("got %v, %v", got, err)
			}
			if err != nil && (!strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), "hush")) {
				t.Errorf("%v, want %q", err, test.err)
			}
		})
	}
}
