package engine

// The event "new" tells that a key came into being. Handlers do not state it: a key that the command looked up in vain
// and that is there when the command states its change was created by it. The few commands that create a key in the place
// of one that they delete ([Call.Created]) say so.

type missingKey struct {
	db  *DB
	key string
}

// noteMissing remembers a lookup in vain for the rest of the command. It costs nothing while nobody asked for the event.
func (e *Engine) noteMissing(db *DB, key []byte) {
	if e.Settings.NotifyEvents&EventNew == 0 {
		return
	}
	if e.missing == nil {
		e.missing = map[missingKey]struct{}{}
	}
	e.missing[missingKey{db, string(key)}] = struct{}{}
}

// noteIfMissing is noteMissing for commands that store without a lookup.
func (e *Engine) noteIfMissing(db *DB, key []byte) {
	if e.Settings.NotifyEvents&EventNew != 0 {
		e.find(db, key)
	}
}

// notifyIfCreated sends the event "new" when the running command did not find the key and it is there now.
func (e *Engine) notifyIfCreated(db *DB, key []byte) {
	if len(e.missing) == 0 {
		return
	}
	mk := missingKey{db, string(key)}
	if _, was := e.missing[mk]; !was {
		return
	}
	if _, found := db.Space.Find(key); found {
		delete(e.missing, mk)
		e.Notify(EventNew, "new", key, db)
	}
}

// forgetMissing ends what noteMissing remembers: another command begins.
func (e *Engine) forgetMissing() {
	if len(e.missing) > 0 {
		e.missing = nil
	}
}

// Created sends the event "new" for a key that the command has put in the place of another one. Keys that were not there
// before need no such statement.
func (c *Call) Created(db *DB, key []byte) {
	e := c.Engine
	delete(e.missing, missingKey{db, string(key)})
	e.Notify(EventNew, "new", key, db)
}
