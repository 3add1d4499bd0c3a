// Package conformance plays the transcripts that stand beside the commands: against this server in process, and against
// a real redis-server when ORACLE=host:port is set (make oracle). What differs there on purpose is listed with its reason
// in differences.txt. It also compares the table of all commands (COMMAND and COMMAND DOCS) with a recording of the real
// server's; see TestCommandTable.
package conformance
