package nats

import (
	"testing"

	"github.com/grove-coordination/grove/sdk"
)

// FuzzParseRequest: what is taken names a node and has one data at most.
func FuzzParseRequest(f *testing.F) {
	for _, body := range []string{`{"path":"/a"}`, `{"path":"/a","data":"x","version":3,"create":true}`, `{"path":"/a","data_base64":"/w=="}`, "", "{"} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		q, err := parseRequest(body)
		if err == nil && (sdk.ValidatePath(q.Path) != nil || q.Data != nil && q.Base64 != nil) {
			t.Errorf("%q is taken as %+v", body, q)
		}
	})
}
