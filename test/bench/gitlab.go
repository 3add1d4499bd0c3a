package main

import (
	"context"
	"fmt"
	"time"

	"redoubt/internal/bench/gitlab"
	"redoubt/internal/bench/load"
	"redoubt/internal/resp"
)

// gitlabKeys are strings of the cache; gitlabConnections are those of a small and a large installation.
const gitlabKeys = 20000

var gitlabConnections = []int{200, 2000}

// gitlabLonger: the mix has rare and large operations, so it is measured for longer than a single command.
const gitlabLonger = 8

// gitlab measures the load of a GitLab installation.
func (b *bench) gitlab() error {
	return b.withArms(b.specs, b.serverCPUs, func(arms []*arm) error {
		for _, connections := range gitlabConnections {
			mix, err := gitlab.New(gitlab.Settings{Profiles: gitlab.Names(), Connections: connections, Keys: b.gitlabKeys(), Seed: 1})
			if err != nil {
				return err
			}
			prepare := func(a *arm) error { return prepareMix(a, mix) }
			if connections == gitlabConnections[0] {
				for _, a := range arms {
					if err := prepare(a); err != nil {
						return fmt.Errorf("%s: %w", a.Name, err)
					}
				}
			}
			c := result{Workload: "mix", Connections: connections}
			b.compare(c, arms, prepare, func(a *arm) (figures, error) { return b.runMix(a, mix) })
		}
		return nil
	})
}

func (b *bench) gitlabKeys() int {
	if b.Small {
		return gitlabKeys / 10
	}
	return gitlabKeys
}

// prepareMix writes the keys of the mix.
func prepareMix(a *arm, mix *gitlab.Mix) error {
	target := a.target()
	c, err := target.Dial(context.Background(), 4096)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := mix.Prepare(c); err != nil {
		return err
	}
	r, err := a.runLoad(load.Load{Kinds: mix.Kinds(), Streams: mix.FillStreams(4)})
	if err == nil {
		_, err = ofRun(r)
	}
	return err
}

func (b *bench) runMix(a *arm, mix *gitlab.Mix) (figures, error) {
	return underLoad(a, func() (figures, float64, error) {
		r, err := a.runLoad(load.Load{Kinds: mix.Kinds(), Streams: mix.Streams(), Duration: time.Duration(gitlabLonger * b.Seconds * float64(time.Second))})
		if err != nil {
			return figures{}, 0, err
		}
		f, err := ofRun(r)
		return f, float64(r.Requests()), err
	})
}

// scripts measures two of GitLab's scripts.
func (b *bench) scripts() error {
	const owner = "00000000-0000-4000-8000-000000000000"
	prepare := func(a *arm) error {
		for _, s := range []*gitlab.Script{gitlab.RateLimit, gitlab.RenewLease} {
			if _, err := a.do("SCRIPT", "LOAD", s.Text); err != nil {
				return err
			}
		}
		return a.fill(2, func(i int, dst []byte) ([]byte, int) {
			n := max(0, min(portion, b.Keys-i*portion))
			for k := i * portion; k < i*portion+n; k++ {
				dst = resp.AppendCommandStrings(dst, "SET", "lease:"+digits(k), owner)
			}
			return dst, n
		})
	}
	return b.withArms(b.specs, b.serverCPUs, func(arms []*arm) error {
		for _, a := range arms {
			if err := prepare(a); err != nil {
				return fmt.Errorf("%s: %w", a.Name, err)
			}
		}
		for _, s := range []struct {
			name  string
			words []string
		}{
			{"rate limit", []string{"evalsha", gitlab.RateLimit.SHA, "1", "limit:__rand_int__", "60", "1"}},
			{"lease", []string{"evalsha", gitlab.RenewLease.SHA, "1", "lease:__rand_int__", owner, "600"}},
		} {
			for _, pipeline := range []int{1, 16} {
				c := result{Workload: s.name, Pipeline: pipeline, Connections: b.Clients}
				r := redisBenchmark{clients: b.Clients, pipeline: pipeline, keys: b.Keys, cpus: b.clientCPUs, words: s.words}
				r, err := r.sized(arms, b.Seconds, nil)
				if err != nil {
					b.note("%s, %s: %v", b.section, c.Name(), err)
					continue
				}
				b.compare(c, arms, prepare, r.measured)
			}
		}
		return nil
	})
}
