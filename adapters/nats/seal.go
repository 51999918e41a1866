package nats

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/nats-io/nats.go"
)

const (
	sealKey   = 32 // bytes of the key
	sealBytes = 12 // of the HMAC, which are 16 characters
	sealFile  = "seal"
	minSecret = 16 // bytes
)

// sealer makes seals, and knows them again. A seal is an HMAC of the place that a message tells and of the sequence it
// is stored under: copied to another message, or to the end of the stream, it does not fit. Copies of the adapter that
// share a stream have the same key.
type sealer struct{ key []byte }

// seal returns the seal of a message that is, or is to be, the one with this sequence.
func (s sealer) seal(sequence uint64, header nats.Header) string {
	mac := hmac.New(sha256.New, s.key)
	text := strconv.AppendUint(nil, sequence, 10)
	for _, name := range []string{headerZxid, headerIndex, headerSize, headerKind, headerState} {
		text = append(append(text, 0), header.Get(name)...)
	}
	mac.Write(text)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:sealBytes])
}

// placeOf reads the place of the message with this sequence; ours is false when another has published it.
func (s sealer) placeOf(sequence uint64, header nats.Header) (at place, ours bool) {
	if !hmac.Equal([]byte(header.Get(headerSeal)), []byte(s.seal(sequence, header))) {
		return place{}, false
	}
	at, err := placeOf(header)
	return at, err == nil
}

// sealer has the key of the settings: of the secret, or without one of what everyone knows, which keeps mistakes out but
// not malice; and that of the embedded server's folder, which nobody else can read.
func (s Settings) sealer() (sealer, error) {
	if s.URL == "" && s.JetStream {
		return storedSealer(filepath.Join(s.StoreDir, sealFile))
	}
	var secret []byte
	if s.Secret != "" {
		text, err := os.ReadFile(s.Secret)
		if secret = bytes.TrimSpace(text); err == nil && len(secret) < minSecret {
			err = fmt.Errorf("%s: %d bytes, fewer than %d", s.Secret, len(secret), minSecret)
		}
		if err != nil {
			return sealer{}, fmt.Errorf("secret: %w", err)
		}
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%q %q", s.Stream, secret))
	return sealer{key[:]}, nil
}

// storedSealer has the key that a file keeps, which it makes when it is missing. The caller holds the lock of its folder.
func storedSealer(file string) (sealer, error) {
	key, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		key = make([]byte, sealKey)
		_, _ = rand.Read(key) // which never fails
		err = writeWhole(file, key)
	}
	if err == nil && len(key) != sealKey {
		err = fmt.Errorf("%s: %d bytes, not %d", file, len(key), sealKey)
	}
	if err != nil {
		return sealer{}, fmt.Errorf("store_dir: key of the seals: %w", err)
	}
	return sealer{key}, nil
}

// writeWhole makes a file that has all of data, or none after a crash.
func writeWhole(file string, data []byte) error {
	half, err := os.CreateTemp(filepath.Dir(file), sealFile+"-*") // for nobody else to read
	if err != nil {
		return err
	}
	_, err = half.Write(data)
	err = errors.Join(err, half.Sync(), half.Close())
	if err == nil {
		err = os.Rename(half.Name(), file)
	}
	if err != nil {
		_ = os.Remove(half.Name())
	}
	return err
}
