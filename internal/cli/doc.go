// Package cli is the command-line client: redis-cli's flags, output formats and habits, so that scripts and
// fingers that know redis-cli need not learn anything.
//
// A run goes through three layers. [Main] turns flags into options and picks a mode: one command given as
// arguments, commands read from standard input, an interactive session, a scan of the keys, or a report. A client owns the
// connection and the state that redis-cli derives from the commands it sees passing (selected database,
// open transaction, protocol version, subscribed). The formatters turn a reply tree into text and know
// nothing of either.
//
// The interactive session asks the server itself for its commands (COMMAND DOCS), so completion, argument
// hints and help always fit the server at the other end. Everything about them is computed by pure functions
// from that reply; only editor.go touches the terminal. The line editor is github.com/chzyer/readline: of
// the candidates it is the one whose painter hook can show a hint behind the cursor while typing. liner
// cannot show anything but the line, and reeflective/readline queries the terminal for the cursor position
// on each key, which garbles input on slow links.
//
// Where this client differs from redis-cli 7.0 on purpose: it decodes RESP3 big numbers and attributes, on
// which redis-cli gives up; in an interactive session an interrupt ends a subscription or a blocked command
// and not the session (as in 7.2); a URI with an empty user name means the default user; an invalid port is
// refused; after a lost connection the selected database is selected again; with --tls and --sni the host name in the certificate is checked, too.
package cli
