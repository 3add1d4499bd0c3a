package config

import (
	"errors"
	"fmt"
	"strings"
)

var (
	errArgumentCount = errors.New("wrong number of arguments")
	errTitleTemplate = errors.New("template format is invalid or contains unknown variables")
)

// checkNotEmpty refuses the empty string as the value of the named parameter.
func checkNotEmpty(name string) func(string) error {
	return func(value string) error {
		if value == "" {
			return fmt.Errorf("%s can't be empty", name)
		}
		return nil
	}
}

// checkFileName accepts the name of a file, or directory, without a path. kind is the word for it.
func checkFileName(name, kind string) func(string) error {
	return func(value string) error {
		if value == "" {
			return fmt.Errorf("%s can't be empty", name)
		}
		if strings.Contains(value, "/") {
			return fmt.Errorf("%s can't be a path, just a %s", name, kind)
		}
		return nil
	}
}

// maxHostname is the length that a host name must stay below.
const maxHostname = 256

func checkHostname(name string) error {
	if len(name) >= maxHostname {
		return fmt.Errorf("Hostnames must be less than %d characters", maxHostname)
	}
	for _, c := range []byte(name) {
		if !isAlphanumeric(c) && c != '-' && c != '.' {
			return errors.New("Hostnames may only contain alphanumeric characters, hyphens or dots")
		}
	}
	return nil
}

func checkNodeName(name string) error {
	if strings.ContainsAny(name, "!#$%&()*+:;<>?@[]^{|}~") {
		return errors.New("Announced human node name contained invalid character")
	}
	return nil
}

// checkLocale accepts the locales in which strings are compared byte by byte, as this server always does.
func checkLocale(name string) error {
	switch name {
	case "", "C", "POSIX", "C.UTF-8", "C.utf8":
		return nil
	}
	return errors.New("Invalid locale name")
}

// checkTitleTemplate accepts a process title with {variable} in it, {{ being a brace, that is not blank.
func checkTitleTemplate(template string) error {
	blank := true
	for rest := template; rest != ""; {
		before, after, found := strings.Cut(rest, "{")
		blank = blank && strings.Trim(before, " ") == ""
		if !found {
			break
		}
		if strings.HasPrefix(after, "{") {
			blank, rest = false, after[1:]
			continue
		}
		variable, behind, closed := strings.Cut(after, "}")
		switch variable {
		case "title", "listen-addr", "server-mode", "port", "tls-port", "unixsocket", "config-file":
		default:
			closed = false
		}
		if !closed {
			return errTitleTemplate
		}
		blank, rest = false, behind
	}
	if blank {
		return errTitleTemplate
	}
	return nil
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
