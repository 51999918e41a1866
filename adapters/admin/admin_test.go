package admin_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/grove-coordination/grove/adapters/admin"
	"github.com/grove-coordination/grove/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// host has a Status and nothing else.
type host struct {
	sdk.Host
	status func() (sdk.Status, error)
}

func (h host) Status(context.Context) (sdk.Status, error) { return h.status() }

// serve runs a Server for the time of the test and returns its URL. The function ends it and says with which error.
func serve(t *testing.T, cfg admin.Config, h sdk.Host) (url string, end func() error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Listener, cfg.Logger = listener, slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- admin.New(cfg).Serve(ctx, h) }()
	var ended error
	var over atomic.Bool
	end = func() error {
		cancel()
		if over.CompareAndSwap(false, true) {
			ended = <-done
		}
		return ended
	}
	t.Cleanup(func() { end() })
	return "http://" + listener.Addr().String(), end
}

// browser keeps no connection for later.
var browser = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func ask(t *testing.T, method, url string, header http.Header) (code int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	resp, err := browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func get(t *testing.T, url string) (code int, body string) {
	t.Helper()
	return ask(t, http.MethodGet, url, nil)
}

func serving() (sdk.Status, error) {
	return sdk.Status{NodeID: "n1", Role: sdk.RoleLeader, Leader: "n1", Term: 2, Zxid: 9, Nodes: 4, Serving: true}, nil
}

func TestPages(t *testing.T) {
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "grove_writes_total"}, func() float64 { return 7 }))
	url, _ := serve(t, admin.Config{
		Metrics:    metrics,
		Frontends:  func() any { return []string{"zookeeper"} },
		Validators: func() any { return []map[string]any{{"name": "v", "calls": 3}} },
		Denials:    func() []sdk.Denial { return []sdk.Denial{{Validator: "v", Path: "/a", Reason: "no"}} },
	}, host{status: serving})
	for path, want := range map[string][]string{
		"/healthz":            {"ok"},
		"/readyz":             {"ok"},
		"/metrics":            {"grove_writes_total 7"},
		"/status":             {`"node": "n1"`, `"role": "leader"`, `"zxid": 9`, `"serving": true`, `"zookeeper"`},
		"/validators":         {`"name": "v"`, `"calls": 3`},
		"/validators/denials": {`"validator": "v"`, `"path": "/a"`, `"reason": "no"`},
	} {
		code, body := get(t, url+path)
		if code != http.StatusOK {
			t.Errorf("%s: status %d", path, code)
		}
		for _, part := range want {
			if !strings.Contains(body, part) {
				t.Errorf("%s: no %s in\n%s", path, part, body)
			}
		}
	}
	if code, _ := get(t, url+"/nope"); code != http.StatusNotFound {
		t.Errorf("unknown page: status %d", code)
	}
	if code, _ := ask(t, http.MethodPost, url+"/status", nil); code != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", code)
	}
}

func TestEmptyPagesAreEmptyLists(t *testing.T) {
	url, _ := serve(t, admin.Config{}, host{status: serving})
	for _, path := range []string{"/validators", "/validators/denials"} {
		if code, body := get(t, url+path); code != http.StatusOK || strings.TrimSpace(body) != "[]" {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	if _, body := get(t, url+"/status"); !strings.Contains(body, `"frontends": []`) {
		t.Errorf("/status:\n%s", body)
	}
}

func TestReadinessIsNotHealth(t *testing.T) {
	for name, status := range map[string]func() (sdk.Status, error){
		"no leader is known": func() (sdk.Status, error) { return sdk.Status{Why: "no leader is known"}, nil },
		"stopped":            func() (sdk.Status, error) { return sdk.Status{}, errors.New("stopped") },
	} {
		url, _ := serve(t, admin.Config{}, host{status: status})
		if code, body := get(t, url+"/readyz"); code != http.StatusServiceUnavailable || strings.TrimSpace(body) != name {
			t.Errorf("/readyz: %d %s", code, body)
		}
		if code, _ := get(t, url+"/healthz"); code != http.StatusOK {
			t.Errorf("/healthz: %d", code)
		}
	}
}

func TestWhatIsNoJSONIsAnError(t *testing.T) {
	url, _ := serve(t, admin.Config{Validators: func() any { return func() {} }}, host{status: serving})
	if code, _ := get(t, url+"/validators"); code != http.StatusInternalServerError {
		t.Errorf("status %d", code)
	}
}

func TestHeadersAreLimited(t *testing.T) {
	url, _ := serve(t, admin.Config{}, host{status: serving})
	long := http.Header{"X-Long": {strings.Repeat("x", 24<<10)}}
	if code, _ := ask(t, http.MethodGet, url+"/healthz", long); code != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", code)
	}
}

func TestAnswersUnderWayAreFinished(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	url, end := serve(t, admin.Config{Validators: func() any {
		close(asked)
		<-answer
		return "done"
	}}, host{status: serving})
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /validators HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-asked
	ended := make(chan error, 1)
	go func() { ended <- end() }()
	close(answer)
	text, err := io.ReadAll(bufio.NewReader(conn))
	if err != nil || !strings.Contains(string(text), `"done"`) {
		t.Errorf("answer %q, %v", text, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestReadySaysWhere(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := admin.New(admin.Config{Listener: listener})
	if _, err := server.Ready(); err == nil {
		t.Error("ready before Serve")
	}
	asked := make(chan string, 1)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- server.Serve(ctx, host{status: func() (sdk.Status, error) {
			where, _ := server.Ready()
			asked <- where
			return serving()
		}})
	}()
	get(t, "http://"+listener.Addr().String()+"/readyz")
	if where := <-asked; where != "http://"+listener.Addr().String() {
		t.Errorf("ready at %q", where)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := server.Ready(); err == nil {
		t.Error("ready after Serve")
	}
}

func TestAPortInUseIsOneLine(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	err = admin.New(admin.Config{Listen: listener.Addr().String()}).Serve(t.Context(), host{status: serving})
	if err == nil || !strings.Contains(err.Error(), "address already in use") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
}
