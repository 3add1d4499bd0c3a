package key

import (
	"bytes"
	"slices"

	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
)

// element is one element being sorted, with its weight: a number, or with ALPHA a text.
type element struct {
	text   []byte
	score  float64
	weight []byte
	// weighted: there is a weight; with ALPHA, elements without one come first.
	weighted bool
}

// texts copies short byte strings into shared blocks.
type texts struct{ block []byte }

// textBlock is the size of a block; longer strings get one of their own.
const textBlock = 64 << 10

func (t *texts) add(s []byte) []byte {
	if len(s) > cap(t.block)-len(t.block) {
		if len(s) > textBlock/4 {
			return bytes.Clone(s)
		}
		t.block = make([]byte, 0, textBlock)
	}
	at := len(t.block)
	t.block = append(t.block, s...)
	return t.block[at:len(t.block):len(t.block)]
}

func sortable(ent keyspace.Entry) bool {
	switch ent.Kind() {
	case keyspace.KindList, keyspace.KindSet, keyspace.KindZSet:
		return true
	}
	return false
}

// order returns the elements of ent that LIMIT leaves, in order; ok is false when a weight is not a number.
func (o *sortOptions) order(c *engine.Call, ent keyspace.Entry) (elements []element, ok bool) {
	if o.unsorted && ent.Kind() == keyspace.KindSet && (o.store != nil || c.FromScript()) {
		// A set has no order that a replica could share, so what is stored is sorted all the same.
		o.unsorted, o.alpha, o.by = false, true, nil
	}
	if o.unsorted {
		return o.asTheyAre(ent), true
	}
	var copies texts
	elements = collect(ent, &copies)
	if !o.weigh(c, elements, &copies) {
		return nil, false
	}
	from, to := o.window(len(elements))
	window := make([]element, 0, to-from)
	for _, e := range o.first(elements, to)[from:] {
		window = append(window, *e)
	}
	return window, true
}

// first returns the first n elements in order. The better half of at most 2n candidates is kept from time to time, so few
// of many cost little more than one comparison for each element. Pointers are sorted, as an element has many words to
// move and to pass.
func (o *sortOptions) first(elements []element, n int) []*element {
	if n == 0 {
		return nil
	}
	candidates := make([]*element, 0, min(2*n, len(elements)))
	var last *element // the n-th of those that have been sorted
	for i := range elements {
		e := &elements[i]
		if last != nil && o.compare(e, last) >= 0 {
			continue
		}
		if candidates = append(candidates, e); len(candidates) == 2*n {
			slices.SortFunc(candidates, o.compare)
			candidates, last = candidates[:n], candidates[n-1]
		}
	}
	slices.SortFunc(candidates, o.compare)
	return candidates[:n]
}

// asTheyAre returns the window in the value's own order; DESC turns that of lists and sorted sets around.
func (o *sortOptions) asTheyAre(ent keyspace.Entry) []element {
	var copies texts
	switch ent.Kind() {
	case keyspace.KindList:
		list := ent.List()
		n := list.Len()
		from, to := o.window(n)
		out := make([]element, 0, to-from)
		add := func(_ int, v listpack.Value) bool {
			if len(out) < to-from {
				out = append(out, elementOf(v, &copies))
			}
			return len(out) < to-from
		}
		if o.descending {
			list.Descend(n-1-from, add)
		} else {
			list.Ascend(from, add)
		}
		return out
	case keyspace.KindZSet:
		n := ent.ZSet().Len()
		from, to := o.window(n)
		out := make([]element, 0, to-from)
		if o.descending {
			from, to = n-to, n-from
		}
		ent.ZSet().Each(from, to, o.descending, func(v listpack.Value, _ float64) bool {
			out = append(out, elementOf(v, &copies))
			return true
		})
		return out
	}
	out := collect(ent, &copies)
	from, to := o.window(len(out))
	return out[from:to]
}

func elementOf(v listpack.Value, copies *texts) element {
	var scratch [20]byte
	return element{text: copies.add(engine.ValueText(v, &scratch))}
}

// collect copies all elements: looking up weights may change the keyspace.
func collect(ent keyspace.Entry, copies *texts) []element {
	var out []element
	switch ent.Kind() {
	case keyspace.KindList:
		out = make([]element, 0, ent.List().Len())
		ent.List().Ascend(0, func(_ int, v listpack.Value) bool {
			out = append(out, elementOf(v, copies))
			return true
		})
	case keyspace.KindSet:
		out = make([]element, 0, ent.Set().Len())
		ent.Set().Each(func(v listpack.Value) bool {
			out = append(out, elementOf(v, copies))
			return true
		})
	case keyspace.KindZSet:
		n := ent.ZSet().Len()
		out = make([]element, 0, n)
		ent.ZSet().Each(0, n, false, func(v listpack.Value, _ float64) bool {
			out = append(out, elementOf(v, copies))
			return true
		})
	}
	return out
}

// weigh finds the weight of every element; false when one is not a number although numbers are compared.
func (o *sortOptions) weigh(c *engine.Call, elements []element, copies *texts) bool {
	numbers := true
	var scratch [20]byte
	for i := range elements {
		e := &elements[i]
		weight := e.text
		if o.by != nil {
			var found bool
			if weight, found = o.by.lookup(c, e.text, &scratch); !found {
				continue // as a number 0, as a text before all others
			}
		}
		e.weighted = true
		switch {
		case !o.alpha:
			var ok bool
			e.score, ok = weightNumber(weight)
			numbers = numbers && ok
		case o.by != nil:
			e.weight = copies.add(weight)
		default:
			e.weight = weight
		}
	}
	return numbers
}

// weightNumber reads a weight as C's strtod does: it ends at a zero byte, space in front is skipped, and the empty text is 0.
func weightNumber(text []byte) (float64, bool) {
	text, _, _ = bytes.Cut(text, []byte{0})
	if len(text) == 0 {
		return 0, true
	}
	return engine.ParseFloat(bytes.TrimLeft(text, " \t\n\v\f\r"))
}

func (o *sortOptions) compare(a, b *element) int {
	order := 0
	switch {
	case !o.alpha:
		switch {
		case a.score < b.score:
			order = -1
		case a.score > b.score:
			order = 1
		default:
			order = bytes.Compare(a.text, b.text) // equal numbers have a fixed order too
		}
	case a.weighted != b.weighted:
		order = 1
		if b.weighted {
			order = -1
		}
	default:
		order = bytes.Compare(a.weight, b.weight)
	}
	if o.descending {
		return -order
	}
	return order
}
