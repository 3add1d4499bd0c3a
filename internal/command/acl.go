package command

// Category is a set of ACL categories.
type Category uint32

// ACL categories, in the order ACL CAT prints them.
const (
	CatKeyspace Category = 1 << iota
	CatRead
	CatWrite
	CatSet
	CatSortedSet
	CatList
	CatHash
	CatString
	CatBitmap
	CatHyperLogLog
	CatGeo
	CatStream
	CatPubSub
	CatAdmin
	CatFast
	CatSlow
	CatBlocking
	CatDangerous
	CatConnection
	CatTransaction
	CatScripting
)

var categoryNames = []string{
	"keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap", "hyperloglog", "geo",
	"stream", "pubsub", "admin", "fast", "slow", "blocking", "dangerous", "connection", "transaction", "scripting",
}

// AllCategories lists every category name without the "@", in ACL CAT's order.
func AllCategories() []string { return categoryNames }

// CategoryByName finds a category by its name without "@"; ok is false for unknown names.
func CategoryByName(name string) (Category, bool) {
	for i, n := range categoryNames {
		if n == name {
			return 1 << i, true
		}
	}
	return 0, false
}

// Categories is the full set: the Spec's own plus those that follow from its flags.
func (s *Spec) Categories() Category {
	c := s.ACL
	f := s.Flags
	if f&Container != 0 {
		return c
	}
	if f&Write != 0 {
		c |= CatWrite
	}
	// Scripting commands are read-only or writing depending on the script, so they count as neither.
	if f&ReadOnly != 0 && c&CatScripting == 0 {
		c |= CatRead
	}
	if f&Admin != 0 {
		c |= CatAdmin | CatDangerous
	}
	if f&PubSub != 0 {
		c |= CatPubSub
	}
	if f&Blocking != 0 {
		c |= CatBlocking
	}
	if f&Fast != 0 {
		return c | CatFast
	}
	return c | CatSlow
}

// Names lists the categories with their "@".
func (c Category) Names() []string {
	var out []string
	for i, n := range categoryNames {
		if c&(1<<i) != 0 {
			out = append(out, "@"+n)
		}
	}
	return out
}

// Denial is why a user may not run a command. A greater value was found later.
type Denial uint8

// The denials.
const (
	Allowed Denial = iota
	DeniedCommand
	DeniedKey
	DeniedAuth // the user could not authenticate
	DeniedChannel
)

// String is the reason as ACL LOG shows it.
func (d Denial) String() string {
	return [...]string{"", "command", "key", "auth", "channel"}[d]
}
