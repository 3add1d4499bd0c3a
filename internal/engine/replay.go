package engine

import (
	"errors"

	"redoubt/internal/resp"
)

// Replay executes one command of an effect stream: of an append-only file, or of a primary. c is a client without a
// connection (NewClient(nil)); the engine is in the loading state, so that nothing expires before the stream says so. No
// permission, limit or memory bound holds a command of the stream back, and nothing waits: whoever wrote it has decided. It
// counts in no statistics.
// MULTI and EXEC are passed over, since the reader hands over complete transactions only and nobody runs between.
//
// The error says that the words are no command that this server knows; what a command itself answers is dropped, as it
// was executed by another server on the same data before.
func (e *Engine) Replay(c *Client, argv [][]byte) error {
	cmd, container := e.lookup(argv[0]), (*Command)(nil)
	if cmd == nil || cmd.subByName != nil {
		cmd, container = e.registry.Find(argv)
	}
	if msg := e.resolveError(cmd, container, argv); msg != "" {
		return errors.New(msg)
	}
	if cmd.isExec() || cmd.Spec.Parent == nil && cmd.Spec.Name == "multi" {
		return nil
	}
	c.call = Call{Engine: e, Client: c, Cmd: cmd, Argv: argv, Reply: &c.Out, nested: true}
	e.execute(&c.call)
	c.call.Argv = nil
	c.Out = resp.Writer{Buf: emptied(c.Out.Buf), Proto: c.Out.Proto}
	e.endOfCommand()
	return nil
}

// ReplayWindow is how many commands [Engine.PrepareReplay] prepares.
const ReplayWindow = prefetchWindow

// PrepareReplay prepares the lookups of the first commands of a batch that are replayed next.
func (e *Engine) PrepareReplay(c *Client, b *Batch) { e.prefetch(c, b, 0) }
