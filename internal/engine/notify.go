package engine

import "strconv"

// EventClass is a set of keyspace event classes (notify-keyspace-events).
type EventClass uint16

// Event classes with their letters.
const (
	EventKeyspace EventClass = 1 << iota // K
	EventKeyevent                        // E
	EventGeneric                         // g
	EventString                          // $
	EventList                            // l
	EventSet                             // s
	EventHash                            // h
	EventZSet                            // z
	EventExpired                         // x
	EventEvicted                         // e
	EventStream                          // t
	EventKeyMiss                         // m, not in A
	EventModule                          // d
	EventNew                             // n, not in A
	// EventAll is what the letter A stands for.
	EventAll = EventGeneric | EventString | EventList | EventSet | EventHash | EventZSet | EventExpired | EventEvicted |
		EventStream | EventModule
)

// Notify publishes a keyspace event when its class is configured.
func (e *Engine) Notify(class EventClass, event string, key []byte, db *DB) {
	on := e.Settings.NotifyEvents
	if on&class == 0 {
		return
	}
	id := strconv.Itoa(db.ID)
	if on&EventKeyspace != 0 {
		ch := append([]byte("__keyspace@"+id+"__:"), key...)
		e.Publish(ch, []byte(event))
	}
	if on&EventKeyevent != 0 {
		e.Publish([]byte("__keyevent@"+id+"__:"+event), key)
	}
}

var eventLetters = map[byte]EventClass{
	'K': EventKeyspace, 'E': EventKeyevent, 'g': EventGeneric, '$': EventString, 'l': EventList, 's': EventSet,
	'h': EventHash, 'z': EventZSet, 'x': EventExpired, 'e': EventEvicted, 't': EventStream, 'm': EventKeyMiss,
	'd': EventModule, 'n': EventNew, 'A': EventAll,
}

// ParseEventClasses reads the letters of notify-keyspace-events; the configuration has checked them.
func ParseEventClasses(letters string) EventClass {
	var c EventClass
	for i := range len(letters) {
		c |= eventLetters[letters[i]]
	}
	return c
}
