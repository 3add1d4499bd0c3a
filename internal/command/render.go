package command

import "redoubt/internal/resp"

// The replies of COMMAND INFO and COMMAND DOCS, written from Specs alone.

// WriteInfo writes the description of a command as an element of COMMAND and COMMAND INFO: ten fields, the last of them
// the same for each sub-command.
func (s *Spec) WriteInfo(w *resp.Writer) {
	first, last, step := s.Legacy()
	w.Array(10)
	w.BulkString(s.FullName())
	w.Int(int64(s.Arity))
	writeStatusSet(w, s.FlagNames())
	w.Int(int64(first))
	w.Int(int64(last))
	w.Int(int64(step))
	writeStatusSet(w, s.Categories().Names())
	w.Set(len(s.Tips))
	for _, tip := range s.Tips {
		w.BulkString(tip)
	}
	w.Set(len(s.Keys))
	for i := range s.Keys {
		s.Keys[i].write(w)
	}
	if len(s.Sub) == 0 {
		w.Set(0)
		return
	}
	w.Array(len(s.Sub))
	for _, sub := range s.Sub {
		sub.WriteInfo(w)
	}
}

// writeStatusSet writes words as a set of status replies.
func writeStatusSet(w *resp.Writer, words []string) {
	w.Set(len(words))
	for _, word := range words {
		w.SimpleString(word)
	}
}

func (k *KeySpec) write(w *resp.Writer) {
	if k.Notes == "" {
		w.Map(3)
	} else {
		w.Map(4)
		w.BulkString("notes")
		w.BulkString(k.Notes)
	}
	w.BulkString("flags")
	writeStatusSet(w, k.Flags.Names())
	w.BulkString("begin_search")
	k.writeBegin(w)
	w.BulkString("find_keys")
	k.writeFind(w)
}

// field is one named part of a key specification: a number or, when text is set, a word.
type field struct {
	name   string
	number int
	text   string
}

// writeMethod writes how a key specification begins or goes on.
func writeMethod(w *resp.Writer, method string, fields ...field) {
	w.Map(2)
	w.BulkString("type")
	w.BulkString(method)
	w.BulkString("spec")
	w.Map(len(fields))
	for _, f := range fields {
		w.BulkString(f.name)
		if f.text != "" {
			w.BulkString(f.text)
		} else {
			w.Int(int64(f.number))
		}
	}
}

func (k *KeySpec) writeBegin(w *resp.Writer) {
	switch {
	case k.Unknown:
		writeMethod(w, "unknown")
	case k.Keyword != "":
		writeMethod(w, "keyword", field{name: "keyword", text: k.Keyword}, field{name: "startfrom", number: k.StartFrom})
	default:
		writeMethod(w, "index", field{name: "index", number: k.Index})
	}
}

func (k *KeySpec) writeFind(w *resp.Writer) {
	switch {
	case k.Unknown:
		writeMethod(w, "unknown")
	case k.KeyNum != nil:
		writeMethod(w, "keynum", field{name: "keynumidx", number: k.KeyNum.CountAt},
			field{name: "firstkey", number: k.KeyNum.FirstKey}, field{name: "keystep", number: k.KeyNum.Step})
	default:
		writeMethod(w, "range", field{name: "lastkey", number: k.LastKey}, field{name: "keystep", number: k.Step},
			field{name: "limit", number: k.Limit})
	}
}

// WriteDocs writes the documentation of a command as a value of COMMAND DOCS.
func (s *Spec) WriteDocs(w *resp.Writer) {
	mark := w.DeferLen()
	pairs := 0
	text := func(name, value string) {
		if value != "" {
			w.BulkString(name)
			w.BulkString(value)
			pairs++
		}
	}
	text("summary", s.Summary)
	text("since", s.Since)
	text("group", string(s.Group))
	text("complexity", s.Complexity)
	if flags := s.docFlags(); len(flags) > 0 {
		w.BulkString("doc_flags")
		writeStatusSet(w, flags)
		pairs++
	}
	text("deprecated_since", s.DeprecatedSince)
	text("replaced_by", s.ReplacedBy)
	if len(s.History) > 0 {
		w.BulkString("history")
		writeHistory(w, s.History)
		pairs++
	}
	if len(s.Args) > 0 {
		w.BulkString("arguments")
		writeArgs(w, s.Args)
		pairs++
	}
	if len(s.Sub) > 0 {
		w.BulkString("subcommands")
		w.Map(len(s.Sub))
		for _, sub := range s.Sub {
			w.BulkString(sub.FullName())
			sub.WriteDocs(w)
		}
		pairs++
	}
	w.SetMapLen(mark, pairs)
}

func (s *Spec) docFlags() []string {
	var out []string
	if s.DeprecatedSince != "" {
		out = append(out, "deprecated")
	}
	if s.Flags&System != 0 {
		out = append(out, "syscmd")
	}
	return out
}

func writeHistory(w *resp.Writer, history []Change) {
	w.Set(len(history))
	for _, h := range history {
		w.Array(2)
		w.BulkString(h.Since)
		w.BulkString(h.What)
	}
}

// writeArgs writes an argument grammar. It recurses as deep as Specs are written.
func writeArgs(w *resp.Writer, args []Arg) {
	w.Array(len(args))
	for i := range args {
		args[i].write(w)
	}
}

func (a *Arg) write(w *resp.Writer) {
	mark := w.DeferLen()
	pairs := 2
	w.BulkString("name")
	w.BulkString(a.Name)
	w.BulkString("type")
	w.BulkString(string(a.Type))
	text := func(name, value string) {
		if value != "" {
			w.BulkString(name)
			w.BulkString(value)
			pairs++
		}
	}
	if a.Type != TypeOneOf && a.Type != TypeBlock {
		text("display_text", a.Name)
	}
	if a.KeySpec >= 0 {
		w.BulkString("key_spec_index")
		w.Int(int64(a.KeySpec))
		pairs++
	}
	if a.Token != "" || a.Type == TypePureToken { // MIGRATE's empty key is a token of no letters
		w.BulkString("token")
		w.BulkString(a.Token)
		pairs++
	}
	text("since", a.Since)
	if flags := a.flagNames(); len(flags) > 0 {
		w.BulkString("flags")
		writeStatusSet(w, flags)
		pairs++
	}
	if len(a.Sub) > 0 {
		w.BulkString("arguments")
		writeArgs(w, a.Sub)
		pairs++
	}
	w.SetMapLen(mark, pairs)
}

func (a *Arg) flagNames() []string {
	var out []string
	if a.Optional {
		out = append(out, "optional")
	}
	if a.Multiple {
		out = append(out, "multiple")
	}
	if a.MultipleToken {
		out = append(out, "multiple_token")
	}
	return out
}
