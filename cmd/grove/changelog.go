package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/grove-coordination/grove/cmd/internal/rehearse"
)

// logLimit bounds what is read of a change log.
const logLimit = 1 << 30

// changeLog reads what the change log of the server at --admin holds after a zxid; of all there is when that is below 0.
func (c *console) changeLog(ctx context.Context, from int64) ([]rehearse.Transaction, error) {
	if from < 0 {
		var status struct{ Floor int64 }
		if err := fetchAdmin(ctx, c.admin, "/status", &status); err != nil {
			return nil, err
		}
		from = status.Floor
	}
	url := fmt.Sprintf("http://%s/feed?from=%d", c.admin, from)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	if err := c.identify(req); err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		return rehearse.ReadLog(io.LimitReader(resp.Body, logLimit))
	case http.StatusUnauthorized:
		return nil, fmt.Errorf("%s: it takes --auth with an identity of auth.super", url)
	case http.StatusGone:
		return nil, fmt.Errorf("%s: the log does not reach back so far", url)
	}
	return nil, fmt.Errorf("%s: %s", url, resp.Status)
}

// identify gives a request the identity of --auth.
func (c *console) identify(req *http.Request) error {
	credentials, err := c.credentials()
	if err != nil {
		return err
	}
	for _, credential := range credentials {
		user, password, _ := strings.Cut(string(credential.Secret), ":")
		req.SetBasicAuth(user, password)
	}
	return nil
}
