package acl

import (
	"slices"
	"strings"

	"redoubt/internal/command"
	"redoubt/internal/glob"
)

// maxItems bounds each list of a user: patterns, passwords, selectors, first arguments.
const maxItems = 4096

// Permissions on keys.
const (
	mayRead = 1 << iota
	mayWrite
)

type keyPattern struct {
	pattern string
	may     uint8
}

func (p keyPattern) String() string {
	switch p.may {
	case mayRead:
		return "%R~" + p.pattern
	case mayWrite:
		return "%W~" + p.pattern
	}
	return "~" + p.pattern
}

// selector is one set of permissions.
type selector struct {
	commands    commandRules
	allKeys     bool
	keys        []keyPattern
	allChannels bool
	channels    []string
}

func newSelector(t *Commands, allChannels bool) *selector {
	return &selector{commands: commandRules{table: t, allowed: t.newBits()}, allChannels: allChannels}
}

func (s *selector) clone() *selector {
	c := *s
	c.commands, c.keys, c.channels = s.commands.clone(), slices.Clone(s.keys), slices.Clone(s.channels)
	return &c
}

// unlimited tells whether the selector allows everything.
func (s *selector) unlimited() bool { return s.commands.all && s.allKeys && s.allChannels }

// apply reads one rule about commands, keys or channels.
func (s *selector) apply(rule string) error {
	switch lower(rule) {
	case "allkeys", "~*":
		s.allKeys, s.keys = true, nil
		return nil
	case "resetkeys":
		s.allKeys, s.keys = false, nil
		return nil
	case "allchannels", "&*":
		s.allChannels, s.channels = true, nil
		return nil
	case "resetchannels":
		s.allChannels, s.channels = false, nil
		return nil
	case "allcommands", "+@all":
		s.commands.setAll(true)
		return nil
	case "nocommands", "-@all":
		s.commands.setAll(false)
		return nil
	}
	switch rule[0] {
	case '~', '%':
		return s.addKeys(rule)
	case '&':
		return s.addChannels(rule[1:])
	case '+', '-':
		return s.commands.apply(rule)
	}
	return errSyntax
}

func (s *selector) addKeys(rule string) error {
	if s.allKeys {
		return errKeysAfterAll
	}
	p := keyPattern{rule[1:], mayRead | mayWrite}
	if rule[0] == '%' {
		flags, pattern, _ := strings.Cut(rule[1:], "~")
		p = keyPattern{pattern: pattern}
		for _, f := range []byte(flags) {
			switch {
			case f|0x20 == 'r' && p.may&mayRead == 0:
				p.may |= mayRead
			case f|0x20 == 'w' && p.may&mayWrite == 0:
				p.may |= mayWrite
			default:
				return errSyntax
			}
		}
		if p.may == 0 {
			return errSyntax
		}
	}
	if hasSpaces(p.pattern) {
		return errSyntax
	}
	for i := range s.keys {
		if s.keys[i].pattern == p.pattern {
			s.keys[i].may |= p.may
			return nil
		}
	}
	if len(s.keys) >= maxItems {
		return errTooMany
	}
	s.keys = append(s.keys, p)
	return nil
}

func (s *selector) addChannels(pattern string) error {
	switch {
	case s.allChannels:
		return errChannelsAfterAll
	case hasSpaces(pattern):
		return errSyntax
	case slices.Contains(s.channels, pattern):
		return nil
	case len(s.channels) >= maxItems:
		return errTooMany
	}
	s.channels = append(s.channels, pattern)
	return nil
}

// keysText and channelsText are the patterns as ACL GETUSER shows them.
func (s *selector) keysText() string {
	if s.allKeys {
		return "~*"
	}
	words := make([]string, len(s.keys))
	for i, k := range s.keys {
		words[i] = k.String()
	}
	return strings.Join(words, " ")
}

func (s *selector) channelsText() string {
	if s.allChannels {
		return "&*"
	}
	words := make([]string, len(s.channels))
	for i, c := range s.channels {
		words[i] = "&" + c
	}
	return strings.Join(words, " ")
}

// text writes the selector's rules so that they can be read again.
func (s *selector) text() string {
	words := make([]string, 0, 4)
	if keys := s.keysText(); keys != "" {
		words = append(words, keys)
	}
	if !s.allChannels {
		words = append(words, "resetchannels")
	}
	if channels := s.channelsText(); channels != "" {
		words = append(words, channels)
	}
	return strings.Join(append(words, s.commands.text()), " ")
}

// needs is the permission that a command's use of a key asks for.
func needs(flags command.KeyFlag) (may uint8) {
	if flags&command.KeyAccess != 0 {
		may |= mayRead
	}
	if flags&(command.KeyInsert|command.KeyDelete|command.KeyUpdate) != 0 {
		may |= mayWrite
	}
	return may
}

func (s *selector) allowsKey(key []byte, may uint8) bool {
	return s.allKeys || slices.ContainsFunc(s.keys, func(p keyPattern) bool {
		return p.may&may == may && glob.Match(p.pattern, key)
	})
}

// readsAllKeys tells whether every key may be read.
func (s *selector) readsAllKeys() bool {
	return s.allKeys || slices.ContainsFunc(s.keys, func(p keyPattern) bool {
		return p.may&mayRead != 0 && p.pattern == "*"
	})
}

// allowsChannel: a pattern to subscribe to must be allowed word for word, since it may match more than it is matched by.
func (s *selector) allowsChannel(channel []byte, isPattern bool) bool {
	return s.allChannels || slices.ContainsFunc(s.channels, func(allowed string) bool {
		if isPattern {
			return allowed == string(channel)
		}
		return glob.Match(allowed, channel)
	})
}

// hasSpaces finds what would tear a rule apart in a file.
func hasSpaces(text string) bool { return strings.ContainsAny(text, " \t\n\v\f\r\x00") }
