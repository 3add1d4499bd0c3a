package differential

import (
	"sync"

	"redoubt/internal/command"
	"redoubt/internal/commands/all"
	"redoubt/internal/engine"
)

// reference is the version of the server that sequences are compared with; what is newer is not generated.
const reference = "7.0.15"

// excluded are the commands that are not played, with the reason. Transcripts and process tests have them.
var excluded = map[string]string{
	"shutdown":       "ends the server",
	"debug":          "looks into, stops and crashes the server",
	"monitor":        "turns the connection into a log of all others",
	"replicaof":      "makes the server another's replica",
	"slaveof":        "makes the server another's replica",
	"migrate":        "is about other servers",
	"failover":       "is about replicas",
	"psync":          "is about replicas",
	"sync":           "is about replicas",
	"replconf":       "is about replicas",
	"save":           "writes files; how far saving has come decides the reply",
	"bgsave":         "writes files; how far saving has come decides the reply",
	"bgrewriteaof":   "writes files; how far saving has come decides the reply",
	"config|rewrite": "writes files",
	"acl|save":       "writes files",
	"acl|load":       "reads files",
	"module|load":    "loads machine code",
	"module|loadex":  "loads machine code",
	"client|reply":   "takes the replies away that are compared",
	"pfselftest":     "runs for a second",
	"lolwut":         "is art",
	"command|docs":   "documents 7.2",
	"command|info":   "documents 7.2",
	"command|count":  "counts 7.2's commands",
	"acl|getuser":    "7.2 shows rules in another form",
	"script|debug":   "hands the connection to a debugger",
}

// excludedTokens are options that are not played.
var excludedTokens = map[string]string{
	"WITHSCORE": "is new in 7.2",
}

// commands returns the Specs that are played: sub-commands instead of containers, without those excluded and those newer
// than the reference.
var commands = sync.OnceValue(func() []*command.Spec {
	var out []*command.Spec
	for _, c := range registry().All() {
		if c.Spec.Flags&command.Container == 0 {
			out = append(out, &c.Spec)
		}
		for _, sub := range c.Sub {
			out = append(out, &sub.Spec)
		}
	}
	played := out[:0]
	for _, s := range out {
		container := ""
		if s.Parent != nil {
			container = s.Parent.Name
		}
		if excluded[s.FullName()] == "" && excluded[container] == "" && !newer(s.Since) {
			played = append(played, s)
		}
	}
	return played
})

var registry = sync.OnceValue(func() *engine.Registry { return engine.NewRegistry(all.Families()...) })

// isContainer tells whether a command has sub-commands.
func isContainer(name string) bool {
	c := registry().Lookup([]byte(name))
	return c != nil && len(c.Sub) > 0
}

// newer tells whether a version of the form 7.2.0 came after the reference's minor version.
func newer(since string) bool { return len(since) > 2 && since[:3] > reference[:3] }
