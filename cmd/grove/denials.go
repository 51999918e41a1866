package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/grove-coordination/grove/sdk"
	"github.com/grove-coordination/grove/sdk/client"
)

// adminLimit bounds what is read of an answer, whoever gives it.
const adminLimit = 16 << 20

// explainTimeout is how long a command may wait for words about what it knows already.
const explainTimeout = 2 * time.Second

// fetchDenials asks the server whose admin address is given for the writes it refused, the newest last.
func fetchDenials(ctx context.Context, admin string) ([]sdk.Denial, error) {
	denials := []sdk.Denial{}
	err := fetchAdmin(ctx, admin, "/validators/denials", &denials)
	return denials, err
}

// fetchAdmin reads the JSON at a path of a server's admin address.
func fetchAdmin(ctx context.Context, admin, path string, into any) error {
	url := "http://" + admin + path
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, resp.Status)
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, adminLimit)).Decode(into); err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	return nil
}

// refusal is a failed write with the reason for it.
type refusal struct {
	err    error // ends in the words of its code
	code   sdk.Code
	denial sdk.Denial
}

func (r *refusal) Error() string {
	by := "refused by " + r.denial.Validator
	if r.denial.Path == sdk.JoinPath(rulesRoot, r.denial.Validator) {
		by = "refused" // a rule, by the server itself
	}
	return strings.TrimSuffix(r.err.Error(), r.code.Error()) + by + ": " + r.denial.Reason
}

func (r *refusal) Unwrap() error { return r.err }

// explain puts the reason into the error of a write that was refused. ZooKeeper's protocol has no room for it, so the
// server is asked where it lists refusals; when that cannot be reached, err is all there is to say.
func (c *console) explain(ctx context.Context, k *client.Client, err error) error {
	code, ok := errors.AsType[sdk.Code](err)
	if !ok || code != sdk.CodeBadArguments && code != sdk.CodeNoAuth {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, explainTimeout)
	defer cancel()
	denials, _ := fetchDenials(ctx, c.admin)
	for _, d := range slices.Backward(denials) {
		if d.Session == k.SessionID() {
			return &refusal{err: err, code: code, denial: d}
		}
	}
	return err
}
