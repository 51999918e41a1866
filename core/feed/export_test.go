package feed

// Bytes is what the transactions take, as Limits.Bytes measures it.
func (w *Window) Bytes() int64 { return w.bytes }

// Len is the number of transactions kept.
func (w *Window) Len() int { return w.kept.count }
