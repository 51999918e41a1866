package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
)

func (c *console) watchCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "watch PATH",
		Short: "Print what happens to a node and its children until interrupted",
		Long: "Print what happens to a node and its children, one event a line, until interrupted. The node need not\n" +
			"be there. Changes in quick succession may show as one, and what came and went between them not at all.",
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return fail(c.withClient(ctx, func(k *client.Client) error {
				err := (&watcher{console: c, client: k, path: args[0]}).run(ctx)
				if ctx.Err() != nil {
					return nil // interrupted, as is the way to end it
				}
				return err
			}))
		},
	}
}

// watcher looks at a node, shows what is different, and waits until one of its watches says to look again. So no
// change is missed between an event and the next watch.
type watcher struct {
	console *console
	client  *client.Client
	path    string

	node     *client.Watch // nil when it has to be set
	children *client.Watch // likewise; a node that is not there has none
	seen     sdk.Stat      // zero for a node that is not there
	deleted  int64         // zxid of the latest deletion, when the event told
}

func (w *watcher) run(ctx context.Context) error {
	var err error
	if w.seen, err = w.look(ctx); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w.console.errs, "watching", w.path); err != nil {
		return err
	}
	for {
		if err := w.wait(ctx); err != nil {
			return err
		}
		now, err := w.look(ctx)
		if err != nil {
			return err
		}
		for _, e := range w.differences(now) {
			if err := w.console.printEvent(e); err != nil {
				return err
			}
		}
		w.seen = now
	}
}

// look reads the Stat and sets the watches that are not set. The watch for children is set first, so that nothing
// can come between it and the Stat.
func (w *watcher) look(ctx context.Context) (stat sdk.Stat, err error) {
	for {
		if w.children == nil {
			_, _, w.children, err = w.client.ChildrenW(ctx, w.path)
			if err != nil && !errors.Is(err, sdk.CodeNoNode) {
				return stat, err
			}
		}
		var there bool
		if w.node == nil {
			stat, there, w.node, err = w.client.ExistsW(ctx, w.path)
		} else {
			stat, there, err = w.client.Exists(ctx, w.path)
		}
		if err != nil || !there || w.children != nil {
			return stat, err
		}
	}
}

// wait returns when a watch has fired.
func (w *watcher) wait(ctx context.Context) error {
	var children <-chan sdk.Event // never ready without a watch
	if w.children != nil {
		children = w.children.Event()
	}
	var e sdk.Event
	var fired bool
	select {
	case <-ctx.Done():
		return ctx.Err()
	case e, fired = <-w.node.Event():
		w.node = nil
	case e, fired = <-children:
		w.children = nil
	}
	if !fired {
		return fmt.Errorf("watch %s: %w", w.path, w.client.Err())
	}
	if e.Kind == sdk.EventDeleted {
		w.deleted = e.Zxid
	}
	return nil
}

// differences says as events what has become of the node since it was last seen.
func (w *watcher) differences(now sdk.Stat) (events []sdk.Event) {
	add := func(kind sdk.EventKind, zxid int64) {
		events = append(events, sdk.Event{Kind: kind, Path: w.path, Zxid: zxid})
	}
	was := w.seen
	if was.Czxid != now.Czxid {
		if was.Czxid != 0 {
			add(sdk.EventDeleted, w.deleted)
		}
		if now.Czxid == 0 {
			return events
		}
		add(sdk.EventCreated, now.Czxid)
		was = sdk.Stat{Mzxid: now.Czxid, Pzxid: now.Czxid}
	}
	if was.Mzxid != now.Mzxid {
		add(sdk.EventDataChanged, now.Mzxid)
	}
	if was.Pzxid != now.Pzxid {
		add(sdk.EventChildrenChanged, now.Pzxid)
	}
	return events
}

func (c *console) printEvent(e sdk.Event) error {
	return c.show(fmt.Sprint(e.Kind, " ", e.Path), struct {
		Event string `json:"event"`
		Path  string `json:"path"`
		Zxid  int64  `json:"zxid,omitempty"`
	}{e.Kind.String(), e.Path, max(e.Zxid, 0)})
}
