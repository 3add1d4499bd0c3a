package scripting

import "redoubt/internal/engine"

// EVAL_RO is EVAL for scripts that only read; it may run on a replica.
var _ = Family.Add(compilesAhead(eval("eval_ro", "script", "7.0.0", true, byText, func(c *engine.Call) { runText(c, true) }), 1))
