package scripting

import "redoubt/internal/engine"

// EVALSHA_RO is EVALSHA for scripts that only read.
var _ = Family.Add(eval("evalsha_ro", "sha1", "7.0.0", true, bySHA, func(c *engine.Call) { runSHA(c, true) }))
