package cli

import "strings"

// historyFile returns where a session keeps its history; "" if nowhere.
func historyFile(getenv func(string) string) string {
	switch path := getenv("REDISCLI_HISTFILE"); {
	case path == "/dev/null":
		return ""
	case path != "":
		return path
	}
	if home := getenv("HOME"); home != "" {
		return home + "/.rediscli_history"
	}
	return ""
}

// hasSecret tells whether a command may contain a password, so that it must not be kept.
func hasSecret(args []string) bool {
	if len(args) == 0 {
		return false
	}
	name, sub := strings.ToLower(args[0]), ""
	if len(args) > 1 {
		sub = strings.ToLower(args[1])
	}
	switch name {
	case "auth":
		return true
	case "acl":
		return sub == "setuser" || sub == "deluser" || sub == "getuser"
	case "config":
		return sub == "set" && anyOf(args[2:], "requirepass", "masterauth", "masteruser", "primaryauth", "primaryuser",
			"tls-key-file-pass", "tls-client-key-file-pass")
	case "hello":
		return anyOf(args[1:], "auth")
	case "migrate":
		return anyOf(args[1:], "auth", "auth2")
	case "sentinel":
		return anyOf(args[1:], "auth-pass", "auth-user", "sentinel-pass", "sentinel-user")
	}
	return false
}

// anyOf tells whether one of the words is among the arguments.
func anyOf(args []string, words ...string) bool {
	for _, arg := range args {
		for _, word := range words {
			if strings.EqualFold(arg, word) {
				return true
			}
		}
	}
	return false
}
