package main

// maxDepth is how deeply JSON may be nested. Deeper would be well-formed too, but nothing means it.
const maxDepth = 1000

// isJSON reports whether data is one well-formed JSON value (RFC 8259). The standard library's json.Valid says the
// same, but takes five times the fuel.
func isJSON(data []byte) bool {
	s := scanner{data: data}
	return s.value(0) && s.space() == 0 && s.at == len(s.data)
}

// scanner goes over the data once. Its methods return false when what they look for is not there.
type scanner struct {
	data []byte
	at   int
}

// space skips white space and tells what comes next, 0 at the end.
func (s *scanner) space() byte {
	for s.at < len(s.data) {
		switch b := s.data[s.at]; b {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return b
		}
	}
	return 0
}

// peek tells the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.data) {
		return s.data[s.at]
	}
	return 0
}

func (s *scanner) value(depth int) bool {
	switch b := s.space(); {
	case b == '"':
		return s.text()
	case b == '{':
		return depth < maxDepth && s.list('}', depth+1, s.member)
	case b == '[':
		return depth < maxDepth && s.list(']', depth+1, s.value)
	case b == 't':
		return s.word("true")
	case b == 'f':
		return s.word("false")
	case b == 'n':
		return s.word("null")
	}
	return s.number()
}

// list goes over entries, separated by commas, to the closing bracket.
func (s *scanner) list(closing byte, depth int, entry func(depth int) bool) bool {
	s.at++
	if s.space() == closing {
		s.at++
		return true
	}
	for entry(depth) {
		switch s.space() {
		case ',':
			s.at++
		case closing:
			s.at++
			return true
		default:
			return false
		}
	}
	return false
}

func (s *scanner) member(depth int) bool {
	if s.space() != '"' || !s.text() || s.space() != ':' {
		return false
	}
	s.at++
	return s.value(depth)
}

func (s *scanner) word(word string) bool {
	if len(s.data)-s.at < len(word) || string(s.data[s.at:s.at+len(word)]) != word {
		return false
	}
	s.at += len(word)
	return true
}

// text goes over a string, from its opening quote.
func (s *scanner) text() bool {
	data, at := s.data, s.at+1
	for at < len(data) {
		switch b := data[at]; {
		case b == '"':
			s.at = at + 1
			return true
		case b < ' ':
			return false
		case b == '\\':
			length := escape(data[at+1:])
			if length == 0 {
				return false
			}
			at += length
		}
		at++
	}
	return false
}

// escape is the length of what follows a backslash, 0 when that is no escape.
func escape(rest []byte) int {
	if len(rest) == 0 {
		return 0
	}
	switch rest[0] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 1
	case 'u':
		if len(rest) >= 5 && isHex(rest[1]) && isHex(rest[2]) && isHex(rest[3]) && isHex(rest[4]) {
			return 5
		}
	}
	return 0
}

func isHex(b byte) bool {
	return isDigit(b) || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'
}

func (s *scanner) number() bool {
	if s.peek() == '-' {
		s.at++
	}
	if s.peek() == '0' {
		s.at++
	} else if !s.digits() {
		return false
	}
	if s.peek() == '.' {
		s.at++
		if !s.digits() {
			return false
		}
	}
	if b := s.peek(); b == 'e' || b == 'E' {
		s.at++
		if b := s.peek(); b == '+' || b == '-' {
			s.at++
		}
		return s.digits()
	}
	return true
}

// digits goes over one digit at least.
func (s *scanner) digits() bool {
	start := s.at
	for isDigit(s.peek()) {
		s.at++
	}
	return s.at > start
}
