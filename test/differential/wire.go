package differential

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"redoubt/internal/resp"
)

// answerWithin bounds every wait for a reply: far longer than any timeout that is generated.
const answerWithin = 10 * time.Second

// Target is a server that sequences are played on.
type Target interface {
	Dial() (net.Conn, error)
	// Revive brings the server back after it ended or stopped answering.
	Revive() error
}

// wire is one connection to one server.
type wire struct {
	nc     net.Conn
	r      *bufio.Reader
	id     string // CLIENT ID, and the same as a number
	number int64
	// pushed are the messages that came on their own.
	pushed []resp.Reply
	// subscribed counts subscriptions by the prefix of their commands: "", "p" and "s".
	subscribed map[string]map[string]bool
}

func dial(target Target) (*wire, error) {
	nc, err := target.Dial()
	if err != nil {
		return nil, err
	}
	w := &wire{nc: nc, r: bufio.NewReader(nc), subscribed: map[string]map[string]bool{}}
	reply, err := w.call("CLIENT", "ID")
	if err != nil {
		nc.Close()
		return nil, err
	}
	w.id, w.number = fmt.Sprint(reply.Int), reply.Int
	return w, nil
}

func (w *wire) send(words [][]byte) error {
	_ = w.nc.SetWriteDeadline(time.Now().Add(answerWithin)) // a broken connection is seen by Write
	_, err := w.nc.Write(resp.AppendCommand(nil, words...))
	return err
}

// call sends a request and reads its reply; only for connections that have no subscription.
func (w *wire) call(words ...string) (resp.Reply, error) {
	request := make([][]byte, len(words))
	for i, word := range words {
		request[i] = []byte(word)
	}
	if err := w.send(request); err != nil {
		return resp.Reply{}, err
	}
	return w.reply()
}

// ready tells whether something can be read within a moment.
func (w *wire) ready(within time.Duration) (bool, error) {
	_ = w.nc.SetReadDeadline(time.Now().Add(within))
	_, err := w.r.Peek(1)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return false, nil
	}
	return err == nil, err
}

// frame reads the next frame of any kind.
func (w *wire) frame() (resp.Reply, error) {
	_ = w.nc.SetReadDeadline(time.Now().Add(answerWithin))
	return resp.ReadReply(w.r, resp.DefaultReplyLimits())
}

// reply reads until a frame that is no message, and keeps the messages.
func (w *wire) reply() (resp.Reply, error) {
	for {
		f, err := w.frame()
		if err != nil || !isMessage(&f) {
			return f, err
		}
		w.pushed = append(w.pushed, f)
	}
}

// replies reads all replies to a request: one, but for commands that confirm every channel.
func (w *wire) replies(words [][]byte) ([]resp.Reply, error) {
	prefix, kind := subscription(words)
	if kind == "" {
		f, err := w.reply()
		if err == nil && strings.EqualFold(string(words[0]), "reset") && !f.IsError() {
			clear(w.subscribed)
		}
		return []resp.Reply{f}, err
	}
	want := len(words) - 1
	if want == 0 {
		want = max(len(w.subscribed[prefix]), 1)
	}
	var out []resp.Reply
	for len(out) < want {
		f, err := w.reply()
		if err != nil {
			return out, err
		}
		out = append(out, f)
		if f.IsError() || len(f.Elems) != 3 {
			break
		}
		w.confirm(prefix, kind, string(f.Elems[1].Str))
	}
	return out, nil
}

func (w *wire) confirm(prefix, kind, channel string) {
	if w.subscribed[prefix] == nil {
		w.subscribed[prefix] = map[string]bool{}
	}
	if kind == "subscribe" {
		w.subscribed[prefix][channel] = true
	} else {
		delete(w.subscribed[prefix], channel)
	}
}

// subscription splits the name of a command that changes subscriptions into the prefix of its kind of channels and
// "subscribe" or "unsubscribe"; kind is empty for other commands.
func subscription(words [][]byte) (prefix, kind string) {
	name := strings.ToLower(string(words[0]))
	if !strings.HasSuffix(name, "subscribe") {
		return "", ""
	}
	prefix = strings.TrimSuffix(strings.TrimSuffix(name, "subscribe"), "un")
	if prefix != "" && prefix != "p" && prefix != "s" {
		return "", ""
	}
	return prefix, strings.TrimPrefix(name, prefix)
}

var messageKinds = []string{"message", "pmessage", "smessage"}

// isMessage tells whether a frame came on its own. RESP2 shows that only by its first word; no command that is played
// answers with such an array.
func isMessage(f *resp.Reply) bool {
	if f.Type == resp.TypePush {
		return len(f.Elems) == 0 || !strings.HasSuffix(string(f.Elems[0].Str), "subscribe")
	}
	return f.Type == resp.TypeArray && len(f.Elems) >= 3 && slices.Contains(messageKinds, string(f.Elems[0].Str))
}
