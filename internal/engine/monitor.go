package engine

import (
	"slices"
	"strconv"
	"strings"
)

// StartMonitor makes the client receive every command that is executed.
func (e *Engine) StartMonitor(c *Client) {
	if !c.Monitor {
		c.Monitor = true
		e.monitors = append(e.monitors, c)
	}
}

func (e *Engine) removeMonitor(c *Client) {
	if !c.Monitor {
		return
	}
	c.Monitor = false
	if i := slices.Index(e.monitors, c); i >= 0 {
		e.monitors = slices.Delete(e.monitors, i, i+1)
	}
}

// Monitors is the number of MONITOR clients.
func (e *Engine) Monitors() int { return len(e.monitors) }

// feedMonitors sends one executed command to the monitors.
func (e *Engine) feedMonitors(c *Client, argv [][]byte) {
	us := e.clock.unixMicro()
	line := strconv.AppendInt(nil, us/1e6, 10)
	line = append(line, '.')
	frac := strconv.AppendInt(nil, us%1e6+1e6, 10)[1:] // six digits
	line = append(line, frac...)
	line = append(line, " ["...)
	line = strconv.AppendInt(line, int64(c.db.ID), 10)
	line = append(line, ' ')
	if c.Unix {
		line = append(line, "unix:"...)
		line = append(line, strings.TrimSuffix(c.Addr, ":0")...)
	} else {
		line = append(line, c.Addr...)
	}
	line = append(line, ']')
	for _, a := range argv {
		line = append(line, ' ')
		line = AppendQuoted(line, a)
	}
	text := string(line)
	for _, m := range e.monitors {
		if !m.Killed {
			m.pushTo().SimpleString(text)
			e.pushed(m)
		}
	}
}

// ShowToMonitors sends the running command to the monitors before it has run: what runs commands of its own shows itself
// first, and is not shown again by its flag SKIP_MONITOR.
func (c *Call) ShowToMonitors() {
	if e := c.Engine; len(e.monitors) > 0 {
		e.feedMonitors(c.Client, c.loggedArgs())
	}
}

// AppendQuoted writes s in double quotes with Redis' escapes (\n, \xHH, …), as MONITOR and the log show arguments.
func AppendQuoted(dst, s []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, b := range s {
		switch b {
		case '\\', '"':
			dst = append(dst, '\\', b)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		case '\a':
			dst = append(dst, `\a`...)
		case '\b':
			dst = append(dst, `\b`...)
		default:
			if b >= 0x20 && b < 0x7f {
				dst = append(dst, b)
			} else {
				dst = append(dst, '\\', 'x', hex[b>>4], hex[b&15])
			}
		}
	}
	return append(dst, '"')
}
