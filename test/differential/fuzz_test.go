package differential

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/internal/resp"
	"redoubt/test/inprocess"
)

// target is a server in this process.
type target struct{ *inprocess.Node }

func (target) Revive() error {
	return errors.New("a server in the test's process is not started again")
}

// changed is a server behind something that changes requests: a server with a bug.
type changed struct {
	target
	change func(words [][]byte) [][]byte
}

// Dial connects through a pipe that changes what is sent.
func (c changed) Dial() (net.Conn, error) {
	server, err := c.target.Dial()
	if err != nil {
		return nil, err
	}
	client, inside := net.Pipe()
	go func() {
		defer server.Close()
		in := bufio.NewReader(inside)
		for {
			request, err := resp.ReadReply(in, resp.DefaultReplyLimits())
			if err != nil {
				return
			}
			words := make([][]byte, len(request.Elems))
			for i := range request.Elems {
				words[i] = request.Elems[i].Str
			}
			if _, err := server.Write(resp.AppendCommand(nil, c.change(words)...)); err != nil {
				return
			}
		}
	}()
	go func() {
		defer inside.Close()
		_, _ = io.Copy(inside, server) // it ends when either side hangs up
	}()
	return client, nil
}

func options(log io.Writer) Options {
	return Options{Seed: 1, Duration: time.Minute, Length: 80, ShrinkFor: 20 * time.Second, MaxDifferences: 1, Log: log}
}

// TestPlantedDifferenceIsFoundAndShrunk: a server that mistakes one command is found out, and what shows it is short.
func TestPlantedDifferenceIsFoundAndShrunk(t *testing.T) {
	for name, plant := range map[string]struct {
		change func([][]byte) [][]byte
		steps  int // at most, of what shows it
	}{
		"rpushx": {func(words [][]byte) [][]byte {
			if len(words) == 3 && bytes.EqualFold(words[0], []byte("rpushx")) {
				words[0] = []byte("lpushx")
			}
			return words
		}, 3}, // two make a list when one of them moves its element, and none of the two can go

		"echo": {func(words [][]byte) [][]byte {
			if bytes.EqualFold(words[0], []byte("echo")) {
				return append(words[:1:1], []byte("something else"))
			}
			return words
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			p := &Player{Theirs: target{inprocess.Start(t)}, Ours: changed{target{inprocess.Start(t)}, plant.change}}
			r, err := Fuzz(p, options(&log))
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Differences) != 1 {
				t.Fatalf("not found in %d steps", r.Steps)
			}
			d := r.Differences[0]
			if len(d.Played) > plant.steps || !strings.Contains(strings.ToLower(Transcript(d.Played)), name) {
				t.Errorf("shrunk to %d steps, want at most %d:\n%s", len(d.Played), plant.steps, log.String())
			}
		})
	}
}

// TestEqualServersDoNotDiffer: random picks, order, ids and time are no differences.
func TestEqualServersDoNotDiffer(t *testing.T) {
	var log bytes.Buffer
	o := options(&log)
	o.Sequences = 20
	r, err := Fuzz(&Player{Theirs: target{inprocess.Start(t)}, Ours: target{inprocess.Start(t)}}, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Differences) > 0 || r.Sequences != o.Sequences || r.Steps != o.Sequences*uint64(o.Length) {
		t.Errorf("%d sequences, %d steps:\n%s", r.Sequences, r.Steps, log.String())
	}
}

func TestMinimise(t *testing.T) {
	list := make([]int, 100)
	for i := range list {
		list[i] = i
	}
	got := minimise(list, func(l []int) bool { return slices.Contains(l, 3) && slices.Contains(l, 71) })
	if !slices.Equal(got, []int{3, 71}) {
		t.Errorf("got %v", got)
	}
	if got := minimise(list, func([]int) bool { return false }); len(got) != 100 {
		t.Errorf("%d left although nothing could go", len(got))
	}
}

// TestQuote: transcripts read back what was played.
func TestQuote(t *testing.T) {
	var all []byte
	for c := range 256 {
		all = append(all, byte(c))
	}
	words := [][]byte{[]byte("SET"), {}, []byte(`a"b\c'd`), all, []byte("x y")}
	back, err := resp.SplitArgs([]byte(quote(words)))
	if err != nil || !slices.EqualFunc(back, words, bytes.Equal) {
		t.Errorf("%v: %q", err, back)
	}
}
