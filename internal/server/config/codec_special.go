package config

import (
	"errors"
	"fmt"
	"strings"
)

// OutputLimit bounds the unsent output of one class of clients: a client is disconnected at once above Hard bytes, and
// when it has been above Soft bytes for Seconds. Zero bytes mean no bound.
type OutputLimit struct {
	Hard, Soft uint64
	Seconds    int64
}

// OutputLimits are the limits of client-output-buffer-limit, one a class.
type OutputLimits struct {
	Normal, Replica, PubSub OutputLimit
}

// outputLimits is the type of client-output-buffer-limit; the value is an OutputLimits. A directive changes the classes
// it names.
type outputLimits struct{}

func (outputLimits) parse(arguments []string, previous any) (any, error) {
	limits := previous.(OutputLimits)
	if len(arguments)%4 != 0 {
		return nil, errors.New("Wrong number of arguments in buffer limit configuration.")
	}
	for ; len(arguments) > 0; arguments = arguments[4:] {
		var class *OutputLimit
		switch strings.ToLower(arguments[0]) {
		case "normal":
			class = &limits.Normal
		case "replica", "slave":
			class = &limits.Replica
		case "pubsub":
			class = &limits.PubSub
		default:
			return nil, errors.New("Invalid client class specified in buffer limit configuration.")
		}
		hard, hardOK := parseMemory(arguments[1])
		soft, softOK := parseMemory(arguments[2])
		seconds, secondsOK := parseLenient(arguments[3], 10)
		if !hardOK || !softOK || !secondsOK || seconds < 0 {
			return nil, errors.New("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
		}
		*class = OutputLimit{hard, soft, seconds}
	}
	return limits, nil
}

func (outputLimits) text(value any) string {
	limits := value.(OutputLimits)
	var words []string
	for _, class := range []struct {
		name string
		OutputLimit
	}{{"normal", limits.Normal}, {"slave", limits.Replica}, {"pubsub", limits.PubSub}} {
		words = append(words, fmt.Sprintf("%s %d %d %d", class.name, class.Hard, class.Soft, class.Seconds))
	}
	return strings.Join(words, " ")
}

func (outputLimits) lines(name string, value, byDefault any) []rewriteLine {
	limits, defaults := value.(OutputLimits), byDefault.(OutputLimits)
	line := func(class string, limit, byDefault OutputLimit) rewriteLine {
		text := fmt.Sprintf("%s %s %s %s %d", name, class, formatMemory(limit.Hard), formatMemory(limit.Soft), limit.Seconds)
		return rewriteLine{text, limit != byDefault}
	}
	return []rewriteLine{
		line("normal", limits.Normal, defaults.Normal),
		line("replica", limits.Replica, defaults.Replica),
		line("pubsub", limits.PubSub, defaults.PubSub),
	}
}

// eventClasses is the type of notify-keyspace-events; the value is a string of class letters in their one order.
type eventClasses struct{}

const (
	allEventClasses  = "g$lshzxetd" // what A stands for
	restEventClasses = "nKEm"
)

func (eventClasses) parse(arguments []string, _ any) (any, error) {
	given := arguments[0]
	for _, class := range []byte(given) {
		if strings.IndexByte("A"+allEventClasses+restEventClasses, class) < 0 {
			return nil, errors.New("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
		}
	}
	given = strings.ReplaceAll(given, "A", allEventClasses)
	var value strings.Builder
	for _, class := range []byte(allEventClasses + restEventClasses) {
		if strings.IndexByte(given, class) >= 0 {
			value.WriteByte(class)
		}
	}
	text := value.String()
	if rest, all := strings.CutPrefix(text, allEventClasses); all {
		text = "A" + rest
	}
	return text, nil
}

func (eventClasses) text(value any) string { return value.(string) }

func (eventClasses) lines(name string, value, byDefault any) []rewriteLine {
	return oneLine(name, Quote(value.(string)), value != byDefault)
}

// Primary is the server that a replica follows. The zero value means that this server is a primary itself.
type Primary struct {
	Host string
	Port int
}

// primary is the type of replicaof; the value is a Primary.
type primary struct{}

func (primary) parse(arguments []string, _ any) (any, error) {
	if len(arguments) != 2 {
		return nil, errArgumentCount
	}
	if strings.EqualFold(arguments[0], "no") && strings.EqualFold(arguments[1], "one") {
		return Primary{}, nil
	}
	port, ok := parseLenient(arguments[1], 10)
	if !ok || port < 0 || port > 65535 {
		return nil, errors.New("Invalid master port")
	}
	return Primary{arguments[0], int(port)}, nil
}

func (primary) text(value any) string {
	p := value.(Primary)
	if p.Host == "" {
		return ""
	}
	return fmt.Sprintf("%s %d", p.Host, p.Port)
}

// lines quotes a host that needs it: it comes from a client, and must not be able to add lines to the file.
func (primary) lines(name string, value, _ any) []rewriteLine {
	p := value.(Primary)
	if p.Host == "" {
		return nil
	}
	host := p.Host
	if !isBare(host) {
		host = Quote(host)
	}
	return oneLine(name, fmt.Sprintf("%s %d", host, p.Port), true)
}

// directory is the type of dir; the value is the absolute path of the working directory. Reading a dir directive changes
// the working directory at once, because relative paths further down the file depend on it.
type directory struct {
	change  func(path string) error
	current func() (string, error)
}

func (d directory) parse(arguments []string, _ any) (any, error) {
	if err := d.change(arguments[0]); err != nil {
		return nil, errors.New(systemReason(err))
	}
	path, err := d.current()
	if err != nil {
		return nil, errors.New(systemReason(err))
	}
	return path, nil
}

// undo goes back to the directory of before.
func (d directory) undo(previous any) error { return d.change(previous.(string)) }

func (directory) text(value any) string { return value.(string) }

func (directory) lines(name string, value, _ any) []rewriteLine {
	return oneLine(name, Quote(value.(string)), true)
}
