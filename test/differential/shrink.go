package differential

import (
	"slices"
	"time"
)

// Shrink makes a sequence that differs shorter and its requests plainer, as long as it still differs. differs plays a
// sequence; it is called until the deadline at most.
func Shrink(steps []Step, deadline time.Time, differs func([]Step) bool) []Step {
	test := func(candidate []Step) bool { return time.Now().Before(deadline) && differs(candidate) }
	for {
		before := len(steps)
		steps = minimise(steps, test)
		if len(steps) == before {
			break
		}
	}
	for i := range steps {
		steps = shrinkWords(steps, i, test)
	}
	return minimise(steps, test)
}

// minimise removes what can be taken away from list in one piece, in pieces of half its length first and single elements
// last (delta debugging).
func minimise[T any](list []T, test func([]T) bool) []T {
	for size := (len(list) + 1) / 2; size > 0; size /= 2 {
		for at := 0; at < len(list); {
			end := min(at+size, len(list))
			candidate := slices.Delete(slices.Clone(list), at, end)
			if test(candidate) {
				list = candidate
				continue
			}
			at = end
		}
		if size == 1 {
			break
		}
	}
	return list
}

// shrinkWords drops words of request i behind its name, moves it to the first connection, and shortens what is long.
func shrinkWords(steps []Step, i int, test func([]Step) bool) []Step {
	with := func(s Step) []Step {
		out := slices.Clone(steps)
		out[i] = s
		return out
	}
	try := func(change func(*Step)) {
		s := steps[i]
		s.Words = slices.Clone(s.Words)
		change(&s)
		if candidate := with(s); test(candidate) {
			steps = candidate
		}
	}
	try(func(s *Step) { s.Conn = 0 })
	try(func(s *Step) { s.Pause = 0 })
	try(func(s *Step) { s.Follow = nil })
	name := steps[i].Words[0]
	rest := minimise(steps[i].Words[1:], func(rest [][]byte) bool {
		s := steps[i]
		s.Words = append([][]byte{name}, rest...)
		return test(with(s))
	})
	steps[i].Words = append([][]byte{name}, rest...)
	for w := 1; w < len(steps[i].Words); w++ {
		for len(steps[i].Words[w]) > 16 {
			before := len(steps[i].Words[w])
			try(func(s *Step) { s.Words[w] = s.Words[w][:before/2] })
			if len(steps[i].Words[w]) == before {
				break
			}
		}
	}
	return steps
}
