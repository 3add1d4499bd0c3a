package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// SaveRule asks for a snapshot when Changes writes happened and the last snapshot is Seconds old.
type SaveRule struct {
	Seconds, Changes int64
}

// saveRules is the type of save; the value is a []SaveRule.
type saveRules struct{}

var errSaveRules = errors.New("Invalid save parameters")

func (saveRules) parse(arguments []string, _ any) (any, error) {
	rules := []SaveRule{}
	if len(arguments) == 1 && arguments[0] == "" {
		return rules, nil
	}
	if len(arguments)%2 != 0 {
		return nil, errSaveRules
	}
	for pair := range slices.Chunk(arguments, 2) {
		seconds, ok := parseLenient(pair[0], 10)
		changes, alsoOK := parseLenient(pair[1], 10)
		if !ok || !alsoOK || seconds < 1 || changes < 0 {
			return nil, errSaveRules
		}
		rules = append(rules, SaveRule{seconds, changes})
	}
	return rules, nil
}

// accumulate adds the rules of a further line of the same file; an empty line takes back all before it.
func (saveRules) accumulate(before, line any) any {
	rules := line.([]SaveRule)
	if len(rules) == 0 {
		return rules
	}
	return slices.Concat(before.([]SaveRule), rules)
}

func (saveRules) text(value any) string {
	var words []string
	for _, rule := range value.([]SaveRule) {
		words = append(words, fmt.Sprintf("%d %d", rule.Seconds, rule.Changes))
	}
	return strings.Join(words, " ")
}

// lines writes one line a rule, so that a file which has them so keeps its shape, and an empty one for no rules: without
// any line the defaults would come back.
func (saveRules) lines(name string, value, _ any) []rewriteLine {
	rules := value.([]SaveRule)
	if len(rules) == 0 {
		return oneLine(name, `""`, true)
	}
	var lines []rewriteLine
	for _, rule := range rules {
		lines = append(lines, rewriteLine{fmt.Sprintf("%s %d %d", name, rule.Seconds, rule.Changes), true})
	}
	return lines
}

// addresses is the type of bind; the value is a []string.
type addresses struct{}

// maxBindAddresses is how many addresses one bind may name.
const maxBindAddresses = 16

func (addresses) parse(arguments []string, _ any) (any, error) {
	if len(arguments) > maxBindAddresses {
		return nil, errors.New("Too many bind addresses specified.")
	}
	if len(arguments) == 1 && arguments[0] == "" {
		return []string{}, nil
	}
	for _, address := range arguments {
		if !isBare(address) {
			return nil, errors.New("Failed to bind to specified addresses.")
		}
	}
	return slices.Clone(arguments), nil
}

func (addresses) text(value any) string { return strings.Join(value.([]string), " ") }

func (a addresses) lines(name string, value, byDefault any) []rewriteLine {
	if slices.Equal(value.([]string), byDefault.([]string)) {
		return nil
	}
	return oneLine(name, orEmptyQuotes(a.text(value)), true)
}

// OOMScores are added to the kernel's out-of-memory score of a primary, a replica and a background child.
type OOMScores [3]int

// oomScores is the type of oom-score-adj-values; the value is an OOMScores.
type oomScores struct{}

func (oomScores) parse(arguments []string, _ any) (any, error) {
	var scores OOMScores
	if len(arguments) != len(scores) {
		return nil, errArgumentCount
	}
	for i, argument := range arguments {
		score, ok := parseLenient(argument, 10)
		if !ok || score < -2000 || score > 2000 {
			return nil, errors.New("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
		}
		scores[i] = int(score)
	}
	return scores, nil
}

func (oomScores) text(value any) string {
	scores := value.(OOMScores)
	return fmt.Sprintf("%d %d %d", scores[0], scores[1], scores[2])
}

func (o oomScores) lines(name string, value, byDefault any) []rewriteLine {
	return oneLine(name, o.text(value), value != byDefault)
}

// percentiles is the type of latency-tracking-info-percentiles; the value is a []float64.
type percentiles struct{}

func (percentiles) parse(arguments []string, _ any) (any, error) {
	values := []float64{}
	if len(arguments) == 1 && arguments[0] == "" {
		return values, nil
	}
	for _, argument := range arguments {
		value, err := strconv.ParseFloat(argument, 64)
		if err != nil || value != value {
			return nil, errors.New("Invalid latency-tracking-info-percentiles parameters")
		}
		if value < 0 || value > 100 {
			return nil, errors.New("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
		}
		values = append(values, value)
	}
	return values, nil
}

func (percentiles) text(value any) string {
	var words []string
	for _, percentile := range value.([]float64) {
		word := strconv.FormatFloat(percentile, 'f', 6, 64)
		words = append(words, strings.TrimSuffix(strings.TrimRight(word, "0"), "."))
	}
	return strings.Join(words, " ")
}

func (p percentiles) lines(name string, value, _ any) []rewriteLine {
	return oneLine(name, orEmptyQuotes(p.text(value)), true)
}

func orEmptyQuotes(text string) string {
	if text == "" {
		return `""`
	}
	return text
}
