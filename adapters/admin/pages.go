package admin

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/grove-coordination/grove/sdk"
)

// pages is every address there is.
func (s *Server) pages(host sdk.Host) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", ready(host))
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.cfg.Metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /status", s.status(host))
	mux.HandleFunc("GET /validators", func(w http.ResponseWriter, _ *http.Request) {
		s.show(w, s.cfg.Validators())
	})
	mux.HandleFunc("GET /validators/denials", func(w http.ResponseWriter, _ *http.Request) {
		s.show(w, append([]sdk.Denial{}, s.cfg.Denials()...)) // none is [], not null
	})
	mux.HandleFunc("GET /feed", s.feed(host))
	return mux
}

func ready(host sdk.Host) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		status, err := host.Status(r.Context())
		switch {
		case err != nil:
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		case !status.Serving:
			http.Error(w, status.Why, http.StatusServiceUnavailable)
		default:
			fmt.Fprintln(w, "ok")
		}
	}
}

// overview is the sdk.Status of a node and its frontends.
type overview struct {
	Node      string   `json:"node"`
	Role      sdk.Role `json:"role"`
	Leader    string   `json:"leader"` // "" for none known
	Term      uint64   `json:"term"`
	Zxid      int64    `json:"zxid"`
	Floor     int64    `json:"floor"`
	Last      int64    `json:"last"`
	Nodes     int64    `json:"nodes"`
	Sessions  int64    `json:"sessions"`
	Watches   int64    `json:"watches"`
	Serving   bool     `json:"serving"`
	Why       string   `json:"why,omitempty"`
	Warnings  []string `json:"warnings,omitempty"`
	Members   []member `json:"members"`
	Frontends any      `json:"frontends"`
}

// member is a node of the cluster.
type member struct {
	ID       string `json:"id"`
	Peer     string `json:"peer"`
	Clients  string `json:"clients,omitempty"`
	Observer bool   `json:"observer,omitempty"`
}

func membersOf(status *sdk.Status) []member {
	list := make([]member, len(status.Members))
	for i, m := range status.Members {
		list[i] = member{ID: m.ID, Peer: m.Addr, Clients: m.Clients, Observer: m.Observer}
	}
	return list
}

func (s *Server) status(host sdk.Host) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		status, err := host.Status(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		s.show(w, overview{
			Node: status.NodeID, Role: status.Role, Leader: status.Leader, Term: status.Term,
			Zxid: status.Zxid, Floor: status.Floor, Last: status.Last,
			Nodes: status.Nodes, Sessions: status.Sessions, Watches: status.Watches,
			Serving: status.Serving, Why: status.Why, Warnings: status.Warnings,
			Members: membersOf(&status), Frontends: s.cfg.Frontends(),
		})
	}
}

// show writes v as JSON, whole or not at all.
func (s *Server) show(w http.ResponseWriter, v any) {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		s.log.Error("page is no JSON", "err", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if _, err := w.Write(append(text, '\n')); err != nil {
		s.log.Debug("answer not taken", "err", err)
	}
}
