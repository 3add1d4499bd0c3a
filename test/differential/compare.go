package differential

import (
	"bytes"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"redoubt/internal/resp"
)

// sameReplies compares all replies to one request.
func sameReplies(words [][]byte, st *state, theirs, ours []resp.Reply) bool {
	if _, kind := subscription(words); kind == "unsubscribe" && len(words) == 1 {
		return sameUnsubscriptions(theirs, ours)
	}
	if len(theirs) != len(ours) {
		return false
	}
	for i := range theirs {
		same := false
		if isExec(words) && st.multi {
			same = sameExec(st.queue, &theirs[i], &ours[i])
		} else {
			same = sameReply(words, &theirs[i], &ours[i])
		}
		if !same {
			return false
		}
	}
	return true
}

func isExec(words [][]byte) bool { return strings.EqualFold(string(words[0]), "exec") }

// sameUnsubscriptions compares the confirmations of an UNSUBSCRIBE without channels: they come in no order, and so do the
// counts that go with them.
func sameUnsubscriptions(theirs, ours []resp.Reply) bool {
	channels := func(replies []resp.Reply) []string {
		var out []string
		for i := range replies {
			if len(replies[i].Elems) == 3 {
				out = append(out, text(&replies[i].Elems[0])+text(&replies[i].Elems[1]))
			} else {
				out = append(out, text(&replies[i]))
			}
		}
		sort.Strings(out)
		return out
	}
	return strings.Join(channels(theirs), "\n") == strings.Join(channels(ours), "\n")
}

func sameExec(queue []queued, theirs, ours *resp.Reply) bool {
	if theirs.Type != ours.Type || theirs.Null != ours.Null || len(theirs.Elems) != len(ours.Elems) {
		return false
	}
	if theirs.Type != resp.TypeArray || theirs.Null || len(theirs.Elems) != len(queue) {
		return equal(theirs, ours)
	}
	for i, q := range queue {
		if !sameReply(q.words, &theirs.Elems[i], &ours.Elems[i]) {
			return false
		}
		if q.follow && i+1 < len(queue) && picks(q.words) &&
			(!picked(&theirs.Elems[i], &theirs.Elems[i+1]) || !picked(&ours.Elems[i], &ours.Elems[i+1])) {
			return false
		}
	}
	return true
}

// sameReply compares one reply to one request: equal, or free by one of the two tables.
func sameReply(words [][]byte, theirs, ours *resp.Reply) bool {
	words = inner(words)
	if equal(theirs, ours) || changedIn72(words, theirs, ours) {
		return true
	}
	if theirs.IsError() != ours.IsError() || theirs.IsError() {
		return false
	}
	f := freedomOf(words)
	return f != nil && f.same(words, theirs, ours)
}

// inner is the request that a script or a function of the plainest form runs: its reply has that request's freedom.
func inner(words [][]byte) [][]byte {
	if len(words) < 4 {
		return words
	}
	name := strings.ToLower(string(words[0]))
	plain := strings.HasPrefix(name, "eval") && string(words[1]) == passThrough ||
		strings.HasPrefix(name, "fcall") && string(words[1]) == libraryPass
	if n, err := strconv.Atoi(string(words[2])); plain && err == nil && n >= 0 && n < len(words)-3 {
		return words[3+n:]
	}
	return words
}

// equal compares replies as they are, but for numbers written in another form, ids made from the clock, and the order of
// RESP3's sets and maps.
func equal(theirs, ours *resp.Reply) bool {
	if theirs.Type != ours.Type || theirs.Null != ours.Null || theirs.Int != ours.Int || theirs.Bool != ours.Bool ||
		theirs.Format != ours.Format || len(theirs.Elems) != len(ours.Elems) || len(theirs.Attr) != len(ours.Attr) {
		return false
	}
	switch theirs.Type {
	case resp.TypeSet:
		return sameBag(theirs.Elems, ours.Elems, 1)
	case resp.TypeMap:
		return sameBag(theirs.Elems, ours.Elems, 2)
	case resp.TypeBulk, resp.TypeSimpleString, resp.TypeDouble, resp.TypeVerbatim:
		return sameText(theirs.Str, ours.Str)
	}
	if !bytes.Equal(theirs.Str, ours.Str) {
		return false
	}
	for i := range theirs.Elems {
		if !equal(&theirs.Elems[i], &ours.Elems[i]) {
			return false
		}
	}
	return true
}

