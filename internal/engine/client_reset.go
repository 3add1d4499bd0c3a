package engine

// SetReplyMode is CLIENT REPLY: "on", "off" or "skip" (the next command's reply only).
func (c *Client) SetReplyMode(mode string) {
	switch mode {
	case "on":
		c.replyMode = replyOn
	case "off":
		c.replyMode = replyOff
	case "skip":
		if c.replyMode != replyOff {
			c.replyMode = replySkipNext
		}
	}
}

// Reset returns the connection to the state of a new one, as RESET does.
func (c *Client) Reset() {
	e := c.engine
	c.multi = nil
	e.unwatchAll(c)
	e.pubsub.dropAll(c)
	e.removeMonitor(c)
	c.StopTracking()
	c.db = e.dbs[0]
	c.Name = ""
	c.Out.Proto = 2
	c.SetUser("default")
	c.Authenticated = !e.Settings.PasswordRequired
	c.NoEvict, c.NoTouch, c.DebugRefused = false, false, false
	if c.replyMode != replySkip { // that is about the reply of RESET itself
		c.replyMode = replyOn
	}
}
