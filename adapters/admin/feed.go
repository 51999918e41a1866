package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/grove-coordination/grove/sdk"
)

// feedBatch is how many transactions are taken from the core at a time.
const feedBatch = 64

// feed shows what the change log holds after ?from=ZXID, up to now: one transaction a line, as JSON. It shows what any
// node holds or held, whoever may read that, and so is for the super identity alone.
func (s *Server) feed(host sdk.Host) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); !s.cfg.Super(user, password) {
			w.Header().Set("WWW-Authenticate", `Basic realm="grove"`)
			http.Error(w, "it takes an identity of auth.super, by basic authentication", http.StatusUnauthorized)
			return
		}
		from, err := strconv.ParseInt(r.URL.Query().Get("from"), 10, 64)
		if err != nil {
			http.Error(w, "from: must be a zxid", http.StatusBadRequest)
			return
		}
		s.tellFeed(w, r, host, from)
	}
}

func (s *Server) tellFeed(w http.ResponseWriter, r *http.Request, host sdk.Host, from int64) {
	status, err := host.Status(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	feed, err := host.Follow(r.Context(), sdk.Following{From: from, Paths: r.URL.Query()["path"]})
	if err != nil {
		http.Error(w, err.Error(), feedStatus(err))
		return
	}
	defer func() { _ = feed.Close() }() // it costs nothing to forget
	w.Header().Set("Content-Type", "application/x-ndjson")
	if err := writeFeed(r.Context(), json.NewEncoder(w), feed, from, status.Last); err != nil {
		s.log.Info("feed cut short", "err", err)
		panic(http.ErrAbortHandler) // the reader must not take it for the end
	}
}

func feedStatus(err error) int {
	if errors.Is(err, sdk.ErrCompacted) {
		return http.StatusGone
	}
	return http.StatusBadRequest
}

// writeFeed writes the transactions up to the zxid to, which is that of one.
func writeFeed(ctx context.Context, out *json.Encoder, feed sdk.Feed, from, to int64) error {
	got := make([]sdk.Transaction, feedBatch)
	for seen := from; seen < to; {
		n, err := feed.Next(ctx, got)
		if err != nil {
			return err
		}
		for i := range got[:n] {
			if seen = got[i].Zxid; seen <= to && len(got[i].Changes) > 0 {
				if err := out.Encode(lineOf(&got[i])); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// transaction and change are how a line shows them; data is base64, as JSON has bytes.
type transaction struct {
	Zxid    int64    `json:"zxid"`
	Time    int64    `json:"time"` // milliseconds since the Unix epoch
	Session int64    `json:"session"`
	Changes []change `json:"changes"`
}

type change struct {
	Kind    string `json:"kind"` // created, changed, deleted, acl
	Path    string `json:"path"`
	Data    []byte `json:"data"`
	Version int32  `json:"version"`
	Owner   int64  `json:"owner,omitempty"`
}

func lineOf(t *sdk.Transaction) transaction {
	line := transaction{Zxid: t.Zxid, Time: t.Time, Session: t.Session}
	for _, c := range t.Changes {
		line.Changes = append(line.Changes, change{c.Kind.String(), c.Path, c.Data, c.Version, c.Owner})
	}
	return line
}
