package scripting

import "redoubt/internal/engine"

// EVAL runs a script given as text. The compiled script stays in the cache, so that the same text costs no compiling and
// EVALSHA finds it.
var _ = Family.Add(compilesAhead(eval("eval", "script", "2.6.0", false, byText, func(c *engine.Call) { runText(c, false) }), 1))
