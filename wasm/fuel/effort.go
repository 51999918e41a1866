package fuel

// What an engine's compiler is going to do, told from the code before it begins: it has no limit of its own, and cannot
// be stopped. In most programs its work grows with their length. But where ways part or join it looks at every value
// that is alive there and, for each such place, at the others: a few KiB of the right code would keep it busy for hours.
const (
	maxPlaces = 12_000      // in a function where ways part or join
	maxSquare = 100_000_000 // the squares of the places of each function, all together
	maxWide   = 1_500_000   // values alive at places, those beyond usual counted, all together
	usual     = 64          // values alive at a place
	perTarget = 8           // labels of a br_table that are as much work as a place
)

// effort counts the places of a function.
type effort struct{ places, targets, wide int }

// place is one where ways part or join.
func (b *body) place() {
	b.effort.places++
	b.effort.wide += max(b.locals+b.stack.height-usual, 0)
}

// weigh adds the function to what the module takes.
func (b *body) weigh() {
	places := b.effort.places + b.effort.targets/perTarget
	b.w.square += places * places
	b.w.wide += b.effort.wide
	switch {
	case places > maxPlaces || b.w.square > maxSquare:
		b.fail("takes too long to compile: too many blocks and branches in a function")
	case b.w.wide > maxWide:
		b.fail("takes too long to compile: too many locals and values alive in a function with branches")
	}
}
