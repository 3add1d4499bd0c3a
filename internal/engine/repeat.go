package engine

import "redoubt/internal/resp"

// ReplyRepeated calls write n times. n is a client's wish that nothing else bounds (random picks with repetition), so a
// reply that grows beyond the longest string a client may send (proto-max-bulk-len) is withdrawn back to mark, where
// the reply begins, and becomes an error.
func (c *Call) ReplyRepeated(mark resp.Mark, n int64, write func()) {
	limit := int64(mark) + c.Engine.Settings.ProtoMaxBulk
	for ; n > 0; n-- {
		if int64(len(c.Reply.Buf)) > limit {
			c.Reply.Truncate(mark)
			c.Err("ERR value is out of range")
			return
		}
		write()
	}
}
