package command

// Group is the family a command is documented under, in the words of COMMAND DOCS.
type Group string

// The documented groups.
const (
	GroupBitmap       Group = "bitmap"
	GroupCluster      Group = "cluster"
	GroupConnection   Group = "connection"
	GroupGeneric      Group = "generic"
	GroupGeo          Group = "geo"
	GroupHash         Group = "hash"
	GroupHyperLogLog  Group = "hyperloglog"
	GroupList         Group = "list"
	GroupPubSub       Group = "pubsub"
	GroupScripting    Group = "scripting"
	GroupSentinel     Group = "sentinel"
	GroupServer       Group = "server"
	GroupSet          Group = "set"
	GroupSortedSet    Group = "sorted-set"
	GroupStream       Group = "stream"
	GroupString       Group = "string"
	GroupTransactions Group = "transactions"
)

// Spec describes one command or sub-command.
type Spec struct {
	// Name is lower case; for a sub-command the word after its container's ("get" for CONFIG GET).
	Name       string
	Summary    string
	Complexity string
	Since      string
	Group      Group
	// Arity counts all words including the name (and the container's); negative: at least that many.
	Arity int
	Flags Flag
	// ACL holds categories that do not follow from Flags; see [Spec.Categories].
	ACL  Category
	Keys []KeySpec
	// KeysFunc extracts keys where specs cannot (SORT … STORE, MIGRATE). Positions are returned in reply order.
	KeysFunc func(argv [][]byte) []KeyPos
	Args     []Arg
	Tips     []string
	History  []Change
	// DeprecatedSince and ReplacedBy are empty for commands in good standing.
	DeprecatedSince string
	ReplacedBy      string
	// Parent is the container of a sub-command; set at registration.
	Parent *Spec
	// Sub lists the sub-commands of a container; set at registration, sorted by name.
	Sub []*Spec
}

// Change is one line of a command's history: what became different in which version.
type Change struct{ Since, What string }

// FullName is "get", or "config|get" for a sub-command.
func (s *Spec) FullName() string {
	if s.Parent != nil {
		return s.Parent.Name + "|" + s.Name
	}
	return s.Name
}

// ArityOK tells whether n words satisfy the arity.
func (s *Spec) ArityOK(n int) bool {
	if s.Arity >= 0 {
		return n == s.Arity
	}
	return n >= -s.Arity
}

// Flag is a set of command flags.
type Flag uint32

// Command flags, in the order COMMAND prints them.
const (
	Write Flag = 1 << iota
	ReadOnly
	DenyOOM
	Admin
	PubSub
	NoScript
	Blocking
	Loading
	Stale
	SkipMonitor
	SkipSlowlog
	Asking
	Fast
	NoAuth
	// MayReplicate marks commands that replicas may get although they write no key; it is not printed.
	MayReplicate
	NoMandatoryKeys
	NoAsyncLoading
	NoMulti
	AllowBusy
	// Container marks a command that only holds sub-commands; it is not printed.
	Container
	// Protected marks commands that a directive of their own enables (DEBUG, MODULE); it is not printed.
	Protected
	// TouchesArbitraryKeys marks commands that may reach keys not among their words (SORT BY/GET); it is not printed.
	TouchesArbitraryKeys
	// System marks commands for servers and developers of servers; COMMAND DOCS prints it as "syscmd".
	System
)

var flagNames = []struct {
	flag Flag
	name string
}{
	{Write, "write"}, {ReadOnly, "readonly"}, {DenyOOM, "denyoom"}, {Admin, "admin"}, {PubSub, "pubsub"},
	{NoScript, "noscript"}, {Blocking, "blocking"}, {Loading, "loading"}, {Stale, "stale"},
	{SkipMonitor, "skip_monitor"}, {SkipSlowlog, "skip_slowlog"}, {Asking, "asking"}, {Fast, "fast"},
	{NoAuth, "no_auth"},
	{NoMandatoryKeys, "no_mandatory_keys"}, {NoAsyncLoading, "no_async_loading"}, {NoMulti, "no_multi"},
	{AllowBusy, "allow_busy"},
}

// FlagNames lists the flags as COMMAND INFO prints them.
func (s *Spec) FlagNames() []string {
	var out []string
	for _, f := range flagNames {
		if s.Flags&f.flag != 0 {
			out = append(out, f.name)
		}
	}
	if s.KeysMovable() {
		out = append(out, "movablekeys")
	}
	return out
}
