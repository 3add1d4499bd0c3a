package key

import (
	"bytes"

	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// COPY copies a value with its deadline to another key, also of another database.
var _ = Family.Add(&engine.Command{
	Spec: copySpec(),
	Run:  copyKey,
})

func copySpec() command.Spec {
	s := spec("copy", "6.2.0", -3, command.Write|command.DenyOOM,
		"O(N) where N is the number of elements, O(1) for strings", "Copies a value to another key.")
	s.Keys = []command.KeySpec{
		command.KeyAt(1, command.KeyRO|command.KeyAccess), command.KeyAt(2, command.KeyOW|command.KeyUpdate),
	}
	s.Args = []command.Arg{
		command.Key("source", 0), command.Key("destination", 1), command.Int("destination-db").WithToken("DB").Opt(),
		command.Token("replace", "REPLACE").Opt(),
	}
	return s
}

func copyKey(c *engine.Call) {
	db, replace, ok := copyOptions(c)
	if !ok {
		return
	}
	from, to := c.Arg(1), c.Arg(2)
	if db == c.DB() && bytes.Equal(from, to) {
		c.Err(msgSameObject)
		return
	}
	ent, found := c.Read(from)
	if !found {
		c.Reply.Int(0)
		return
	}
	if _, taken := c.FindIn(db, to); taken {
		if !replace {
			c.Reply.Int(0)
			return
		}
		c.DeleteIn(db, to)
	}
	c.Space().Copy(ent, db.Space, to)
	c.Created(db, to)
	c.ChangedIn(db, engine.EventGeneric, "copy_to", to)
	c.Reply.Int(1)
}

func copyOptions(c *engine.Call) (db *engine.DB, replace, ok bool) {
	db = c.DB()
	for i := 3; i < c.NArg(); i++ {
		switch {
		case c.Is(i, "REPLACE"):
			replace = true
		case c.Is(i, "DB") && i+1 < c.NArg():
			i++
			if db, ok = database(c, i); !ok {
				return nil, false, false
			}
		default:
			c.SyntaxError()
			return nil, false, false
		}
	}
	return db, replace, true
}
