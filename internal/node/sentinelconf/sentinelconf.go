// Package sentinelconf reads, compares and renders sentinel.conf, a file with two authors.
//
// gitlab.rb decides how the Sentinel process listens and how patient it is. Sentinel itself writes down what it has learnt
// and decided: which server is the primary now, its replicas, the other Sentinels, the epochs of failovers, its own id.
// Whoever overwrites that makes a Sentinel that votes with false memories, and rewinds a failover. So rendering starts
// from the file in place and keeps what Sentinel wrote, and a comparison looks at gitlab.rb's share only.
//
// Which server is the primary belongs to gitlab.rb until the tier has formed (no replica, no other Sentinel, no failover
// known), so that a mistyped address can still be corrected; from then on it is Sentinel's.
//
// A trap: Sentinel rewrites the auth-pass line without quotes, whatever the password holds. With a blank or a quote in it
// Sentinel cannot read its own file back. Parse therefore takes the rest of such a line as it is, and Repair, which runs
// before every start, writes the line as it has to be.
package sentinelconf

import (
	"slices"
	"strings"

	"redoubt/internal/node/redisconf"
)

// Wanted is gitlab.rb's share of the file.
type Wanted struct {
	Name string // of the primary
	Host string // of the primary when the tier is set up
	Port string
	MyID string
	// Server are the directives about the process itself, Primary those about the watched primary without "sentinel" and
	// the name: quorum 2, auth-pass ….
	Server, Primary []redisconf.Directive
}

// Change is one setting that differs. Values are secret when the name says so (redisconf.Secret, auth-pass).
type Change struct {
	Name, From, To string
}

// String shows the change with secrets hidden.
func (c Change) String() string {
	if c.Name == authPass || redisconf.Secret(c.Name) {
		return c.Name + ": changed (values are not shown)"
	}
	return c.Name + ": " + redisconf.Displayed(c.Name, c.From) + " -> " + redisconf.Displayed(c.Name, c.To)
}

// authPass is the word of the line that Sentinel does not quote.
const authPass = "auth-pass"

// Parse reads a sentinel.conf, whether we or Sentinel wrote it last. An auth-pass directive has one argument more than
// usual: after the password as the grammar has it ("" when it cannot be read) comes the rest of the line as it stands.
func Parse(file string, content []byte) ([]redisconf.Directive, error) {
	var all []redisconf.Directive
	var others strings.Builder
	for line := range strings.Lines(string(content)) {
		directive, ok := parseAuthPass(line)
		if !ok {
			others.WriteString(line)
			continue
		}
		others.WriteString("\n") // keeps the numbers of lines in errors right
		all = append(all, directive)
	}
	parsed, err := redisconf.Parse(file, []byte(others.String()))
	return append(all, parsed...), err
}

func parseAuthPass(line string) (redisconf.Directive, bool) {
	words := strings.SplitN(strings.TrimLeft(strings.TrimRight(line, "\r\n"), " \t"), " ", 4)
	if len(words) != 4 || !strings.EqualFold(words[0], "sentinel") || !strings.EqualFold(words[1], authPass) {
		return redisconf.Directive{}, false
	}
	readable := ""
	if parsed, err := redisconf.Parse("", []byte("x "+words[3])); err == nil && len(parsed) == 1 && len(parsed[0].Args) == 1 {
		readable = parsed[0].Args[0]
	}
	return redisconf.New("sentinel", authPass, words[2], readable, words[3]), true
}

// Repair replaces the auth-pass line of a sentinel.conf by the one in good, a file that we wrote. Without such lines, or when
// they are the same, the content is returned as it is.
func Repair(content, good []byte) []byte {
	line := ""
	for candidate := range strings.Lines(string(good)) {
		if _, ok := parseAuthPass(candidate); ok {
			line = candidate
		}
	}
	if line == "" {
		return content
	}
	var repaired strings.Builder
	for existing := range strings.Lines(string(content)) {
		if _, ok := parseAuthPass(existing); ok {
			existing = line
		}
		repaired.WriteString(existing)
	}
	return []byte(repaired.String())
}

// learnt are the words after "sentinel" of the lines that are Sentinel's own.
var learnt = []string{"known-replica", "known-slave", "known-sentinel", "config-epoch", "leader-epoch", "current-epoch"}

// defaults are what Sentinel has for a setting that its file does not mention; it leaves them out when it rewrites the file.
var defaults = map[string]string{
	"down-after-milliseconds": "30000", "failover-timeout": "180000", authPass: "", "requirepass": "", "tls-port": "0",
	"sentinel announce-ip": "", "sentinel resolve-hostnames": "no", "sentinel announce-hostnames": "no",
}

// Primary is where the file has Sentinel look for the primary of that name.
func Primary(current []redisconf.Directive, name string) (host, port string, ok bool) {
	for _, d := range current {
		if isAbout(d, "monitor", name) && len(d.Args) >= 4 {
			return d.Args[2], d.Args[3], true
		}
	}
	return "", "", false
}

// Formed says whether Sentinel knows more of a tier than gitlab.rb told it.
func Formed(current []redisconf.Directive, name string) bool {
	return slices.ContainsFunc(current, func(d redisconf.Directive) bool {
		for _, word := range []string{"known-replica", "known-slave", "known-sentinel"} {
			if isAbout(d, word, name) {
				return true
			}
		}
		return isAbout(d, "config-epoch", name) && len(d.Args) > 2 && d.Args[2] != "0"
	})
}

