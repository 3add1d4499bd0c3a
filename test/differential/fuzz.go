package differential

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Options say how long and how to look for differences.
type Options struct {
	Seed uint64
	// First is the number of the first sequence; Sequences ends the run after so many when it is not 0.
	First, Sequences uint64
	Duration         time.Duration
	// Length is the number of steps of one sequence.
	Length int
	// ShrinkFor bounds the time for making one difference short; MaxDifferences ends the run.
	ShrinkFor      time.Duration
	MaxDifferences int
	// Log receives progress and differences.
	Log io.Writer
}

// Result is what a run has seen.
type Result struct {
	Sequences, Steps uint64
	// Differences are the sequences that differ, again and again. Once counts those that differed only once: time decided.
	Differences []*Difference
	Once        int
}

// Fuzz plays sequences until the time is over.
func Fuzz(p *Player, o Options) (*Result, error) {
	r := &Result{}
	for end := time.Now().Add(o.Duration); time.Now().Before(end) && len(r.Differences) < o.MaxDifferences; {
		n := o.First + r.Sequences
		if o.Sequences > 0 && r.Sequences == o.Sequences {
			break
		}
		steps, err := p.sequence(NewGenerator(o.Seed, n), o.Length)
		r.Sequences++
		r.Steps += uint64(len(steps.played))
		if err != nil {
			return r, err
		}
		if steps.difference == nil {
			continue
		}
		fmt.Fprintf(o.Log, "# seed %d, sequence %d: %s; playing it again\n", o.Seed, n, steps.difference.What)
		if d := p.confirm(steps.played, o.ShrinkFor); d != nil {
			r.Differences = append(r.Differences, d)
			fmt.Fprintf(o.Log, "# seed %d, sequence %d\n%s", o.Seed, n, d)
			continue
		}
		r.Once++
		fmt.Fprintf(o.Log, "# it does not differ again:\n%s", steps.difference)
	}
	return r, nil
}

// outcome is a played sequence with its difference, if any.
type outcome struct {
	played     []Step
	difference *Difference
}

func (p *Player) sequence(g *Generator, length int) (o outcome, err error) {
	o.difference, err = p.Play(func(last *Played) (Step, bool) {
		if len(o.played) == length {
			return Step{}, false
		}
		step := g.Settings()
		if last != nil {
			step = g.Next(last)
		}
		o.played = append(o.played, step)
		return step, true
	})
	return o, err
}

// replay plays given steps; an error of the reference server counts as no difference.
func (p *Player) replay(steps []Step) *Difference {
	i := 0
	d, err := p.Play(func(*Played) (Step, bool) {
		if i == len(steps) {
			return Step{}, false
		}
		i++
		return steps[i-1], true
	})
	if errors.Is(err, errReference) {
		_ = p.Theirs.Revive() // the next sequence says when it is gone for good
		return nil
	}
	return d
}

// tries is how often a difference may fail to come again before it counts as one of time.
const tries = 3

// confirm plays a sequence again until it differs, and shrinks it. It returns nil when it never does.
func (p *Player) confirm(steps []Step, shrinkFor time.Duration) *Difference {
	for range tries {
		if p.replay(steps) == nil {
			continue
		}
		steps = Shrink(steps, time.Now().Add(shrinkFor), func(s []Step) bool { return p.replay(s) != nil })
		for range tries {
			if d := p.replay(steps); d != nil {
				return d
			}
		}
	}
	return nil
}

// String is the report of a difference: the transcript with the reference server's replies, and what ours did.
func (d *Difference) String() string {
	return fmt.Sprintf("%s# differs: %s\n# theirs:\n%s\n# ours:\n%s\n\n", Transcript(d.Played), d.What, d.Theirs, d.Ours)
}
