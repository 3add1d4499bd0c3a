package server

import (
	"time"

	"redoubt/internal/engine"
)

const protocolTypes = "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"

// debugProtocol replies one value of a type, to test clients with. The values are those of Redis, which tests compare.
func debugProtocol(c *engine.Call) {
	w := c.Reply
	const behind = "Some real reply following the "
	switch {
	case c.Is(2, "STRING"):
		w.BulkString("Hello World")
	case c.Is(2, "INTEGER"):
		w.Int(12345)
	case c.Is(2, "DOUBLE"):
		w.Double(3.141)
	case c.Is(2, "BIGNUM"):
		w.BigNumber("1234567999999999999999999999999999999")
	case c.Is(2, "NULL"):
		w.Null()
	case c.Is(2, "ARRAY"), c.Is(2, "SET"):
		if c.Is(2, "SET") {
			w.Set(3)
		} else {
			w.Array(3)
		}
		for i := range int64(3) {
			w.Int(i)
		}
	case c.Is(2, "MAP"):
		w.Map(3)
		for i := range int64(3) {
			w.Int(i)
			w.Bool(i == 1)
		}
	case c.Is(2, "ATTRIB"):
		if w.Proto == 3 {
			w.Attribute(1)
			w.BulkString("key-popularity")
			w.Array(2)
			w.BulkString("key:123")
			w.Int(90)
		}
		w.BulkString(behind + "attribute")
	case c.Is(2, "PUSH"):
		if w.Proto != 3 {
			c.Err("ERR RESP2 is not supported by this command")
			return
		}
		w.Push(2)
		w.BulkString("server-cpu-usage")
		w.Int(42)
		w.BulkString(behind + "push reply")
	case c.Is(2, "TRUE"), c.Is(2, "FALSE"):
		w.Bool(c.Is(2, "TRUE"))
	case c.Is(2, "VERBATIM"):
		w.Verbatim("txt", []byte("This is a verbatim\nstring"))
	default:
		c.Err("ERR Wrong protocol type name. Please use one of the following: " + protocolTypes)
	}
}

// maxSleep bounds DEBUG SLEEP where a number of seconds no longer fits a duration.
const maxSleep = 1 << 32

func debugSleep(c *engine.Call) {
	seconds, _ := engine.ParseFloat(c.Arg(2)) // what is no number is no time, as in Redis
	c.Engine.Host().Sleep(time.Duration(min(max(seconds, 0), maxSleep) * float64(time.Second)))
	c.OK()
}

func debugFlushSleep(c *engine.Call) {
	us, _ := engine.ParseInt(c.Arg(2))
	c.Engine.Host().DelayFlush(time.Duration(min(max(us, 0), int64(maxSleep)*1e6)) * time.Microsecond)
	c.OK()
}

func debugRewrite(c *engine.Call) {
	if err := c.Engine.Host().ConfigRewrite(true); err != nil {
		c.Errf("ERR CONFIG-REWRITE-FORCE-ALL failed: %s", err)
		return
	}
	c.OK()
}

func debugReplyBuffer(c *engine.Call) {
	if c.Is(2, "PEAK-RESET-TIME") || c.Is(2, "RESIZING") {
		c.OK()
		return
	}
	c.SubcommandSyntax()
}

// debugThreshold checks its word as Redis does: a size of at most 4 GB.
func debugThreshold(c *engine.Call) {
	if size, ok := parseSize(c.Arg(2)); !ok || size > 4<<30 {
		c.Err("ERR argument must be a memory value bigger than 1 and smaller than 4gb")
		return
	}
	c.OK()
}

// parseSize reads a number of bytes with an optional unit.
func parseSize(word []byte) (int64, bool) {
	text := lowerCase(word)
	digits := len(text)
	for i, b := range text {
		if b < '0' || b > '9' {
			digits = i
			break
		}
	}
	units := map[string]int64{"": 1, "b": 1, "k": 1e3, "kb": 1 << 10, "m": 1e6, "mb": 1 << 20, "g": 1e9, "gb": 1 << 30}
	unit, known := units[string(text[digits:])]
	n, ok := engine.ParseInt(text[:digits])
	if !known || !ok || n > 1<<40 {
		return 0, false
	}
	return n * unit, true
}
