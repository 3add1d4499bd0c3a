package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// MOVE takes a key to another database, unless that has such a key.
var _ = Family.Add(&engine.Command{
	Spec: onOneKey(spec("move", "1.0.0", 3, command.Write|command.Fast, "O(1)", "Moves a key to another database."),
		command.KeyRW|command.KeyAccess|command.KeyUpdate, command.Int("db")),
	Run: move,
})

func move(c *engine.Call) {
	db, ok := database(c, 2)
	if !ok {
		return
	}
	if db == c.DB() {
		c.Err(msgSameObject)
		return
	}
	key := c.Arg(1)
	ent, found := c.Write(key)
	if !found {
		c.Reply.Int(0)
		return
	}
	if _, taken := c.FindIn(db, key); taken {
		c.Reply.Int(0)
		return
	}
	c.Space().Rename(ent, db.Space, key)
	c.Created(db, key)
	changedTwice(c,
		func() { c.Changed(engine.EventGeneric, "move_from", key) },
		func() { c.ChangedIn(db, engine.EventGeneric, "move_to", key) })
	c.Reply.Int(1)
}
