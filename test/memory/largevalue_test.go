package memory

import (
	"bytes"
	"io"
	"net"
	"runtime/metrics"
	"strconv"
	"testing"

	"redoubt/internal/resp"
	"redoubt/test/inprocess"
)

// largeValue is the size of the value that moves, in bytes. With its header it ends just before a page does.
const largeValue = 100<<20 - 14

// allocated is what the process has allocated on the Go heap since its start, in bytes.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// TestLargeValuesAreCopiedOnce: on its way in a value is in the query buffer and then in the dataset, on its way out in the reply,
// and nowhere else. The data is not on the Go heap, so one copy's worth of allocations is the buffer.
func TestLargeValuesAreCopiedOnce(t *testing.T) {
	const most = largeValue + largeValue/20
	for _, transport := range []string{"std", "epoll"} {
		t.Run(transport, func(t *testing.T) {
			node := inprocess.Start(t, "--transport", transport)
			nc, err := node.Dial()
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			request := resp.AppendCommand(nil, []byte("SET"), []byte("large"), bytes.Repeat([]byte("x"), largeValue))
			reply := make([]byte, largeValue+len("$104857586\r\n\r\n"))

			before := allocated()
			exchange(t, nc, request, reply[:len("+OK\r\n")])
			if grown := allocated() - before; grown > most {
				t.Errorf("SET allocates %d MB for a value of 100", grown>>20)
			}
			if string(reply[:5]) != "+OK\r\n" {
				t.Fatalf("%q", reply[:5])
			}

			before = allocated()
			exchange(t, nc, []byte("GET large\r\n"), reply)
			if grown := allocated() - before; grown > most {
				t.Errorf("GET allocates %d MB for a value of 100", grown>>20)
			}
			if head := "$" + strconv.Itoa(largeValue) + "\r\n"; string(reply[:len(head)]) != head || !bytes.HasSuffix(reply, []byte("x\r\n")) {
				t.Errorf("the reply begins with %q", reply[:20])
			}
		})
	}
}

// exchange writes a request and fills reply.
func exchange(t *testing.T, nc net.Conn, request, reply []byte) {
	t.Helper()
	if _, err := nc.Write(request); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(nc, reply); err != nil {
		t.Fatal(err)
	}
}
