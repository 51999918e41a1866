package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/grove-coordination/grove/sdk"
)

var _ protocol = jute{}

// jute is ZooKeeper's protocol, which Grove speaks too.
type jute struct {
	grove string // the program whose bench puts the loads
}

// put runs grove bench.
func (j jute) put(ctx context.Context, servers []string, l load) (measured, error) {
	args := []string{"bench", l.what, "--json", "--server", strings.Join(servers, ","),
		fmt.Sprint("--sessions=", l.sessions), fmt.Sprint("--depth=", max(l.depth, 1))}
	if l.what == "watch" {
		args = append(args, fmt.Sprint("--count=", l.count), "--duration=1m")
	} else {
		args = append(args, fmt.Sprint("--duration=", l.duration))
	}
	cmd := exec.CommandContext(ctx, j.grove, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return measured{}, fmt.Errorf("grove %v: %w: %s", args, err, out)
	}
	return reported(out)
}

// reported reads what grove bench says.
func reported(out []byte) (measured, error) {
	var report struct {
		PerSecond float64                    `json:"per_second"`
		Latency   struct{ P50, P99 float64 } `json:"latency_us"`
		Errors    map[string]int64
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return measured{}, err
	}
	if len(report.Errors) > 0 {
		return measured{}, fmt.Errorf("operations failed: %v", report.Errors)
	}
	micros := func(v float64) time.Duration { return time.Duration(v * float64(time.Microsecond)) }
	return measured{report.PerSecond, micros(report.Latency.P50), micros(report.Latency.P99)}, nil
}

// fill has eight sessions make nodes, a thousand below each parent, 256 on their way at a time.
func (jute) fill(ctx context.Context, server string, nodes int) error {
	const sessions = 8
	return together(sessions, func(i int) error {
		l, err := dial(ctx, server)
		if err != nil {
			return err
		}
		defer l.close(ctx)
		return l.pour(ctx, i, nodes/sessions)
	})
}

// pour makes a session's part of the nodes.
func (l *line) pour(ctx context.Context, session, nodes int) error {
	const window = 256
	for asked, heard := 0, 0; heard < nodes; heard++ {
		if asked-heard < window/2 {
			for ; asked < min(nodes, heard+window); asked++ {
				path := fmt.Sprintf("/fill-%d-%d", session, asked/1000)
				if n := asked % 1000; n > 0 {
					path += fmt.Sprintf("/node-%03d", n)
				}
				if err := l.ask(create(path)); err != nil {
					return err
				}
			}
			if err := l.flush(ctx); err != nil {
				return err
			}
		}
		if err := l.hear(); err != nil {
			return fmt.Errorf("node %d of session %d: %w", heard, session, err)
		}
	}
	return nil
}

func create(path string) *sdk.Op {
	return &sdk.Op{Kind: sdk.OpCreate, Path: path, Data: value, ACL: sdk.OpenACL()}
}

// read implements protocol.
func (jute) read(ctx context.Context, server string) error {
	return once(ctx, server, &sdk.Op{Kind: sdk.OpGetData, Path: "/zookeeper"})
}

// write implements protocol. The root has data like any other node.
func (jute) write(ctx context.Context, server string) error {
	return once(ctx, server, &sdk.Op{Kind: sdk.OpSetData, Path: "/", Data: value, Version: sdk.AnyVersion})
}

// once leaves its session to time out: what is measured does not wait for its end.
func once(ctx context.Context, server string, op *sdk.Op) error {
	l, err := dial(ctx, server)
	if err != nil {
		return err
	}
	defer l.nc.Close()
	return l.do(ctx, op)
}

// leads asks with a four-letter word.
func (jute) leads(ctx context.Context, server string) bool {
	nc, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", server)
	if err != nil {
		return false
	}
	defer nc.Close()
	_ = nc.SetDeadline(time.Now().Add(time.Second))
	_, err = io.WriteString(nc, "srvr")
	answer, failed := io.ReadAll(nc)
	text := string(answer)
	return errors.Join(err, failed) == nil && (strings.Contains(text, "Mode: leader") || strings.Contains(text, "Mode: standalone"))
}