// MyID is the identity in the file, or "".
func MyID(current []redisconf.Directive) string {
	for _, d := range current {
		if d.Name == "sentinel" && len(d.Args) == 2 && strings.EqualFold(d.Args[0], "myid") {
			return d.Args[1]
		}
	}
	return ""
}

func isAbout(d redisconf.Directive, word, name string) bool {
	return d.Name == "sentinel" && len(d.Args) > 1 && strings.EqualFold(d.Args[0], word) && d.Args[1] == name
}

// Render is the whole file: gitlab.rb's share, and what Sentinel wrote into the one in place.
func Render(wanted Wanted, current []redisconf.Directive) []redisconf.Directive {
	host, port, known := Primary(current, wanted.Name)
	if !known || !Formed(current, wanted.Name) {
		host, port = wanted.Host, wanted.Port
	}
	file := slices.Clone(wanted.Server)
	file = append(file, redisconf.New("sentinel", "myid", wanted.MyID),
		redisconf.New("sentinel", "monitor", wanted.Name, host, port, value(wanted.Primary, "quorum")))
	for _, d := range wanted.Primary {
		if d.Name != "quorum" {
			file = append(file, redisconf.New("sentinel", append([]string{d.Name, wanted.Name}, d.Args...)...))
		}
	}
	for _, d := range current {
		if kept(d, wanted.Name) {
			file = append(file, redisconf.New(d.Name, d.Args...))
		}
	}
	return file
}

// AuthPass is the line with the primary's password, if it has one.
func AuthPass(wanted Wanted) []redisconf.Directive {
	var lines []redisconf.Directive
	for _, d := range wanted.Primary {
		if d.Name == authPass {
			lines = append(lines, redisconf.New("sentinel", authPass, wanted.Name, d.Args[0]))
		}
	}
	return lines
}

func kept(d redisconf.Directive, name string) bool {
	if d.Name == "user" {
		return len(d.Args) > 0 && d.Args[0] != "default"
	}
	if d.Name != "sentinel" || len(d.Args) < 2 || !slices.Contains(learnt, strings.ToLower(d.Args[0])) {
		return false
	}
	return strings.EqualFold(d.Args[0], "current-epoch") || d.Args[1] == name
}

func value(directives []redisconf.Directive, name string) string {
	for _, d := range directives {
		if d.Name == name {
			return strings.Join(d.Args, " ")
		}
	}
	return ""
}

// Compare lists how the file in place differs from wanted: what a running Sentinel can be told (about the primary), and
// what it must be restarted for (about itself, or another primary).
func Compare(wanted Wanted, current []redisconf.Directive) (hot, cold []Change) {
	host, port, known := Primary(current, wanted.Name)
	target := wanted.Host + " " + wanted.Port
	if !known || !Formed(current, wanted.Name) && host+" "+port != target {
		from := ""
		if known {
			from = host + " " + port
		}
		cold = append(cold, Change{Name: "monitor " + wanted.Name, From: from, To: target})
	}
	want, have := ours(wanted.Server), ours(current)
	want["sentinel myid"] = wanted.MyID
	cold = append(cold, differences(want, have)...)
	if !known {
		return nil, cold
	}
	return differences(ours(wanted.Primary), aboutPrimary(current, wanted.Name, value(wanted.Primary, authPass))), cold
}

// ours are the directives that gitlab.rb decides, by name; those that begin with sentinel have their second word in it.
func ours(directives []redisconf.Directive) map[string]string {
	settings := map[string]string{}
	for _, d := range directives {
		switch {
		case d.Name == "sentinel" && len(d.Args) == 2 && !slices.Contains(learnt, strings.ToLower(d.Args[0])):
			settings["sentinel "+strings.ToLower(d.Args[0])] = d.Args[1]
		case d.Name != "sentinel" && d.Name != "user" && !d.Generated:
			settings[d.Name] = strings.Join(d.Args, " ")
		}
	}
	return settings
}

// aboutPrimary are the settings of the watched primary. password tells which reading of an auth-pass line is meant.
func aboutPrimary(current []redisconf.Directive, name, password string) map[string]string {
	settings := map[string]string{}
	for _, d := range current {
		switch {
		case isAbout(d, "monitor", name) && len(d.Args) >= 5:
			settings["quorum"] = d.Args[4]
		case isAbout(d, authPass, name) && len(d.Args) == 4:
			settings[authPass] = d.Args[2]
			if d.Args[3] == password {
				settings[authPass] = password
			}
		case d.Name == "sentinel" && len(d.Args) == 3 && d.Args[1] == name && !slices.Contains(learnt, strings.ToLower(d.Args[0])):
			settings[strings.ToLower(d.Args[0])] = d.Args[2]
		}
	}
	return settings
}

// differences compares what either side has to say about the settings that this package knows or that are wanted.
func differences(want, have map[string]string) []Change {
	names := map[string]bool{}
	for name := range want {
		names[name] = true
	}
	for name := range defaults {
		if _, ok := have[name]; ok {
			names[name] = true
		}
	}
	var changes []Change
	for name := range names {
		from, to := valueOr(have, name), valueOr(want, name)
		if canonical(from) != canonical(to) {
			changes = append(changes, Change{Name: name, From: from, To: to})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.Name, b.Name) })
	return changes
}

func valueOr(settings map[string]string, name string) string {
	if value, ok := settings[name]; ok {
		return value
	}
	return defaults[name]
}

func canonical(value string) string {
	if lower := strings.ToLower(value); lower == "yes" || lower == "no" {
		return lower
	}
	return value
}
