package zookeeper

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// CertificateFiles reads a certificate chain and its key, both PEM, and returns what gives it to each handshake: for
// tls.Config.GetCertificate. When the files have changed they are read again; as long as that fails, as between the
// writing of the one and the other, the last good pair goes on, and the log says why. The error is that of the first
// reading.
func CertificateFiles(certFile, keyFile string, log *slog.Logger) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	f := &certificateFiles{certFile: certFile, keyFile: keyFile, log: log.With("room", "adapters/zookeeper")}
	if err := f.refresh(); err != nil {
		return nil, err
	}
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return f.current(), nil }, nil
}

type certificateFiles struct {
	certFile, keyFile string
	log               *slog.Logger

	mu   sync.Mutex // guards all below
	pair *tls.Certificate
	seen [2]stamp // of the files as they were last read, well or not
}

// stamp tells one state of a file from another.
type stamp struct {
	changed time.Time
	size    int64
}

func (f *certificateFiles) current() *tls.Certificate {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.refresh(); err != nil {
		f.log.Warn("certificate not renewed, the last one goes on", "err", err)
	}
	return f.pair
}

// refresh reads the files unless they are as they were. One state is complained about once.
func (f *certificateFiles) refresh() error {
	var now [2]stamp
	for i, name := range []string{f.certFile, f.keyFile} {
		if info, err := os.Stat(name); err == nil {
			now[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	if f.pair != nil && now == f.seen {
		return nil
	}
	f.seen = now
	pair, err := tls.LoadX509KeyPair(f.certFile, f.keyFile)
	if err != nil {
		return fmt.Errorf("certificate %s, key %s: %w", f.certFile, f.keyFile, err)
	}
	f.pair = &pair
	return nil
}
