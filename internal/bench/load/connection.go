package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// connection is one connection with its stream.
type connection struct {
	*Conn
	*runner
	stream Stream
	number int
	out    []byte
	answer Answer

	// waiting guards blocked, so that release ends exactly the waits that nothing else would end.
	waiting sync.Mutex
	blocked bool
}

// run sends operation after operation until the run is over or the stream ends.
func (c *connection) run(ctx context.Context) error {
	// Connections begin at different moments of the interval.
	due := c.begin.Add(c.interval * time.Duration(c.number) / time.Duration(len(c.Streams)))
	var timer *time.Timer
	if c.interval > 0 {
		timer = time.NewTimer(time.Hour)
		defer timer.Stop()
	}
	for !c.stop.Load() && c.left.Add(-1) >= 0 {
		begin := time.Now()
		if timer != nil {
			if wait := due.Sub(begin); wait > 0 {
				timer.Reset(wait)
				select {
				case <-timer.C:
				case <-ctx.Done():
					return nil
				}
				begin = time.Now()
			} else {
				begin = due // it was due while the connection waited
			}
			due = due.Add(c.interval)
		}
		var op Operation
		c.out, op = c.stream.Next(c.out[:0], &c.answer)
		if op.Requests == 0 {
			return nil
		}
		if err := c.perform(op); err != nil {
			if c.released(err) {
				return nil
			}
			return fmt.Errorf("connection %d: %w", c.number+1, err)
		}
		c.record(op, time.Since(begin))
	}
	return nil
}

// perform writes the requests and reads their replies.
func (c *connection) perform(op Operation) error {
	c.answer.Int, c.answer.errors, c.answer.firstText = 0, 0, ""
	if op.Keep {
		c.answer.Bulk = c.answer.Bulk[:0]
	}
	if op.Blocking && !c.mark(true) {
		return errStopped
	}
	if _, err := c.Write(c.out); err != nil {
		return err
	}
	for range op.Requests {
		if err := skim(c.in, op.Keep, &c.answer); err != nil {
			return err
		}
	}
	if op.Blocking {
		c.mark(false)
	}
	return nil
}

// errStopped: the run is over, so nothing that may block is begun.
var errStopped = errors.New("the run is over")

// mark notes whether the connection waits for something that may never come. It is false when the run is over.
func (c *connection) mark(blocked bool) bool {
	c.waiting.Lock()
	defer c.waiting.Unlock()
	c.blocked = blocked
	return !c.stop.Load()
}

// release ends the wait of a blocked connection; others may take as long as replies may take.
func (c *connection) release() {
	c.waiting.Lock()
	defer c.waiting.Unlock()
	within := endWithin
	if c.blocked {
		within = 0
	}
	_ = c.SetDeadline(time.Now().Add(within)) // a connection that is closed needs none
}

// released tells whether err is how release ends a wait.
func (c *connection) released(err error) bool {
	c.waiting.Lock()
	defer c.waiting.Unlock()
	var timeout net.Error
	return errors.Is(err, errStopped) || c.blocked && c.stop.Load() && errors.As(err, &timeout) && timeout.Timeout()
}

func (c *connection) record(op Operation, took time.Duration) {
	k := &c.kinds[op.Kind]
	k.Lock()
	defer k.Unlock()
	k.Operations++
	k.Requests += int64(op.Requests)
	if !op.Blocking {
		_ = k.Latency.RecordValue(min(max(took.Microseconds(), 1), k.Latency.HighestTrackableValue())) // it is within the bounds
	}
	if c.answer.errors > 0 {
		k.Errors += int64(c.answer.errors)
		if k.FirstError == "" {
			k.FirstError = c.answer.firstText
		}
	}
}
