package replica

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// What members, and nodes that want to be some, ask each other: one question and one answer on a stream of its own.
//
//	question  version, 1 byte: 2; kind, 1 byte; cluster of who asks, 8 bytes, big endian, 0 for none yet;
//	          index of the configuration that it rests on, 8 bytes, big endian, 0 for any;
//	          length of an id, 1 byte; the id; length of an address, 1 byte; the address
//	answer    kind, 1 byte; value, 8 bytes, big endian; length of a text, 1 byte; the text
const askVersion = 2

// Kinds of questions.
const (
	askJoin     = 1  // let me in as an observer; answered with the cluster
	askAdd      = 2  // add an observer; answered, as the next two, with the index of the configuration that is then
	askPromote  = 3  // give an observer a vote
	askRemove   = 4  // remove a member
	askProgress = 5  // how far is your log? Answered with the last index, by the node of this id, or any when there is none, if it does not stand aside
	askShort    = 6  // my disk is short of space; whose else? Answered with 1 when that of anybody with a vote is, else 0
	askRoomy    = 7  // mine is not; whose is? Answered as askShort
	askStanding = 8  // is the node of this id a member? Answered with 1 and the address at which it is sought, or with 0
	askReturn   = 9  // I am a member and have nothing: let me in without a vote; answered with the leader's term
	askPast     = 10 // have you a log, or a vote, to lose? Answered with 1 or 0 by the node of this id
)

// Kinds of answers.
const (
	saidDone      = 1
	saidRefused   = 2 // the text says why
	saidElsewhere = 3 // ask the leader, at the address in the text
)

type question struct {
	kind    byte
	cluster clusterID
	after   uint64
	member  Member // without its role
}

type answer struct {
	kind  byte
	value uint64
	text  string
}

func refused(format string, args ...any) answer {
	return answer{kind: saidRefused, text: fmt.Sprintf(format, args...)}
}

// err is nil when the answer is what was wanted.
func (a answer) err() error {
	switch a.kind {
	case saidDone:
		return nil
	case saidElsewhere:
		return ErrNoLeader
	}
	if strings.HasPrefix(a.text, otherCluster) {
		return fmt.Errorf("%w: %s", ErrForeign, a.text)
	}
	for _, why := range []error{errBehind, ErrChanged, ErrNoMajority} {
		if detail, ok := strings.CutPrefix(a.text, why.Error()); ok {
			return fmt.Errorf("%w%s", why, detail)
		}
	}
	return fmt.Errorf("%w: %s", ErrRefused, a.text)
}

func appendQuestion(dst []byte, q question) []byte {
	dst = binary.BigEndian.AppendUint64(append(dst, askVersion, q.kind), uint64(q.cluster))
	dst = binary.BigEndian.AppendUint64(dst, q.after)
	return appendShort(appendShort(dst, q.member.ID), q.member.Addr)
}

func readQuestion(r io.Reader) (q question, err error) {
	var head [18]byte
	if _, err := io.ReadFull(r, head[:1]); err != nil {
		return q, err
	}
	if head[0] != askVersion { // the rest of it may be of another length
		return q, fmt.Errorf("question version %d is not known", head[0])
	}
	if _, err := io.ReadFull(r, head[1:]); err != nil {
		return q, err
	}
	q.kind, q.cluster = head[1], clusterID(binary.BigEndian.Uint64(head[2:]))
	q.after = binary.BigEndian.Uint64(head[10:])
	if q.member.ID, err = readShort(r); err != nil {
		return q, err
	}
	q.member.Addr, err = readShort(r)
	return q, err
}

func appendAnswer(dst []byte, a answer) []byte {
	return appendShort(binary.BigEndian.AppendUint64(append(dst, a.kind), a.value), a.text)
}

func readAnswer(r io.Reader) (a answer, err error) {
	var head [9]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return a, err
	}
	a.kind, a.value = head[0], binary.BigEndian.Uint64(head[1:])
	a.text, err = readShort(r)
	return a, err
}

// appendShort appends a text, its first 255 bytes, behind their number.
func appendShort(dst []byte, text string) []byte {
	text = text[:min(len(text), 255)]
	return append(append(dst, byte(len(text))), text...)
}

func readShort(r io.Reader) (string, error) {
	var length [1]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return "", err
	}
	text := make([]byte, length[0])
	_, err := io.ReadFull(r, text)
	return string(text), err
}

// askTime bounds a question, and what is done for it at the other end.
const askTime = 10 * time.Second

// ask puts a question to the node at addr.
func (p *port) ask(ctx context.Context, addr string, q question) (a answer, err error) {
	conn, err := p.dial(ctx, streamAsk, addr, greetTime)
	if err != nil {
		return a, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := conn.SetDeadline(time.Now().Add(askTime)); err != nil {
		return a, err
	}
	if _, err := conn.Write(appendQuestion(nil, q)); err != nil {
		return a, fmt.Errorf("ask %s: %w", addr, err)
	}
	if a, err = readAnswer(conn); err != nil {
		return a, fmt.Errorf("ask %s: %w", addr, cmp.Or(context.Cause(ctx), err))
	}
	return a, nil
}

// answer serves one question.
func (l *Log) answer(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(greetTime))
	q, err := readQuestion(conn)
	if err != nil {
		l.stranger(conn, err)
		return
	}
	if q.cluster != 0 && q.cluster != l.cluster {
		l.foreign(conn, q.cluster)
	}
	ctx, cancel := context.WithTimeout(l.wheel.ended, askTime)
	defer cancel()
	a := l.reply(ctx, q)
	_ = conn.SetDeadline(time.Now().Add(greetTime))
	_, _ = conn.Write(appendAnswer(nil, a)) // who asked sees the end, and asks again
}
