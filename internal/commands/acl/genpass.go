package acl

import (
	"crypto/rand"
	"encoding/hex"

	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// Bounds and default of ACL GENPASS, in bits.
const (
	defaultBits = 256
	maxBits     = 4096
)

// ACL GENPASS makes a password: random hex digits, as many as hold the bits.
var aclGenpass = sub("genpass", "6.0.0", "Makes a password that nobody guesses.", -2, anytime,
	func(c *engine.Call) {
		bits := int64(defaultBits)
		switch c.NArg() {
		case 2:
		case 3:
			var ok bool
			if bits, ok = c.Int(2); !ok {
				return
			}
			if bits <= 0 || bits > maxBits {
				c.Errf("ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to %d", maxBits)
				return
			}
		default:
			c.SubcommandSyntax()
			return
		}
		digits := int(bits+3) / 4
		random := make([]byte, (digits+1)/2)
		_, _ = rand.Read(random) // never fails: crypto/rand ends the process instead
		c.Reply.BulkString(hex.EncodeToString(random)[:digits])
	},
	command.Int("bits").Opt())
