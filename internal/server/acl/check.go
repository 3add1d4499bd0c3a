package acl

import "redoubt/internal/command"

// Check tells whether the user may run a command with these words; at is the word at fault, 0 for the command itself.
// When several selectors refuse it for different reasons, the reason is that of the one that came farthest.
func (u *User) Check(s *command.Spec, argv [][]byte) (reason command.Denial, at int) {
	q := request{spec: s, argv: argv}
	reason = command.DeniedCommand
	for _, sel := range u.selectors {
		r, position := q.check(sel)
		if r == command.Allowed {
			return r, 0
		}
		if r > reason || r == reason && position > at {
			reason, at = r, position
		}
	}
	return reason, at
}

// ReadsAllKeys tells whether the user may run the command and read any key whatever with it, as SORT with BY and GET does.
func (u *User) ReadsAllKeys(s *command.Spec, argv [][]byte) bool {
	q := request{spec: s, argv: argv}
	for _, sel := range u.selectors {
		if r, _ := q.check(sel); r == command.Allowed && sel.readsAllKeys() {
			return true
		}
	}
	return false
}

// request is a command to check; its keys are found once, when a selector asks for them.
type request struct {
	spec  *command.Spec
	argv  [][]byte
	keys  []command.KeyPos
	found bool
}

func (q *request) check(s *selector) (reason command.Denial, at int) {
	if !s.commands.allows(q.spec, q.argv) {
		return command.DeniedCommand, 0
	}
	if !s.allKeys {
		for _, k := range q.findKeys() {
			if !s.allowsKey(q.argv[k.At], needs(k.Flags)) {
				return command.DeniedKey, k.At
			}
		}
	}
	if !s.allChannels {
		first, last, isPattern := channels(q.spec, len(q.argv))
		for i := first; i <= last; i++ {
			if !s.allowsChannel(q.argv[i], isPattern) {
				return command.DeniedChannel, i
			}
		}
	}
	return command.Allowed, 0
}

// findKeys finds the keys. Words from which keys cannot be told are an error of the command's own, which it will reply.
func (q *request) findKeys() []command.KeyPos {
	if !q.found {
		q.keys, _ = q.spec.FindKeys(q.argv, nil)
		q.found = true
	}
	return q.keys
}

// channels tells which of the words are channels that the command listens or sends to, last < first for none. To leave a
// channel needs no permission.
func channels(s *command.Spec, words int) (first, last int, isPattern bool) {
	if s.Parent != nil || s.Group != command.GroupPubSub {
		return 1, 0, false
	}
	switch s.Name {
	case "publish", "spublish":
		return 1, 1, false
	case "subscribe", "ssubscribe":
		return 1, words - 1, false
	case "psubscribe":
		return 1, words - 1, true
	}
	return 1, 0, false
}
