package admin_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/grove-coordination/grove/adapters/admin"
	"github.com/grove-coordination/grove/sdk"
)

// record is a host whose change log is a list.
type record struct {
	sdk.Host
	list  []sdk.Transaction
	floor int64
}

func (r *record) Status(context.Context) (sdk.Status, error) {
	return sdk.Status{Zxid: 99, Floor: r.floor, Last: r.list[len(r.list)-1].Zxid}, nil
}

func (r *record) Follow(_ context.Context, want sdk.Following) (sdk.Feed, error) {
	if want.From < r.floor {
		return nil, &sdk.CompactedError{Floor: r.floor}
	}
	return &place{record: r, last: want.From}, nil
}

type place struct {
	record *record
	last   int64
}

func (p *place) Close() error { return nil }

// Next gives one transaction at a time, and with none left waits as a feed does.
func (p *place) Next(ctx context.Context, dst []sdk.Transaction) (int, error) {
	for _, t := range p.record.list {
		if t.Zxid > p.last {
			dst[0], p.last = t, t.Zxid
			return 1, nil
		}
	}
	<-ctx.Done()
	return 0, ctx.Err()
}

// The change log is shown to the super identity, from where it is asked for up to now, and to nobody else.
func TestFeed(t *testing.T) {
	log := &record{floor: 2, list: []sdk.Transaction{
		{Zxid: 3, Time: 1700, Session: 1, Changes: []sdk.Change{{Kind: sdk.Created, Path: "/a", Data: []byte("1")}}},
		{Zxid: 4}, // a progress mark
		{Zxid: 7, Time: 1701, Changes: []sdk.Change{{Kind: sdk.Changed, Path: "/a", Version: 1}, {Kind: sdk.Deleted, Path: "/b"}}},
	}}
	url, _ := serve(t, admin.Config{Super: func(user, password string) bool { return user == "root" && password == "secret" }}, log)
	request := func(query, user string) (int, string) {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth(user, "secret")
		return ask(t, http.MethodGet, url+"/feed"+query, r.Header)
	}
	const three = `{"zxid":3,"time":1700,"session":1,"changes":[{"kind":"created","path":"/a","data":"MQ==","version":0}]}`
	const seven = `{"zxid":7,"time":1701,"session":0,"changes":[{"kind":"changed","path":"/a","data":null,"version":1},` +
		`{"kind":"deleted","path":"/b","data":null,"version":0}]}`
	for _, test := range []struct {
		query, user string
		code        int
		body        string
	}{
		{"?from=2", "root", http.StatusOK, three + "\n" + seven},
		{"?from=4", "root", http.StatusOK, seven},
		{"?from=7", "root", http.StatusOK, ""},
		{"?from=1", "root", http.StatusGone, "changes are no longer kept: the feed begins after zxid 0x2"},
		{"", "root", http.StatusBadRequest, "from: must be a zxid"},
		{"?from=2", "joe", http.StatusUnauthorized, "it takes an identity of auth.super, by basic authentication"},
	} {
		if code, body := request(test.query, test.user); code != test.code || strings.TrimSpace(body) != test.body {
			t.Errorf("%s as %s: %d %s\nwant %d %s", test.query, test.user, code, body, test.code, test.body)
		}
	}
	unset, _ := serve(t, admin.Config{}, log)
	if code, _ := get(t, unset+"/feed?from=2"); code != http.StatusUnauthorized {
		t.Errorf("without a super identity: %d", code)
	}
}
