package coretest

import (
	"strings"
	"testing"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

// says compares an error with what it is to say; "" is none.
func says(t *testing.T, err error, want string) {
	t.Helper()
	if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}

func TestTerms(t *testing.T) {
	terms := make(Terms)
	for _, err := range []error{terms.Note(1, "n1"), terms.Note(1, "n1"), terms.Note(2, "n2"), terms.Note(4, "n1")} {
		says(t, err, "")
	}
	says(t, terms.Note(1, "n3"), "term 1: n3 leads, and n1 did")
}

func TestOrdered(t *testing.T) {
	says(t, Ordered([]sdk.Transaction{{Zxid: 1}, {Zxid: 3}}), "")
	says(t, Ordered([]sdk.Transaction{{Zxid: 1}, {Zxid: 3}, {Zxid: 3}}), "zxid 0x3 behind 0x3")
	says(t, Ordered([]sdk.Transaction{{Zxid: 1, Time: 5}, {Zxid: 3, Time: 5}, {Zxid: 4, Time: 4}}), "zxid 0x4: time 4 behind 5")
}

func TestReleased(t *testing.T) {
	at := func(zxid int64, changes ...sdk.Change) sdk.Transaction {
		return sdk.Transaction{Zxid: zxid, Changes: changes}
	}
	made := func(name string, owner int64) sdk.Change {
		return sdk.Change{Kind: sdk.Created, Path: held + name, Owner: owner}
	}
	gone := func(name string) sdk.Change { return sdk.Change{Kind: sdk.Deleted, Path: held + name, Owner: 7} }
	for want, committed := range map[string][]sdk.Transaction{
		"":                       {at(1, made("a", 7)), at(2, made("b", 7)), at(3, gone("a"), gone("b"))},
		"is left":                {at(1, made("a", 7))},
		"is there already":       {at(1, made("a", 7)), at(2, made("a", 7))},
		"goes and was not there": {at(1, made("a", 7)), at(2, gone("a")), at(3, gone("a"))},
		"later than its session": {at(1, made("a", 7)), at(2, made("b", 7)), at(3, gone("a")), at(4, gone("b"))},
		"which had ended":        {at(1, made("a", 7)), at(2, gone("a")), at(3, made("b", 7)), at(4, gone("b"))},
	} {
		says(t, Released(committed), want)
	}
}

// A client tells of what it is given that it must not be given.
func TestClientsTell(t *testing.T) {
	for want, act := range map[string]func(*Client){
		"": func(c *Client) {
			c.note([]sdk.Message{{Zxid: 5}, {Zxid: 5}, {Zxid: 6}})
			c.heard = time.Now().Add(-timeout)
			c.lost()
		},
		"zxid 0x4 after 0x5": func(c *Client) { c.note([]sdk.Message{{Zxid: 5}, {Zxid: 4}}) },
		"is gone": func(c *Client) {
			c.note([]sdk.Message{{Zxid: 1}})
			c.lost()
		},
	} {
		c := Client{History: new(History)}
		act(&c)
		says(t, c.History.Broken(), want)
	}
}
