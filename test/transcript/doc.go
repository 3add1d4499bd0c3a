// Package transcript runs recorded conversations against a server: requests and the replies a user relies on.
//
// A transcript is a text file. Every line begins with what it is:
//
//	# text            comment
//	> WORD WORD …     a request on connection 1; words are split and quoted as redis-cli does
//	2> WORD …         the same on connection 2 (any single digit)
//	2<                read one reply (a served blocking command, a message) from connection 2 without a request
//	2~                connection 2 has no reply waiting: it is blocked
//	! sleep 20ms      wait (only for what real time decides: deadlines, timeouts)
//
// Behind a request (or "2<") stands the reply, one line per element, nested elements indented by any white space:
//
//	+OK   -ERR text   :1   $text   $-1 (null)   *2 …   *-1 (null array)       RESP2
//	%1 …  ~2 …   >3 …   ,1.5   #t   _   (123   =txt:text                      RESP3
//
// Bulk text is escaped like Go strings (\r\n, \x00, \\). Forms for replies that may differ between runs:
//
//	:in 1 10          an integer from 1 to 10
//	$like glob        a bulk or verbatim string that matches the glob
//	+like glob, -like glob
//	*any 2 …          an array of 2 whose elements may come in any order
//	?                 any one reply
//
// Each file starts with an empty server (FLUSHALL, SELECT 0 and RESET are sent before it).
package transcript
