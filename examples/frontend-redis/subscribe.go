package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/grove-coordination/grove/sdk"
)

const (
	keyspace = "__keyspace@0__:" // Redis' own name for the channel of a key's changes
	maxSubs  = 1000              // of one client
)

// subscriptions are what a client listens to. The feed begins with the first of them.
type subscriptions struct {
	channels, patterns []string
	news               chan news // nil before the first
	stop               func()    // ends the follower; nil before the first
}

// news is what the feed gave, or why it gives no more.
type news struct {
	txns []sdk.Transaction
	err  error
}

func (s *subscriptions) any() bool { return len(s.channels)+len(s.patterns) > 0 }

func (s *subscriptions) close() {
	if s.stop != nil {
		s.stop()
	}
}

// subscribe is SUBSCRIBE and its three relatives. Each channel is answered on its own.
func (c *client) subscribe(ctx context.Context, name string, names []string) (reply, error) {
	list := &c.subs.channels
	if name[0] == 'P' {
		list = &c.subs.patterns
	}
	begin := name == "SUBSCRIBE" || name == "PSUBSCRIBE"
	switch {
	case begin && len(names) == 0:
		return nil, wrongNumber(name)
	case begin:
		if err := c.admit(ctx, names); err != nil {
			return nil, err
		}
	case len(names) == 0:
		names = slices.Clone(*list)
	}
	var out reply
	for _, one := range names {
		*list = slices.DeleteFunc(*list, func(had string) bool { return had == one })
		if begin {
			*list = append(*list, one)
		}
		out = append(out, c.counted(name, bulk([]byte(one)))...)
	}
	if len(names) == 0 {
		out = c.counted(name, replyNil)
	}
	return out, nil
}

func (c *client) counted(name string, channel reply) reply {
	count := integer(int64(len(c.subs.channels) + len(c.subs.patterns)))
	return array(bulk([]byte(strings.ToLower(name))), channel, count)
}

// admit refuses channels that nothing will ever come on, and begins the feed.
func (c *client) admit(ctx context.Context, names []string) error {
	for _, name := range names {
		if name != "*" && !strings.HasPrefix(name, keyspace) {
			return refusal("ERR channels are " + keyspace + "<key>")
		}
	}
	if len(c.subs.channels)+len(c.subs.patterns)+len(names) > maxSubs {
		return refusal(fmt.Sprintf("ERR more than %d subscriptions", maxSubs))
	}
	if c.subs.news != nil {
		return nil
	}
	return c.follow(ctx)
}

// follow begins the feed with what is committed from now on.
func (c *client) follow(ctx context.Context) error {
	status, err := c.host.Status(ctx)
	if err != nil {
		return refusal("ERR " + err.Error())
	}
	feed, err := c.host.Follow(ctx, sdk.Following{From: status.Zxid})
	if err != nil {
		return refusal("ERR " + err.Error())
	}
	ctx, cancel := context.WithCancel(ctx)
	c.subs.news = make(chan news)
	ended := make(chan struct{})
	c.subs.stop = func() { cancel(); <-ended }
	go func() { // ended by stop, or by the feed
		defer close(ended)
		defer feed.Close()
		pump(ctx, feed, c.subs.news)
	}()
	return nil
}

// pump hands on what the feed gives, until it fails or ctx ends. While the client does not read, the feed waits; a
// feed that can wait no longer says so, and the connection ends: nothing is left out in silence.
func pump(ctx context.Context, feed sdk.Feed, to chan<- news) {
	for {
		txns := make([]sdk.Transaction, 16)
		n, err := feed.Next(ctx, txns)
		select {
		case to <- news{txns[:n], err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// notify tells what has changed to those who listen.
func (c *client) notify(n news) error {
	for _, txn := range n.txns {
		for _, change := range txn.Changes {
			key, ok := c.keys.key(change.Path)
			word := happened(change)
			if !ok || word == "" {
				continue
			}
			if err := c.publish(keyspace+key, word); err != nil {
				return err
			}
		}
	}
	return n.err
}

// happened is Redis' word for a change. A node that has lost its data is no key any more.
func happened(change sdk.Change) string {
	switch {
	case change.Kind == sdk.ACLChanged || change.Kind == sdk.Created && change.Data == nil:
		return ""
	case change.Kind == sdk.Deleted || change.Data == nil:
		return "del"
	}
	return "set"
}

func (c *client) publish(channel, message string) error {
	if slices.Contains(c.subs.channels, channel) {
		if err := c.say(bulks("message", channel, message)); err != nil {
			return err
		}
	}
	for _, pattern := range c.subs.patterns {
		if match(pattern, channel) {
			if err := c.say(bulks("pmessage", pattern, channel, message)); err != nil {
				return err
			}
		}
	}
	return nil
}
