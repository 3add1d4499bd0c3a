package connection

import (
	"slices"
	"strings"

	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// CLIENT TRACKING switches on that the server tells the client, or another one for it, when keys change that the client
// may keep in a cache of its own; the essay is in the engine's tracking.go.
var clientTracking = clientSub("tracking", "6.0.0", "Says whether the server tells of changed keys, for caches of clients.", -3, clientFlags,
	runClientTracking,
	command.OneOf("status", command.Token("on", "ON"), command.Token("off", "OFF")),
	command.Int("client-id").WithToken("REDIRECT").Opt(),
	command.Str("prefix").WithToken("PREFIX").Opt().ManyTokens(),
	command.Token("bcast", "BCAST").Opt(),
	command.Token("optin", "OPTIN").Opt(),
	command.Token("optout", "OPTOUT").Opt(),
	command.Token("noloop", "NOLOOP").Opt())

func runClientTracking(c *engine.Call) {
	var how engine.Tracking
	if !parseTracking(c, &how) {
		return
	}
	switch {
	case c.Is(2, "OFF"):
		c.Client.StopTracking()
	case !c.Is(2, "ON"):
		c.SyntaxError()
		return
	default:
		if problem := incompatible(&how, c.Client.Tracking()); problem != "" {
			c.Err("ERR " + problem)
			return
		}
		if how.Broadcast && len(how.Prefixes) == 0 {
			how.Prefixes = []string{""}
		}
		c.Client.Track(how)
	}
	c.OK()
}

// parseTracking reads the options; on failure it has replied.
func parseTracking(c *engine.Call, how *engine.Tracking) bool {
	for i := 3; i < c.NArg(); i++ {
		more := i+1 < c.NArg()
		switch {
		case c.Is(i, "REDIRECT") && more:
			i++
			if how.Redirect != 0 {
				c.Err("ERR A client can only redirect to a single other client")
				return false
			}
			id, ok := c.Int(i)
			if !ok {
				return false
			}
			if c.Engine.ClientByID(uint64(id)) == nil {
				c.Err("ERR The client ID you want redirect to does not exist")
				return false
			}
			how.Redirect = uint64(id)
		case c.Is(i, "BCAST"):
			how.Broadcast = true
		case c.Is(i, "OPTIN"):
			how.OptIn = true
		case c.Is(i, "OPTOUT"):
			how.OptOut = true
		case c.Is(i, "NOLOOP"):
			how.NoLoop = true
		case c.Is(i, "PREFIX") && more:
			i++
			how.Prefixes = append(how.Prefixes, string(c.Arg(i)))
		default:
			c.SyntaxError()
			return false
		}
	}
	return true
}

// incompatible tells what is wrong with options, among themselves and beside how the client tracks already (nil: it does
// not); "" when nothing is.
func incompatible(how, before *engine.Tracking) string {
	switch {
	case !how.Broadcast && len(how.Prefixes) > 0:
		return "PREFIX option requires BCAST mode to be enabled"
	case before != nil && before.Broadcast != how.Broadcast:
		return "You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a " +
			"different mode."
	case how.Broadcast && (how.OptIn || how.OptOut):
		return "OPTIN and OPTOUT are not compatible with BCAST"
	case how.OptIn && how.OptOut:
		return "You can't specify both OPTIN mode and OPTOUT mode"
	case before != nil && (how.OptIn && before.OptOut || how.OptOut && before.OptIn):
		return "You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a " +
			"different mode."
	}
	if before != nil {
		for _, prefix := range how.Prefixes {
			if other, found := overlap(before.Prefixes, prefix); found {
				return "Prefix '" + prefix + "' overlaps with an existing prefix '" + other + "'. Prefixes for a single client must not overlap."
			}
		}
	}
	if one, other, found := overlapAmong(how.Prefixes); found {
		return "Prefix '" + one + "' overlaps with another provided prefix '" + other + "'. Prefixes for a single client must not overlap."
	}
	return ""
}

// overlap finds one of the prefixes that begins with prefix or the other way round. They are sorted and do not overlap but
// for the empty one, so that only neighbours can.
func overlap(prefixes []string, prefix string) (string, bool) {
	if len(prefixes) > 0 && prefixes[0] == "" {
		return "", true
	}
	at, _ := slices.BinarySearch(prefixes, prefix)
	if at > 0 && strings.HasPrefix(prefix, prefixes[at-1]) {
		return prefixes[at-1], true
	}
	if at < len(prefixes) && strings.HasPrefix(prefixes[at], prefix) {
		return prefixes[at], true
	}
	return "", false
}

// overlapAmong finds two of the prefixes of which one begins with the other, in the order they were given. In sorted order
// a prefix that overlaps with any overlaps with the next.
func overlapAmong(prefixes []string) (one, other string, found bool) {
	order := make([]int, len(prefixes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(prefixes[a], prefixes[b]) })
	for k := 1; k < len(order); k++ {
		i, j := order[k-1], order[k]
		if strings.HasPrefix(prefixes[j], prefixes[i]) {
			return prefixes[min(i, j)], prefixes[max(i, j)], true
		}
	}
	return "", "", false
}

// CLIENT CACHING says, for a client that tracks with OPTIN or OPTOUT, whether it caches what the next command reads.
var clientCaching = clientSub("caching", "6.0.0", "Says whether the client caches what the next command reads.", 3, clientFlags,
	func(c *engine.Call) {
		t := c.Client.Tracking()
		if t == nil {
			c.Err("ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled")
			return
		}
		switch {
		case c.Is(2, "YES") && !t.OptIn:
			c.Err("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
		case c.Is(2, "NO") && !t.OptOut:
			c.Err("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
		case c.Is(2, "YES"), c.Is(2, "NO"):
			t.Caching = true
			c.OK()
		default:
			c.SyntaxError()
		}
	},
	command.OneOf("mode", command.Token("yes", "YES"), command.Token("no", "NO")))

// CLIENT GETREDIR returns the client that gets the messages: 0 for the client itself, -1 when it does not track.
var clientGetredir = clientSub("getredir", "6.0.0", "Returns the client that is told of changed keys instead of this one.", 2, clientFlags,
	func(c *engine.Call) { c.Reply.Int(redirection(c.Client.Tracking())) })

func redirection(t *engine.Tracking) int64 {
	if t == nil {
		return -1
	}
	return int64(t.Redirect)
}

// CLIENT TRACKINGINFO says how the client tracks.
var clientTrackinginfo = clientSub("trackinginfo", "6.2.0", "Says how the client is told of changed keys.", 2, clientFlags,
	func(c *engine.Call) {
		w := c.Reply
		t := c.Client.Tracking()
		w.Map(3)
		w.BulkString("flags")
		flags := trackingFlags(t)
		w.Set(len(flags))
		for _, f := range flags {
			w.BulkString(f)
		}
		w.BulkString("redirect")
		w.Int(redirection(t))
		w.BulkString("prefixes")
		if t == nil {
			w.EmptyArray()
			return
		}
		c.BulkStrings(t.Prefixes)
	})

func trackingFlags(t *engine.Tracking) []string {
	if t == nil {
		return []string{"off"}
	}
	flags := []string{"on"}
	add := func(on bool, name string) {
		if on {
			flags = append(flags, name)
		}
	}
	add(t.Broadcast, "bcast")
	add(t.OptIn, "optin")
	add(t.OptIn && t.Caching, "caching-yes")
	add(t.OptOut, "optout")
	add(t.OptOut && t.Caching, "caching-no")
	add(t.NoLoop, "noloop")
	add(t.BrokenRedirect, "broken_redirect")
	return flags
}
