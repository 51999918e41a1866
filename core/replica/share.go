package replica

// share says how much of a queue of bytes came by one way, others having added to it before and behind. Its owner locks.
type share struct {
	size int
	runs []run // oldest first
}

// run is a stretch of such bytes. Its end counts all bytes that were ever added to the queue, up to its last.
type run struct{ end, size int }

// add notes the bytes that were added last, up to end.
func (s *share) add(end, size int) {
	s.size += size
	if last := len(s.runs) - 1; last >= 0 && s.runs[last].end == end-size {
		s.runs[last] = run{end, s.runs[last].size + size}
		return
	}
	s.runs = append(s.runs, run{end, size})
}

// take notes that the queue was taken up to the byte until.
func (s *share) take(until int) {
	for len(s.runs) > 0 {
		first := &s.runs[0]
		gone := min(until, first.end) - (first.end - first.size)
		if gone <= 0 {
			return
		}
		s.size -= gone
		if first.size -= gone; first.size > 0 {
			return
		}
		s.runs = s.runs[1:]
	}
}
