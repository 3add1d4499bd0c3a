package desired

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"redoubt/internal/node/gitlabrb"
	"redoubt/internal/node/gitlabrb/vocabulary"
)

// reader reads typed settings and collects what is wrong with them, so that one run reports everything. A setting that is
// absent, nil, or an empty hash (what merely reading a setting leaves behind in Ruby) has its fallback.
type reader struct {
	config   *gitlabrb.Config
	problems []error
	warnings []string
}

func (r *reader) problem() error { return errors.Join(r.problems...) }

func (r *reader) fail(pos gitlabrb.Pos, format string, args ...any) {
	problem := at(pos) + fmt.Sprintf(format, args...)
	if !slices.ContainsFunc(r.problems, func(earlier error) bool { return earlier.Error() == problem }) {
		r.problems = append(r.problems, errors.New(problem))
	}
}

func (r *reader) warn(pos gitlabrb.Pos, format string, args ...any) {
	r.warnings = append(r.warnings, at(pos)+fmt.Sprintf(format, args...))
}

func at(pos gitlabrb.Pos) string {
	if pos.String() == "" {
		return ""
	}
	return pos.String() + ": "
}

func (r *reader) pos(path ...string) gitlabrb.Pos { return r.config.Pos(path...) }

// value returns a setting that has been given a value, perhaps under its former name.
func (r *reader) value(path ...string) (gitlabrb.Value, bool) {
	value, ok := r.config.Get(path...)
	if old, renamed := vocabulary.Formerly(path[0], path[len(path)-1]); !ok && renamed && len(path) == 2 {
		value, ok = r.config.Get(path[0], old)
	}
	if !ok || value.IsNil() || value.Kind() == gitlabrb.HashKind && value.Len() == 0 {
		return gitlabrb.Value{}, false
	}
	return value, true
}

// spelled is how a setting is written: redis['port'].
func spelled(path []string) string {
	return path[0] + "['" + strings.Join(path[1:], "']['") + "']"
}

func (r *reader) wrong(path []string, err error) {
	r.fail(r.pos(path...), "%s: %v", spelled(path), err)
}

func (r *reader) text(fallback string, path ...string) string {
	value, ok := r.value(path...)
	if !ok {
		return fallback
	}
	text, err := value.AsString()
	if err != nil {
		r.wrong(path, err)
	}
	return text
}

func (r *reader) texts(path ...string) []string {
	value, ok := r.value(path...)
	if !ok {
		return nil
	}
	texts, err := value.AsStrings()
	if err != nil {
		r.wrong(path, err)
	}
	return texts
}

func (r *reader) boolean(fallback bool, path ...string) bool {
	value, ok := r.value(path...)
	if !ok {
		return fallback
	}
	on, err := value.AsBool()
	if err != nil {
		r.wrong(path, err)
	}
	return on
}

func (r *reader) number(fallback int64, path ...string) int64 {
	value, ok := r.value(path...)
	if !ok {
		return fallback
	}
	number, err := value.AsInt()
	if err != nil {
		r.wrong(path, err)
	}
	return number
}

// bounded reads a number between limits. That a number is negative is for checkTypes to say.
func (r *reader) bounded(fallback, least, most int64, path ...string) int64 {
	number := r.number(fallback, path...)
	if number >= 0 && (number < least || number > most) {
		r.wrong(path, fmt.Errorf("%d is not between %d and %d", number, least, most))
	}
	return number
}
