package engine_test

import (
	"testing"
	"time"

	"redoubt/internal/engine"
)

// TestParseEventClasses reads the letters of notify-keyspace-events.
func TestParseEventClasses(t *testing.T) {
	all := engine.EventGeneric | engine.EventString | engine.EventList | engine.EventSet | engine.EventHash | engine.EventZSet |
		engine.EventExpired | engine.EventEvicted | engine.EventStream | engine.EventModule
	for letters, want := range map[string]engine.EventClass{
		"":      0,
		"K":     engine.EventKeyspace,
		"KEA":   engine.EventKeyspace | engine.EventKeyevent | all,
		"A":     all,
		"Kg$l":  engine.EventKeyspace | engine.EventGeneric | engine.EventString | engine.EventList,
		"Eshz":  engine.EventKeyevent | engine.EventSet | engine.EventHash | engine.EventZSet,
		"xetdn": engine.EventExpired | engine.EventEvicted | engine.EventStream | engine.EventModule | engine.EventNew,
		"m":     engine.EventKeyMiss,
	} {
		if got := engine.ParseEventClasses(letters); got != want {
			t.Errorf("%q gives %b, want %b", letters, got, want)
		}
	}
}

// listener subscribes with the setting on and returns what arrives for each request.
func (w *world) listener(events, channels string) *peer {
	w.locked(func() { w.e.Settings.NotifyEvents = engine.ParseEventClasses(events) })
	p := w.peer()
	p.do("PSUBSCRIBE " + channels)
	return p
}

// TestNotifications: the events of a command come in order, keyspace before keyevent, and only those asked for.
func TestNotifications(t *testing.T) {
	w := newWorld(t)
	c := w.peer()
	ear := w.listener("KEA", "__key*__:*")
	message := func(channel, text string) string {
		return bulks("pmessage", "__key*__:*", channel, text)
	}
	both := func(db, event, key string) string {
		return message("__keyspace@"+db+"__:"+key, event) + " " + message("__keyevent@"+db+"__:"+event, key)
	}
	c.do("SET k v")
	ear.awaits(both("0", "set", "k"))
	c.do("GET missing")
	ear.awaits("")
	c.do("SET k v EX 10")
	ear.awaits(both("0", "set", "k") + " " + both("0", "expire", "k"))
	c.do("RPUSH l a", "LPOP l")
	ear.awaits(both("0", "rpush", "l") + " " + both("0", "lpop", "l") + " " + both("0", "del", "l"))
	w.advance(time.Minute)
	c.do("GET k")
	ear.awaits(both("0", "expired", "k"))
	c.do("SELECT 7", "INCR n")
	ear.awaits(both("7", "incrby", "n"))
	w.locked(func() { w.e.Settings.NotifyEvents = engine.ParseEventClasses("Elm") })
	c.do("SET k v", "RPUSH l a", "GET missing")
	ear.awaits(message("__keyevent@7__:rpush", "l") + " " + message("__keyevent@7__:keymiss", "missing"))
}

// TestOwnMessagesFollowTheReply: what a RESP3 client's own command publishes to it never splits the reply, whether the
// command runs at once, in a transaction, or later because it was blocked.
func TestOwnMessagesFollowTheReply(t *testing.T) {
	w := newWorld(t)
	w.locked(func() { w.e.Settings.NotifyEvents = engine.ParseEventClasses("El") })
	c, push := w.resp3(), w.peer()
	c.do("SUBSCRIBE __keyevent@0__:lpop __keyevent@0__:rpush")
	popped := ">3 $7 message $19 __keyevent@0__:lpop $1 l"
	pushed := ">3 $7 message $20 __keyevent@0__:rpush $1 l"
	c.want(":2 "+pushed, "RPUSH l a b")
	c.want("*2 $1 a $1 b "+popped, "LPOP l 2")
	c.want("+OK +QUEUED +QUEUED *2 :1 $1 a "+pushed+" "+popped, "MULTI", "RPUSH l a", "LPOP l", "EXEC")
	c.want("", "BLPOP l 0")
	push.do("RPUSH l x")
	c.awaits(pushed + " *2 $1 l $1 x " + popped)
}
