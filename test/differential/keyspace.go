package differential

import (
	"fmt"
	"sort"
	"strconv"

	"redoubt/internal/resp"
)

// comparedDatabases are read by compareKeys: those that steps select. The others are compared by their size in INFO.
var comparedDatabases = []int{0, 1}

// compareKeys compares all keys of both servers by connections of its own: type, encoding, deadline, payload where its bytes
// are determined, and elements in an order of their own.
func compareKeys(theirs, ours *wire) error {
	for _, db := range comparedDatabases {
		var names [2][]string
		for i, w := range []*wire{theirs, ours} {
			found, err := keyNames(w, db)
			if err != nil {
				return sideError(i, fmt.Sprintf("KEYS of database %d", db), err)
			}
			names[i] = found
		}
		a, b := fmt.Sprintf("%q", names[0]), fmt.Sprintf("%q", names[1])
		if a != b {
			return &mismatch{fmt.Sprintf("the keys of database %d", db), a, b}
		}
		for _, key := range names[0] {
			if err := compareKey(theirs, ours, db, key); err != nil {
				return err
			}
		}
	}
	return nil
}

// sideError is an error of the reference server, or a mismatch when ours fails.
func sideError(side int, what string, err error) error {
	if side == 0 {
		return fmt.Errorf("%w: %s: %w", errReference, what, err)
	}
	return &mismatch{what: what, theirs: "an answer", ours: err.Error()}
}

func keyNames(w *wire, db int) ([]string, error) {
	if _, err := w.call("SELECT", strconv.Itoa(db)); err != nil {
		return nil, err
	}
	reply, err := w.call("KEYS", "*")
	if err != nil {
		return nil, err
	}
	names := make([]string, len(reply.Elems))
	for i := range reply.Elems {
		names[i] = string(reply.Elems[i].Str)
	}
	sort.Strings(names)
	return names, nil
}

// reading is how the elements of each type are read.
var reading = map[string][][]string{
	"string": {{"GET", ""}},
	"list":   {{"LRANGE", "", "0", "-1"}},
	"hash":   {{"HGETALL", ""}},
	"set":    {{"SMEMBERS", ""}},
	"zset":   {{"ZRANGE", "", "0", "-1", "WITHSCORES"}},
	"stream": {{"XRANGE", "", "-", "+"}, {"XINFO", "STREAM", "", "FULL", "COUNT", "0"}},
}

func compareKey(theirs, ours *wire, db int, key string) error {
	both := func(request ...string) (a resp.Reply, err error) {
		for i, word := range request {
			if word == "" {
				request[i] = key
			}
		}
		words := make([][]byte, len(request))
		for i, word := range request {
			words[i] = []byte(word)
		}
		what := fmt.Sprintf("%s in database %d", quote(words), db)
		if a, err = theirs.call(request...); err != nil {
			return a, sideError(0, what, err)
		}
		b, err := ours.call(request...)
		if err != nil {
			return a, sideError(1, what, err)
		}
		if !sameReply(words, &a, &b) {
			return a, &mismatch{what, render([]resp.Reply{a}), render([]resp.Reply{b})}
		}
		return a, nil
	}
	kind, err := both("TYPE", key)
	if err != nil {
		return err
	}
	requests := [][]string{{"OBJECT", "ENCODING", ""}, {"PTTL", ""}, {"DUMP", ""}}
	for _, request := range append(requests, reading[string(kind.Str)]...) {
		if _, err := both(append([]string(nil), request...)...); err != nil {
			return err
		}
	}
	return nil
}
