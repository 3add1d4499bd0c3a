package command

import (
	"bytes"
	"errors"
	"strconv"
)

// KeyFlag says what a command does with the keys of a specification.
type KeyFlag uint16

// Key flags. The first four exclude each other and describe the value's metadata; the next four describe the user data.
const (
	KeyRO KeyFlag = 1 << iota // reads the value
	KeyRW                     // reads and writes it
	KeyOW                     // overwrites it without reading
	KeyRM                     // deletes the key
	KeyAccess
	KeyUpdate
	KeyInsert
	KeyDelete
	KeyNotKey     // the word looks like a key but is none (a channel)
	KeyIncomplete // the specification does not cover all keys
	KeyVariable   // the flags depend on other words
)

var keyFlagNames = []string{
	"RO", "RW", "OW", "RM", "access", "update", "insert", "delete", "not_key", "incomplete", "variable_flags",
}

// Names lists the flags as COMMAND INFO and COMMAND GETKEYSANDFLAGS print them.
func (f KeyFlag) Names() []string {
	var out []string
	for i, n := range keyFlagNames {
		if f&(1<<i) != 0 {
			out = append(out, n)
		}
	}
	return out
}

// KeySpec is one key specification. Exactly one of the two ways to begin is set: Index > 0, or Keyword with StartFrom.
// Exactly one of the two ways to go on is set: the range (LastKey, Step, Limit), or KeyNum.
type KeySpec struct {
	Notes string
	Flags KeyFlag

	// Index is the position of the first key (or of the count).
	Index int
	// Keyword is searched from StartFrom on (negative: backwards from the end); the search ends behind it.
	Keyword   string
	StartFrom int
	// Unknown marks a specification that says only "there are more keys, ask KeysFunc".
	Unknown bool

	// LastKey is relative to the first key; negative counts from the last word (-1 is the last word). Limit > 1 with
	// LastKey -1 means that only the first 1/Limit of the remaining words are keys.
	LastKey, Step, Limit int
	// KeyNum, when set, replaces the range.
	KeyNum *KeyNum
}

// KeyNum reads the number of keys from a word; positions are relative to the begin of the specification.
type KeyNum struct{ CountAt, FirstKey, Step int }

// KeyAt is a single key at a fixed position.
func KeyAt(index int, flags KeyFlag) KeySpec { return KeySpec{Index: index, Flags: flags, Step: 1} }

// KeyRange is keys from first to last (absolute index, or negative from the end) with a step.
func KeyRange(first, last, step int, flags KeyFlag) KeySpec {
	if last > 0 {
		last -= first
	}
	return KeySpec{Index: first, LastKey: last, Step: step, Flags: flags}
}

// KeyCount is a number of keys at countAt, followed by that many keys.
func KeyCount(countAt int, flags KeyFlag) KeySpec {
	return KeySpec{Index: countAt, KeyNum: &KeyNum{CountAt: 0, FirstKey: 1, Step: 1}, Flags: flags}
}

// KeyAfter is one key behind a keyword.
func KeyAfter(keyword string, startFrom int, flags KeyFlag) KeySpec {
	return KeySpec{Keyword: keyword, StartFrom: startFrom, Step: 1, Flags: flags}
}

// KeyPos is one key among the words of a call.
type KeyPos struct {
	At    int
	Flags KeyFlag
}

// KeysMovable tells whether one range of words cannot describe all keys, so that a client must ask COMMAND GETKEYS.
func (s *Spec) KeysMovable() bool {
	_, _, _, movable := s.legacyRange()
	return movable
}

// Legacy returns first key, last key and step of the old description by one range, 0, 0, 0 without keys.
func (s *Spec) Legacy() (first, last, step int) {
	first, last, step, _ = s.legacyRange()
	return first, last, step
}

// legacyRange joins the specifications into one range; movable says that some did not fit in. A single specification
// keeps its step; of several only those with step 1 that follow each other without a gap join.
func (s *Spec) legacyRange() (first, last, step int, movable bool) {
	previous := 0
	for i := range s.Keys {
		k := &s.Keys[i]
		plain := k.Index > 0 && k.KeyNum == nil && !k.Unknown
		if plain && len(s.Keys) == 1 {
			return k.Index, k.absoluteLast(), k.Step, k.Flags&KeyIncomplete != 0
		}
		if !plain || k.Step != 1 || previous != 0 && previous != k.Index-1 || k.Flags&KeyIncomplete != 0 {
			movable = true
			continue
		}
		if first == 0 {
			first = k.Index
		}
		last, previous, step = k.absoluteLast(), k.absoluteLast(), 1
	}
	return first, last, step, movable
}

// absoluteLast is the position of the last key; negative counts from the last word.
func (k *KeySpec) absoluteLast() int {
	if k.LastKey >= 0 {
		return k.Index + k.LastKey
	}
	return k.LastKey
}

// ErrInvalidKeys says that the words do not match the key specifications (a key count that is no number, …).
var ErrInvalidKeys = errors.New("invalid arguments for key extraction")

// FindKeys appends the key positions of a call to dst. Positions of words that are not keys (channels) are left out.
func (s *Spec) FindKeys(argv [][]byte, dst []KeyPos) ([]KeyPos, error) {
	if s.KeysFunc != nil {
		found := s.KeysFunc(argv)
		if found == nil && len(s.Keys) == 0 {
			return dst, nil
		}
		return append(dst, found...), nil
	}
	for i := range s.Keys {
		k := &s.Keys[i]
		if k.Flags&KeyNotKey != 0 || k.Unknown {
			continue
		}
		var err error
		if dst, err = k.find(argv, dst); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func (k *KeySpec) find(argv [][]byte, dst []KeyPos) ([]KeyPos, error) {
	begin := k.begin(argv)
	if begin <= 0 || begin >= len(argv) {
		if k.Index > 0 {
			return dst, ErrInvalidKeys
		}
		return dst, nil // the keyword is optional
	}
	first, last, step := begin, 0, k.Step
	if k.KeyNum != nil {
		at := begin + k.KeyNum.CountAt
		if at >= len(argv) {
			return dst, ErrInvalidKeys
		}
		n, err := strconv.Atoi(string(argv[at]))
		if err != nil || n < 0 || n > len(argv) {
			return dst, ErrInvalidKeys
		}
		step = k.KeyNum.Step
		first = begin + k.KeyNum.FirstKey
		last = first + (n-1)*step
	} else if k.LastKey >= 0 {
		last = first + k.LastKey
	} else {
		last = len(argv) + k.LastKey
		if k.Limit > 1 {
			last = first + (len(argv)-first)/k.Limit + k.LastKey
		}
	}
	if last >= len(argv) {
		return dst, ErrInvalidKeys
	}
	for at := first; at <= last; at += step {
		dst = append(dst, KeyPos{At: at, Flags: k.Flags})
	}
	return dst, nil
}

func (k *KeySpec) begin(argv [][]byte) int {
	if k.Keyword == "" {
		return k.Index
	}
	word := []byte(k.Keyword)
	if k.StartFrom >= 0 {
		for i := k.StartFrom; i < len(argv)-1; i++ {
			if bytes.EqualFold(argv[i], word) {
				return i + 1
			}
		}
		return 0
	}
	for i := len(argv) + k.StartFrom; i > 0; i-- {
		if bytes.EqualFold(argv[i], word) {
			return i + 1
		}
	}
	return 0
}
