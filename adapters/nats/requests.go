package nats

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/nats-io/nats.go/micro"

	"github.com/grove-coordination/grove/sdk"
)

// requests answers reads and writes of the tree. What it may do is what the adapter is granted: the host looks at every
// operation. All requests go through one session, which is opened with the first one, and anew when it was lost.
type requests struct {
	ctx  context.Context // of Serve
	host sdk.Host

	mu     sync.Mutex // guards caller, and is held by who uses it
	caller *caller    // nil without a session
}

// request is the body of one.
type request struct {
	Path    string  `json:"path"`
	Data    *string `json:"data"`        // set: text
	Base64  []byte  `json:"data_base64"` // set: bytes
	Version *int32  `json:"version"`     // set: only if the node has it
	Create  bool    `json:"create"`      // set: make the node if it is not there
}

// answer is the body of a reply: of a node, its data or its children.
type answer struct {
	Path     string    `json:"path"`
	Data     *string   `json:"data,omitempty"` // data that is text
	Base64   []byte    `json:"data_base64,omitempty"`
	Children *[]string `json:"children,omitempty"`
	Version  int32     `json:"version"`
	Mzxid    int64     `json:"mzxid"`
	Mtime    int64     `json:"mtime"`
	Owner    string    `json:"owner,omitempty"`
}

func newAnswer(path string, stat sdk.Stat) answer {
	return answer{Path: path, Version: stat.Version, Mzxid: stat.Mzxid, Mtime: stat.Mtime, Owner: sessionText(stat.EphemeralOwner)}
}

// parseRequest reads a request. An unknown key is an error, as is a path that can name nothing.
func parseRequest(body []byte) (q request, err error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&q); err != nil {
		return q, fmt.Errorf("request: %w", err)
	}
	if q.Data != nil && q.Base64 != nil {
		return q, errors.New("request: data and data_base64 are two data")
	}
	return q, sdk.ValidatePath(q.Path)
}

func (q *request) data() []byte {
	if q.Data != nil {
		return []byte(*q.Data)
	}
	return q.Base64
}

func (r *requests) get(m micro.Request) {
	r.serve(m, sdk.OpGetData, func(q request, result *sdk.Result) answer {
		a := newAnswer(q.Path, result.Stat)
		switch {
		case result.Data == nil:
		case utf8.Valid(result.Data):
			text := string(result.Data)
			a.Data = &text
		default:
			a.Base64 = result.Data
		}
		return a
	})
}

func (r *requests) list(m micro.Request) {
	r.serve(m, sdk.OpGetChildren2, func(q request, result *sdk.Result) answer {
		a := newAnswer(q.Path, result.Stat)
		names := append([]string{}, result.Children...)
		a.Children = &names
		return a
	})
}

func (r *requests) set(m micro.Request) {
	r.serve(m, sdk.OpSetData, func(q request, result *sdk.Result) answer { return newAnswer(q.Path, result.Stat) })
}

// serve answers one request with what its operation gives.
func (r *requests) serve(m micro.Request, kind sdk.OpKind, say func(request, *sdk.Result) answer) {
	q, err := parseRequest(m.Data())
	if err != nil {
		refuse(m, sdk.CodeBadArguments, err.Error())
		return
	}
	op := sdk.Op{Kind: kind, Path: q.Path, Data: q.data(), Version: sdk.AnyVersion}
	if q.Version != nil {
		op.Version = *q.Version
	}
	reply, err := r.ask(op)
	if err == nil && reply.Code == sdk.CodeNoNode && kind == sdk.OpSetData && q.Create {
		reply, err = r.ask(sdk.Op{Kind: sdk.OpCreate2, Path: q.Path, Data: q.data(), ACL: sdk.OpenACL()})
	}
	switch {
	case err != nil:
		refuse(m, sdk.CodeConnectionLoss, err.Error())
	case reply.Code != sdk.OK:
		refuse(m, reply.Code, reply.Code.Error())
	default:
		respond(m, say(q, &reply.Result))
	}
}

// refuse answers with ZooKeeper's number of the error and its text, in the headers that NATS has for it and in the body.
func refuse(m micro.Request, code sdk.Code, text string) {
	var reply struct {
		Error struct {
			Code sdk.Code `json:"code"`
			Text string   `json:"text"`
		} `json:"error"`
	}
	reply.Error.Code, reply.Error.Text = code, text
	body, err := json.Marshal(reply)
	if err != nil {
		panic(fmt.Sprintf("nats: a number and text are no JSON: %v", err))
	}
	_ = m.Error(strconv.FormatInt(int64(code), 10), text, body) // who does not listen any more does not get it
}

// ask does one operation. After an error nobody knows whether a write was done.
func (r *requests) ask(op sdk.Op) (sdk.Message, error) {
	ctx, cancel := context.WithTimeout(r.ctx, requestTimeout)
	defer cancel()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.caller == nil {
		c, err := openCaller(ctx, r.host)
		if err != nil {
			return sdk.Message{}, err
		}
		r.caller = c
		go r.keep(c)
	}
	replies, err := r.caller.ask(ctx, op)
	if err != nil {
		r.drop()
		return sdk.Message{}, err
	}
	return replies[0], nil
}

// drop lets go of the session. mu is held.
func (r *requests) drop() {
	_ = r.caller.session.Close()
	r.caller = nil
}

// keep has the session live while nobody asks anything. It ends with the session, or with ctx.
func (r *requests) keep(c *caller) {
	tick := time.NewTicker(c.session.Info().Timeout / 3)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-r.ctx.Done():
			return
		}
		if !r.ping(c) {
			return
		}
	}
}

// ping reports whether the session is still the one in use.
func (r *requests) ping(c *caller) bool {
	ctx, cancel := context.WithTimeout(r.ctx, requestTimeout)
	defer cancel()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.caller != c {
		return false
	}
	if _, err := c.ask(ctx, sdk.Op{Kind: sdk.OpPing}); err != nil {
		r.drop()
		return false
	}
	return true
}

// close ends the session, if there is one.
func (r *requests) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.caller != nil {
		r.caller.close(r.ctx)
		r.caller = nil
	}
}
