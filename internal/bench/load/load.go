package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Operation describes what [Stream.Next] appended.
type Operation struct {
	// Kind is under which of the load's kinds it is counted.
	Kind int
	// Requests is how many replies belong to it. With 0 the stream has ended.
	Requests int
	// Blocking: the server holds the reply back until something happens, so its time is no latency.
	Blocking bool
	// Keep asks for Answer.Bulk.
	Keep bool
}

// Stream is what one connection asks for.
type Stream interface {
	// Next appends the requests of the next operation to dst. last is what the previous one was answered.
	Next(dst []byte, last *Answer) ([]byte, Operation)
}

// Load is one run.
type Load struct {
	Target Target
	// Kinds are the names of the kinds of operations.
	Kinds []string
	// Streams have a connection each.
	Streams []Stream
	// Duration and Operations bound the run; 0 is no bound. Streams may end it, too.
	Duration   time.Duration
	Operations int64
	// Rate is how many operations a second are due, of all connections together; 0: the next one as soon as there is a reply.
	Rate float64
}

// Kind is what was measured of one kind of operation.
type Kind struct {
	Name                 string
	Operations, Requests int64
	Errors               int64
	FirstError           string
	// Latency of the operations that do not block, in µs.
	Latency *hdrhistogram.Histogram
}

// Result is what a run measured.
type Result struct {
	Elapsed        time.Duration
	Kinds          []Kind
	Sent, Received int64 // bytes
}

// Requests is how many there were.
func (r *Result) Requests() (n int64) {
	for _, k := range r.Kinds {
		n += k.Requests
	}
	return n
}

// Latency is that of all kinds together.
func (r *Result) Latency() *hdrhistogram.Histogram {
	all := newHistogram()
	for _, k := range r.Kinds {
		all.Merge(k.Latency)
	}
	return all
}

// newHistogram measures from 1 µs to a minute with three digits.
func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, time.Minute.Microseconds(), 3)
}

// kindRecorder is a Kind that connections share.
type kindRecorder struct {
	sync.Mutex
	Kind
}

// runner is a run under way.
type runner struct {
	*Load
	kinds    []kindRecorder
	left     atomic.Int64 // operations that may still begin
	stop     atomic.Bool
	begin    time.Time
	interval time.Duration // between two operations of one connection
}

// endWithin is how long replies may take when the run is over.
const endWithin = 10 * time.Second

// Connections above which replies are read through small buffers, and the sizes.
const (
	manyConnections = 1000
	readBytes       = 32 << 10
	fewBytes        = 4 << 10
)

// Run opens the connections and runs the load. It ends early with an error when a connection fails; what was measured until then
// is returned, too.
func Run(ctx context.Context, l Load) (*Result, error) {
	r := &runner{Load: &l, kinds: make([]kindRecorder, len(l.Kinds))}
	for i, name := range l.Kinds {
		r.kinds[i].Kind = Kind{Name: name, Latency: newHistogram()}
	}
	r.left.Store(l.Operations)
	if l.Operations == 0 {
		r.left.Store(1 << 62)
	}
	if l.Rate > 0 {
		r.interval = time.Duration(float64(len(l.Streams)) / l.Rate * float64(time.Second))
	}
	connections, err := r.connect(ctx)
	defer func() {
		for _, c := range connections {
			c.Close()
		}
	}()
	if err != nil {
		return nil, err
	}
	r.begin = time.Now()
	err = r.serve(ctx, connections)
	result := &Result{Elapsed: time.Since(r.begin)}
	for _, c := range connections {
		result.Sent, result.Received = result.Sent+c.sent, result.Received+c.received
	}
	for i := range r.kinds {
		result.Kinds = append(result.Kinds, r.kinds[i].Kind)
	}
	return result, err
}

func (r *runner) connect(ctx context.Context) (connections []*connection, err error) {
	size := readBytes
	if len(r.Streams) > manyConnections {
		size = fewBytes
	}
	for i, s := range r.Streams {
		c := &connection{runner: r, stream: s, number: i}
		if c.Conn, err = r.Target.Dial(ctx, size); err != nil {
			return connections, fmt.Errorf("connection %d of %d: %w", i+1, len(r.Streams), err)
		}
		connections = append(connections, c)
	}
	return connections, nil
}

// serve runs the connections until the load is over.
func (r *runner) serve(ctx context.Context, connections []*connection) error {
	if r.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.Duration)
		defer cancel()
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var all sync.WaitGroup
	for _, c := range connections {
		all.Go(func() {
			if err := c.run(ctx); err != nil {
				fail(err)
			}
		})
	}
	over := context.AfterFunc(ctx, func() {
		r.stop.Store(true)
		for _, c := range connections {
			c.release()
		}
	})
	all.Wait()
	over()
	if err := context.Cause(ctx); !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
