package server

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"redoubt/internal/server/config"
	"redoubt/internal/server/logging"
)

// oomScoreFile is what Linux reads to choose a process to kill when memory runs out: -1000 (never) to 1000 (first).
const oomScoreFile = "/proc/self/oom_score_adj"

// Values of oom-score-adj; relative means that the configured score is added to the one the process was started with.
const (
	oomScoreOff      = 0
	oomScoreRelative = 1
)

// The scores for a primary, a replica and a process that saves, in the order of oom-score-adj-values. There is no process
// that saves, and this is a primary.
const oomScorePrimary = 0

// oomScore is what the process would have without us. Guarded by the engine lock.
type oomScore struct {
	adjusted bool
	base     int
}

// applyOOMScore puts oom-score-adj and oom-score-adj-values into effect, and takes them back when they are turned off.
func (s *Server) applyOOMScore(c *config.Snapshot) error {
	o := &s.oom
	mode := c.Int("oom-score-adj")
	if mode == oomScoreOff && !o.adjusted {
		return nil
	}
	if !o.adjusted {
		text, err := os.ReadFile(oomScoreFile)
		if err == nil {
			o.base, err = strconv.Atoi(strings.TrimSpace(string(text)))
		}
		if err != nil {
			return s.oomScoreFailed(err)
		}
	}
	score := o.base
	if mode != oomScoreOff {
		score = c.OOMScores()[oomScorePrimary]
		if mode == oomScoreRelative {
			score += o.base
		}
		score = max(-1000, min(score, 1000))
	}
	if err := os.WriteFile(oomScoreFile, []byte(strconv.Itoa(score)), 0); err != nil {
		return s.oomScoreFailed(err)
	}
	o.adjusted = mode != oomScoreOff
	return nil
}

func (s *Server) oomScoreFailed(err error) error {
	s.log.Logf(logging.Warning, "oom-score-adj: %v", err)
	return errors.New("Failed to apply new oom_score_adj configuration, check server logs.") // Redis' text
}
