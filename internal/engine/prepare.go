package engine

// LargeRequest is the length, in bytes, from which on a request ends its batch: commands may prepare such requests, one at a
// time. It is more than a client can send before it has authenticated.
const LargeRequest = 16 << 10

// LockFor takes the engine lock to run a batch. What the last request can do before it needs the lock is done before, so that
// nobody else waits for it; see [Command.Prepare]. Only one request is prepared at a time, which bounds the memory it takes.
func (e *Engine) LockFor(b *Batch) {
	cmd, argv := e.preparable(b)
	if cmd == nil {
		e.Lock()
		return
	}
	e.preparing.Lock()
	defer e.preparing.Unlock()
	b.prepared = cmd.Prepare(e, argv)
	e.Lock()
}

// preparable returns the command and the words of a batch's last request when it is large enough to be prepared.
func (e *Engine) preparable(b *Batch) (*Command, [][]byte) {
	if b.Len() == 0 {
		return nil, nil
	}
	argv := b.Request(b.Len() - 1)
	size := 0
	for _, word := range argv {
		size += len(word)
	}
	if size < LargeRequest {
		return nil, nil
	}
	cmd, _ := e.registry.Find(argv)
	if cmd == nil || cmd.Prepare == nil || !cmd.Spec.ArityOK(len(argv)) {
		return nil, nil
	}
	return cmd, argv
}
