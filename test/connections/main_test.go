package connections

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"redoubt/test/inprocess"
)

// TestMain runs every test over both transports.
func TestMain(m *testing.M) {
	flag.Parse()
	code := 0
	for transport, arguments := range inprocess.Transports {
		if testing.Verbose() {
			fmt.Println("transport", transport)
		}
		inprocess.Arguments = arguments
		if result := m.Run(); result != 0 {
			fmt.Println("FAIL: transport", transport)
			code = result
		}
	}
	os.Exit(code)
}
