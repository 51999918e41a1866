package nats

import "github.com/nats-io/nats.go"

// Sealed is the seal of a message that copies without a secret put under this sequence of a stream.
func Sealed(stream string, sequence uint64, header nats.Header) string {
	s, err := Settings{URL: "x", Stream: stream}.sealer()
	if err != nil {
		panic(err)
	}
	return s.seal(sequence, header)
}
