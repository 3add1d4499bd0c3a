package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"redoubt/internal/bench/load"
)

// trial measures an arm once.
type trial func(a *arm) (figures, error)

// compare measures a case on all arms in turn and reports medians. An arm that fails is started again, set up by prepare, and goes on.
func (b *bench) compare(c result, arms []*arm, prepare func(*arm) error, measure trial) {
	c.Section = b.section
	samples := make([][]figures, len(arms))
	failed := make([]string, len(arms))
	for round := range b.sectionRounds {
		for i, a := range arms {
			if b.timeIsUp() && round > 0 {
				continue
			}
			f, err := measure(a)
			if err == nil {
				samples[i] = append(samples[i], f)
				continue
			}
			failed[i] = err.Error()
			b.note("%s, %s, %s: %v", b.section, c.Name(), a.Name, err)
			if err := errors.Join(a.stop(), a.start(), prepareIfAny(prepare, a)); err != nil {
				b.note("%s, %s: start again: %v", b.section, a.Name, err)
			}
		}
	}
	for i, a := range arms {
		if failed[i] == "" && len(samples[i]) < b.sectionRounds {
			b.note("%s, %s, %s: %d of %d rounds, the time was up", b.section, c.Name(), a.Name, len(samples[i]), b.sectionRounds)
		}
		c.Arms = append(c.Arms, summary(a.Name, samples[i], failed[i]))
	}
	b.log("  %s: %s", c.Name(), c.brief())
	b.report.Results = append(b.report.Results, c)
}

func prepareIfAny(prepare func(*arm) error, a *arm) error {
	if prepare == nil {
		return nil
	}
	return prepare(a)
}

// underLoad measures processor time and memory of an arm while work runs, for its requests.
func underLoad(a *arm, work func() (figures, float64, error)) (figures, error) {
	before, err := a.cpu()
	if err != nil {
		return figures{}, err
	}
	f, requests, err := work()
	if err != nil {
		return f, err
	}
	after, err := a.cpu()
	if err != nil {
		return f, err
	}
	f.CPU = float64((after - before).Nanoseconds()) / 1000 / requests
	f.Resident, err = a.resident()
	return f, err
}

// ofRun are the figures of a run of our own load.
func ofRun(r *load.Result) (figures, error) {
	for _, k := range r.Kinds {
		if k.Errors > 0 {
			return figures{}, fmt.Errorf("%s: %d replies were errors, the first: %s", k.Name, k.Errors, k.FirstError)
		}
	}
	latency := r.Latency()
	at := func(percent float64) float64 { return float64(latency.ValueAtPercentile(percent)) / 1000 }
	return figures{PerSecond: float64(r.Requests()) / r.Elapsed.Seconds(), P50: at(50), P99: at(99), P999: at(99.9), Worst: at(100)}, nil
}

// runLoad runs our own load against an arm.
func (a *arm) runLoad(l load.Load) (*load.Result, error) {
	l.Target = a.target()
	ctx, cancel := context.WithTimeout(context.Background(), trialWithin)
	defer cancel()
	return load.Run(ctx, l)
}

// trialWithin bounds one measurement, so that a server that hangs cannot hold up the rest.
const trialWithin = 3 * time.Minute
