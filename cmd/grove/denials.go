package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/grove-coordination/grove/sdk"
)

// adminLimit bounds what is read of an answer, whoever gives it.
const adminLimit = 16 << 20

// fetchDenials asks the server whose admin address is given for the writes it refused, the newest last.
func fetchDenials(ctx context.Context, admin string) ([]sdk.Denial, error) {
	url := "http://" + admin + "/validators/denials"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, resp.Status)
	}
	denials := []sdk.Denial{}
	if err := json.NewDecoder(io.LimitReader(resp.Body, adminLimit)).Decode(&denials); err != nil {
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	return denials, nil
}
