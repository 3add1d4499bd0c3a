package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	container "redoubt/internal/memory/stream"
)

// XREAD returns the entries behind an id of each stream, or waits for some. "$" stands for the last id at the time of the
// call.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("xread", "5.0.0", -4, command.ReadOnly|command.Blocking, streamKeys(1))
		s.Summary = "Returns the entries behind given ids of several streams. Can wait for them."
		s.Complexity = "O(N) for N entries returned"
		s.Args = readArgs(countArg(), blockArg())
		return s
	}(),
	Run: xread,
})

func xread(c *engine.Call) {
	var r reading
	if !r.parse(c) {
		return
	}
	r.reply(c, func(s *source) bool {
		data := s.view.Data()
		if data.Len() == 0 || !s.after.Less(data.LastID()) || !s.after.Less(data.TopID()) {
			return false
		}
		first, _ := s.after.Next()
		replySpan(c, data, span{first, container.MaxID}, r.count, false)
		return true
	})
}