// madeID is a stream id made from the clock of this century's years.
var madeID = regexp.MustCompile(`^1[6-9][0-9]{11}-[0-9]+$`)

// sameText compares strings. Redis 7.0 writes doubles with 17 digits where 7.2 writes as few as tell them apart, 9000000000000000 as 9e+15.
func sameText(theirs, ours []byte) bool {
	if bytes.Equal(theirs, ours) || madeID.Match(theirs) && madeID.Match(ours) {
		return true
	}
	f, err := strconv.ParseFloat(string(theirs), 64)
	if err != nil || len(theirs) < 17 && !bytes.ContainsAny(theirs, "e") && !bytes.ContainsAny(ours, "e") {
		return false
	}
	g, err := strconv.ParseFloat(string(ours), 64)
	return err == nil && f == g
}

// sameBag compares elements as multisets of groups of size.
func sameBag(theirs, ours []resp.Reply, size int) bool {
	if len(theirs) != len(ours) || len(theirs)%size != 0 {
		return false
	}
	a, b := bag(theirs, size), bag(ours, size)
	for i := range a {
		if !sameText([]byte(a[i]), []byte(b[i])) {
			return false
		}
	}
	return true
}

func bag(elems []resp.Reply, size int) []string {
	out := make([]string, 0, len(elems)/size)
	for i := 0; i+size <= len(elems); i += size {
		group := text(&elems[i])
		for k := 1; k < size; k++ {
			group += "\x00" + text(&elems[i+k])
		}
		out = append(out, group)
	}
	sort.Strings(out)
	return out
}

// text writes a reply so that equal replies have equal texts: ids made from the clock are one word, doubles have one form.
func text(r *resp.Reply) string {
	switch {
	case r.Null:
		return "null"
	case madeID.Match(r.Str):
		return "made-id"
	case r.Type == resp.TypeInt:
		return ":" + strconv.FormatInt(r.Int, 10)
	case r.Type == resp.TypeBulk && len(r.Str) >= 17, r.Type == resp.TypeDouble:
		if f, err := strconv.ParseFloat(string(r.Str), 64); err == nil {
			return string(r.Type) + strconv.FormatFloat(f, 'g', -1, 64)
		}
	case r.Type == resp.TypeMap:
		return "%" + strings.Join(bag(r.Elems, 2), "\x01")
	case r.Type == resp.TypeSet:
		return "~" + strings.Join(bag(r.Elems, 1), "\x01")
	case len(r.Elems) > 0:
		parts := make([]string, len(r.Elems))
		for i := range r.Elems {
			parts[i] = text(&r.Elems[i])
		}
		return "*" + strings.Join(parts, "\x01")
	case r.Type == resp.TypeBool:
		return "#" + strconv.FormatBool(r.Bool)
	}
	return string(r.Type) + string(r.Str)
}

// members lists what is in a reply that is a set, a list, alternates members and values, or has pairs of them.
func members(all *resp.Reply) map[string]bool {
	out := map[string]bool{}
	for i := range all.Elems {
		if len(all.Elems[i].Elems) == 0 {
			out[string(all.Elems[i].Str)] = true
		}
		for k := range all.Elems[i].Elems {
			out[string(all.Elems[i].Elems[k].Str)] = true
		}
	}
	return out
}

// picked tells whether everything in a reply is in what was read behind it.
func picked(reply, all *resp.Reply) bool {
	if reply.Null || reply.IsError() || all.IsError() {
		return true
	}
	known := members(all)
	if reply.Type == resp.TypeBulk {
		return known[string(reply.Str)]
	}
	for member := range members(reply) {
		if !known[member] {
			return false
		}
	}
	return true
}
