// Package glob matches text against Redis' glob patterns, the ones of KEYS, SCAN, PSUBSCRIBE and CONFIG GET:
//
//   - any bytes, also none
//     ?        any one byte
//     [abc]    one of these bytes; [^abc] none of them; [a-z] a range, in either order
//     \x       the byte x itself, also within brackets
//
// A pattern is bytes, not characters. Oddities that clients can observe are kept: brackets that are never closed end with
// the pattern, a backslash at the very end stands for itself, a range may have ] as its end, and nothing but the empty
// pattern matches the empty text (KEYS and SCAN treat the pattern * themselves).
//
// Everything between two stars matches one byte of text each, so it is enough to remember the last star and, on a
// mismatch, to let it take one byte more: no recursion, and never more than len(text) x len(pattern) steps. A pattern
// like a*a*a*a*b, which makes a backtracking matcher run for years, costs microseconds.
package glob

// Text is what can be matched without a conversion.
type Text interface{ ~string | ~[]byte }

// Match tells whether the whole text matches the pattern.
func Match[P, T Text](pattern P, text T) bool {
	ok, _ := match(pattern, text, false)
	return ok
}

// MatchFold is Match without regard to the case of ASCII letters. An escaped letter within brackets keeps its case.
func MatchFold[P, T Text](pattern P, text T) bool {
	ok, _ := match(pattern, text, true)
	return ok
}

// match also counts its steps: the bytes of the pattern that it looked at.
func match[P, T Text](pattern P, text T, fold bool) (ok bool, steps int) {
	p, t := 0, 0
	retryPattern, retryText := -1, 0 // where to go on when the last star takes one more byte
	for t < len(text) {
		if p < len(pattern) && pattern[p] == '*' {
			for p < len(pattern) && pattern[p] == '*' {
				p++
				steps++
			}
			if p == len(pattern) {
				return true, steps
			}
			retryPattern, retryText = p, t
			continue
		}
		if p < len(pattern) {
			ok, next := matchOne(pattern, p, text[t], fold)
			steps += next - p
			if ok {
				p, t = next, t+1
				continue
			}
		}
		if retryPattern < 0 {
			return false, steps
		}
		retryText++
		p, t = retryPattern, retryText
	}
	if len(text) == 0 {
		return len(pattern) == 0, steps
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
		steps++
	}
	return p == len(pattern), steps
}

// matchOne compares one byte with the pattern's element at p; next is the offset behind that element.
func matchOne[P Text](pattern P, p int, c byte, fold bool) (ok bool, next int) {
	switch pattern[p] {
	case '?':
		return true, p + 1
	case '[':
		return matchClass(pattern, p+1, c, fold)
	case '\\':
		if p+1 < len(pattern) {
			p++
		}
	}
	return equal(pattern[p], c, fold), p + 1
}

// matchClass compares one byte with the class whose content begins at p; next is the offset behind its bracket.
func matchClass[P Text](pattern P, p int, c byte, fold bool) (ok bool, next int) {
	negated := p < len(pattern) && pattern[p] == '^'
	if negated {
		p++
	}
	for ; p < len(pattern) && pattern[p] != ']'; p++ {
		switch {
		case pattern[p] == '\\' && p+1 < len(pattern):
			p++
			ok = ok || pattern[p] == c
		case p+2 < len(pattern) && pattern[p+1] == '-':
			ok = ok || within(pattern[p], pattern[p+2], c, fold)
			p += 2
		default:
			ok = ok || equal(pattern[p], c, fold)
		}
	}
	if p < len(pattern) {
		p++
	}
	return ok != negated, p
}

func within(low, high, c byte, fold bool) bool {
	if low > high {
		low, high = high, low
	}
	if fold {
		low, high, c = lower(low), lower(high), lower(c)
	}
	return low <= c && c <= high
}

func equal(a, b byte, fold bool) bool { return a == b || fold && lower(a) == lower(b) }

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
