package zookeeper

import (
	"encoding/binary"
	"net"

	"github.com/grove-coordination/grove/sdk/wire"
)

// maxGreeting is the longest first frame of a client, in bytes; a handshake has 45.
const maxGreeting = 8 << 10

// source is what a connection is read from. It looks at the length of the first frame, so that thousands who begin a
// long one and never end it are told from clients at once, and hold nothing. The reader alone uses it.
type source struct {
	socket net.Conn
	head   [4]byte // the length of the first frame
	have   int     // bytes of it
	err    error   // why nothing more is read
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.socket.Read(p)
	if s.have < len(s.head) {
		s.look(p[:n])
	}
	return n, err
}

// look has the next Read fail when the first frame is too long for a handshake.
func (s *source) look(p []byte) {
	s.have += copy(s.head[s.have:], p)
	if length := int32(binary.BigEndian.Uint32(s.head[:])); s.have == len(s.head) && (length < 0 || length > maxGreeting) {
		s.err = &wire.FrameError{Length: length, Limit: maxGreeting}
	}
}
