package main

import (
	"fmt"
	"os"
	"slices"
)

// figures are medians of one arm under one workload. CPU is in µs for an operation, latencies in ms, Resident in bytes.
type figures struct {
	Arm                     string
	PerSecond, CPU          float64
	P50, P99                float64
	Resident                int64
	LowestCPU, HighestCPU   float64
	LowestRate, HighestRate float64
}

// result is one workload.
type result struct {
	Workload string
	Pipeline int
	Requests int
	Arms     []figures
}

// probeRequests are sent once per arm before it is measured: they fill keys, and tell how many requests take how long.
const probeRequests = 20000

func measureAll(s settings, arms []*arm) ([]result, error) {
	var out []result
	for _, a := range arms {
		if err := a.fill(s); err != nil {
			return nil, err
		}
	}
	for _, pipeline := range s.Pipelines {
		for _, workload := range s.Workloads {
			r, err := measure(s, arms, workload, pipeline)
			if err != nil {
				return out, fmt.Errorf("%s, pipeline %d: %w", workload, pipeline, err)
			}
			fmt.Fprintf(os.Stderr, "%s P%d done\n", workload, pipeline)
			out = append(out, r)
		}
	}
	return out, nil
}

// measure runs one workload against all arms in turn.
func measure(s settings, arms []*arm, workload string, pipeline int) (result, error) {
	r := result{Workload: workload, Pipeline: pipeline}
	for _, a := range arms {
		probe, err := a.benchmark(s, workload, pipeline, probeRequests)
		if err != nil {
			return r, err
		}
		r.Requests = max(r.Requests, int(probe["rps"]*s.Seconds), probeRequests)
	}
	samples := make([][]figures, len(arms))
	for range s.Rounds {
		for i, a := range arms {
			f, err := a.sample(s, workload, pipeline, r.Requests)
			if err != nil {
				return r, err
			}
			samples[i] = append(samples[i], f)
		}
	}
	for i, a := range arms {
		r.Arms = append(r.Arms, summary(a.name, samples[i]))
	}
	return r, nil
}

func (a *arm) sample(s settings, workload string, pipeline, requests int) (figures, error) {
	before, err := a.cpu()
	if err != nil {
		return figures{}, err
	}
	fields, err := a.benchmark(s, workload, pipeline, requests)
	if err != nil {
		return figures{}, err
	}
	after, err := a.cpu()
	if err != nil {
		return figures{}, err
	}
	resident, err := a.resident()
	return figures{
		PerSecond: fields["rps"], CPU: float64((after - before).Microseconds()) / float64(requests),
		P50: fields["p50_latency_ms"], P99: fields["p99_latency_ms"], Resident: resident,
	}, err
}

func summary(name string, samples []figures) figures {
	of := func(field func(figures) float64) []float64 {
		var out []float64
		for _, s := range samples {
			out = append(out, field(s))
		}
		slices.Sort(out)
		return out
	}
	cpu, rate := of(func(f figures) float64 { return f.CPU }), of(func(f figures) float64 { return f.PerSecond })
	return figures{
		Arm: name, CPU: median(cpu), LowestCPU: cpu[0], HighestCPU: cpu[len(cpu)-1],
		PerSecond: median(rate), LowestRate: rate[0], HighestRate: rate[len(rate)-1],
		P50:      median(of(func(f figures) float64 { return f.P50 })),
		P99:      median(of(func(f figures) float64 { return f.P99 })),
		Resident: int64(median(of(func(f figures) float64 { return float64(f.Resident) }))),
	}
}

// median is that of sorted values.
func median(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
