package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	"github.com/spf13/cobra"

	adapter "github.com/grove-coordination/grove/adapters/nats"
)

// statsSubject asks every copy of the adapter how it is; lastAnswer is how long after one answer the next may come.
const (
	statsSubject = "$SRV.STATS.grove"
	lastAnswer   = 300 * time.Millisecond
)

func (c *console) natsStatusCommand() *cobra.Command {
	var url string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Print how the copies of the NATS adapter are doing, and how far behind they are",
		Args:  takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return fail(c.natsStatus(cmd.Context(), url))
		},
	}
	cmd.Flags().StringVar(&url, "url", nats.DefaultURL, "NATS servers, comma-separated")
	return cmd
}

func (c *console) natsStatus(ctx context.Context, url string) error {
	conn, err := nats.Connect(url, nats.Name("grove nats status"), nats.Timeout(c.timeout))
	if err != nil {
		return fmt.Errorf("connect to %s: %w", url, err)
	}
	defer conn.Close()
	copies, err := askCopies(ctx, conn, c.timeout)
	switch {
	case err != nil:
		return err
	case len(copies) == 0:
		return fmt.Errorf("no adapter answers at %s", conn.ConnectedUrlRedacted())
	case c.json:
		return c.printJSON(copies)
	}
	return c.printCopies(copies)
}

// askCopies collects the answers of all copies, by the node they follow.
func askCopies(ctx context.Context, conn *nats.Conn, wait time.Duration) (copies []adapter.Metrics, err error) {
	inbox := conn.NewRespInbox()
	answers, err := conn.SubscribeSync(inbox)
	if err != nil {
		return nil, fmt.Errorf("ask for the adapter: %w", err)
	}
	if err := conn.PublishRequest(statsSubject, inbox, nil); err != nil {
		return nil, fmt.Errorf("ask for the adapter: %w", err)
	}
	for ; ; wait = lastAnswer {
		ctx, cancel := context.WithTimeout(ctx, wait)
		msg, err := answers.NextMsgWithContext(ctx)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrNoResponders) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("ask for the adapter: %w", err)
		}
		if m, ok := metricsOf(msg.Data); ok {
			copies = append(copies, m)
		}
	}
	slices.SortFunc(copies, func(a, b adapter.Metrics) int { return cmp.Compare(a.Node, b.Node) })
	return copies, nil
}

// metricsOf reads an answer; others may have a service of the same name.
func metricsOf(answer []byte) (m adapter.Metrics, ok bool) {
	var stats micro.Stats
	if err := json.Unmarshal(answer, &stats); err != nil {
		return m, false
	}
	i := slices.IndexFunc(stats.Endpoints, func(e *micro.EndpointStats) bool { return e != nil && e.Name == "status" })
	return m, i >= 0 && json.Unmarshal(stats.Endpoints[i].Data, &m) == nil
}

func (c *console) printCopies(copies []adapter.Metrics) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NODE\tPUBLISHES\tZXID\tLAG\tBEHIND\tMESSAGES\tGAPS\tSKIPPED\tSTRAYS\tNOTE")
	for _, m := range copies {
		fmt.Fprintf(w, "%s\t%t\t%#x\t%d\t%v\t%d\t%d\t%d\t%d\t%s\n", m.Node, m.Publishes, m.Zxid, m.LagZxid,
			time.Duration(m.LagMillis)*time.Millisecond, m.Messages, m.Gaps, m.Skipped, m.Strays, cmp.Or(m.Why, m.KV, "-"))
	}
	return w.Flush()
}
