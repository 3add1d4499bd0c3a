package scripting

import "redoubt/internal/engine"

// EVALSHA runs a script by the SHA1 of its text. Clients send the text only after NOSCRIPT.
var _ = Family.Add(eval("evalsha", "sha1", "2.6.0", false, bySHA, func(c *engine.Call) { runSHA(c, false) }))
