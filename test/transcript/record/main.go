// Command record fills the replies of a transcript from a running server, the reference.
//
//	go run ./test/transcript/record -addr 127.0.0.1:6379 internal/commands/str/get.resp …
//
// Comments, requests and empty lines stay; the reply lines are written anew, except those in a general form (":in",
// "like", "any", "?") which are kept when they still match. Read the result before committing it.
package main

import (
	"flag"
	"fmt"
	"net"
	"os"

	"redoubt/test/transcript"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:6379", "address of the reference server")
	flag.Parse()
	for _, path := range flag.Args() {
		r := transcript.Runner{Dial: func() (net.Conn, error) { return net.Dial("tcp", *addr) }}
		text, err := r.Record(path)
		if err == nil {
			err = os.WriteFile(path, text, 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
