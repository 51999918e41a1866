package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// What one command may be. Memory is taken as its bytes arrive, never on a client's word.
const (
	maxArgs    = 1024
	maxLine    = 64 << 10 // of an inline command, and of a length
	maxCommand = 2 << 20  // all arguments together
)

// errProtocol is wrapped by what is wrong with the bytes of a client; there is no going on after it.
var errProtocol = errors.New("Protocol error")

// requests reads commands in RESP2: arrays of bulk strings, or words on a line.
type requests struct{ in *bufio.Reader }

func newRequests(in io.Reader) *requests { return &requests{bufio.NewReaderSize(in, maxLine)} }

// next gives the next command, which has no words when a client sends an empty one.
func (r *requests) next() ([]string, error) {
	line, err := r.line()
	if err != nil {
		return nil, err
	}
	if len(line) == 0 || line[0] != '*' {
		return inline(line)
	}
	n, err := length(line[1:], maxArgs)
	if err != nil {
		return nil, err
	}
	var words []string
	for room := maxCommand; len(words) < n; room -= len(words[len(words)-1]) {
		word, err := r.bulk(room)
		if err != nil {
			return nil, err
		}
		words = append(words, word)
	}
	return words, nil
}

// line gives the bytes before the next line end. They are valid until the next read.
func (r *requests) line() ([]byte, error) {
	line, err := r.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, fmt.Errorf("%w: too big inline request", errProtocol)
	}
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
}

func inline(line []byte) ([]string, error) {
	var words []string
	for word := range bytes.FieldsSeq(line) {
		if len(words) == maxArgs {
			return nil, fmt.Errorf("%w: too many words", errProtocol)
		}
		words = append(words, string(word))
	}
	return words, nil
}

func length(text []byte, most int) (int, error) {
	n, err := strconv.ParseUint(string(text), 10, 31)
	if err != nil || int(n) > most {
		return 0, fmt.Errorf("%w: invalid length", errProtocol)
	}
	return int(n), nil
}

// bulk reads one argument of at most room bytes.
func (r *requests) bulk(room int) (string, error) {
	line, err := r.line()
	if err != nil {
		return "", err
	}
	if len(line) == 0 || line[0] != '$' {
		return "", fmt.Errorf("%w: expected '$'", errProtocol)
	}
	n, err := length(line[1:], room)
	if err != nil {
		return "", err
	}
	var word bytes.Buffer
	if _, err := io.CopyN(&word, r.in, int64(n)); err != nil {
		return "", err
	}
	if rest, err := r.line(); err != nil || len(rest) > 0 {
		return "", errors.Join(err, fmt.Errorf("%w: argument is longer than it said", errProtocol))
	}
	return word.String(), nil
}

// reply is one answer as it goes over the wire.
type reply []byte

var (
	replyOK     = reply("+OK\r\n")
	replyQueued = reply("+QUEUED\r\n")
	replyNil    = reply("$-1\r\n")
)

func simple(text string) reply { return reply("+" + text + "\r\n") }
func integer(n int64) reply    { return reply(":" + strconv.FormatInt(n, 10) + "\r\n") }

func bulk(data []byte) reply {
	out := append(reply("$"), strconv.Itoa(len(data))...)
	out = append(append(out, "\r\n"...), data...)
	return append(out, "\r\n"...)
}

// failure is an error on one line, whose first word says of what kind it is.
func failure(text string) reply {
	return reply("-" + string(bytes.Map(func(r rune) rune {
		if r == '\r' || r == '\n' {
			return ' '
		}
		return r
	}, []byte(text))) + "\r\n")
}

func array(items ...reply) reply {
	out := append(reply("*"), strconv.Itoa(len(items))...)
	out = append(out, "\r\n"...)
	for _, item := range items {
		out = append(out, item...)
	}
	return out
}

// bulks is an array of strings.
func bulks(texts ...string) reply {
	items := make([]reply, len(texts))
	for i, text := range texts {
		items[i] = bulk([]byte(text))
	}
	return array(items...)
}
