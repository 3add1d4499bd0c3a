package stream

import (
	"bytes"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	container "redoubt/internal/memory/stream"
)

// XADD adds an entry. Replicas get it with the id it was given, and with an exact trim that leaves the same entries.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("xadd", "5.0.0", -5, command.Write|command.DenyOOM|command.Fast, command.KeyAt(1, keyUpdate))
		s.Summary = "Adds an entry to a stream. Makes the stream if there is none."
		s.Complexity = "O(1) to add, O(N) for N entries trimmed"
		s.Args = []command.Arg{
			command.Key("key", 0), command.Token("nomkstream", "NOMKSTREAM").SinceVersion("6.2.0").Opt(), trimArg().Opt(),
			command.OneOf("id-selector", command.Token("auto-id", "*"), command.Str("id")),
			command.Block("data", command.Str("field"), command.Str("value")).Many(),
		}
		s.Tips = nondeterministic
		s.History = []command.Change{
			{Since: "6.2.0", What: "The options `NOMKSTREAM`, `MINID` and `LIMIT`."},
			{Since: "7.0.0", What: "The id form `<ms>-*`."},
		}
		return s
	}(),
	Run: xadd,
})

// addition is what XADD is asked for.
type addition struct {
	trim      trimming
	noCreate  bool
	id        container.ID
	auto      bool // *
	autoSeq   bool // ms-*
	pairsFrom int
}

func (a *addition) parse(c *engine.Call) bool {
	a.auto = true
	i := 2
	for i < c.NArg() {
		if string(c.Arg(i)) == "*" {
			break
		}
		next, ok := a.trim.parseOption(c, i)
		if !ok {
			return false
		}
		if next > i {
			i = next
			continue
		}
		if !c.Is(i, "NOMKSTREAM") {
			if !a.parseID(c, i) {
				return false
			}
			break
		}
		a.noCreate = true
		i++
	}
	if !a.trim.finish(c, false) {
		return false
	}
	a.pairsFrom = i + 1
	if n := c.NArg() - a.pairsFrom; n < 2 || n%2 == 1 {
		c.WrongArity()
		return false
	}
	if !a.auto && !a.autoSeq && a.id.IsZero() {
		c.Err("ERR The ID specified in XADD must be greater than 0-0")
		return false
	}
	return true
}

func (a *addition) parseID(c *engine.Call, i int) (ok bool) {
	a.auto = false
	ms, seq, _ := bytes.Cut(c.Arg(i), []byte("-"))
	if string(seq) == "*" && len(ms) <= maxIDText {
		if a.id.Ms, a.autoSeq = parseNumber(ms); a.autoSeq {
			return true
		}
	}
	a.id, ok = readID(c, i)
	return ok
}

// next is the id of the new entry; false when it would not be behind last.
func (a *addition) next(last container.ID, nowMs int64) (id container.ID, ok bool) {
	switch {
	case a.auto:
		if now := uint64(nowMs); now > last.Ms {
			return container.ID{Ms: now}, true
		}
		return last.Next()
	case a.autoSeq && a.id.Ms == last.Ms:
		id, ok = last.Next()
		return id, ok && id.Ms == last.Ms
	}
	return a.id, last.Less(a.id)
}

func xadd(c *engine.Call) {
	var a addition
	if !a.parse(c) {
		return
	}
	view, ok := c.WriteStream(c.Arg(1))
	if !ok {
		return
	}
	if !view.Exists() && a.noCreate {
		c.Reply.Null()
		return
	}
	var last container.ID
	if view.Exists() {
		last = view.Data().LastID()
	}
	if last == container.MaxID {
		c.Err("ERR The stream has exhausted the last possible ID, unable to add more items")
		return
	}
	id, ok := a.next(last, c.NowMs())
	if !ok {
		c.Err("ERR The ID specified in XADD is equal or smaller than the target stream top item")
		return
	}
	pairs := c.Argv[a.pairsFrom:]
	if size := totalSize(pairs); size > container.MaxEntrySize {
		c.Err("ERR Elements are too large to be stored")
		return
	}
	view.Create()
	s := view.Data()
	s.Append(id, pairs)
	replyID(c, id)
	c.Changed(engine.EventStream, "xadd", c.Arg(1))
	if a.trim.given && s.Trim(a.trim.Trim) > 0 {
		c.Engine.Notify(engine.EventStream, "xtrim", c.Arg(1), c.DB())
	}
	if c.EffectsRead() && (a.auto || a.autoSeq || a.trim.Approximate) {
		a.effect(c, s, id)
	}
}

func (a *addition) effect(c *engine.Call, s container.Stream, id container.ID) {
	words := [][]byte{[]byte("XADD"), c.Arg(1)}
	if a.noCreate {
		words = append(words, []byte("NOMKSTREAM"))
	}
	if a.trim.given {
		words = append(words, a.trim.effect(s)...)
	}
	words = append(words, id.Append(nil))
	c.Effect(append(words, c.Argv[a.pairsFrom:]...)...)
}

func totalSize(words [][]byte) (n int) {
	for _, w := range words {
		n += len(w)
	}
	return n
}
