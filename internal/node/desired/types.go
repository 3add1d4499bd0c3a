package desired

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"redoubt/internal/node/gitlabrb"
	"redoubt/internal/node/gitlabrb/vocabulary"
	"redoubt/internal/node/redisconf"
)

// checkTypes compares every setting that the vocabulary knows with what its key takes. A wrong value of a key that has no
// effect here is only worth a warning: the file may be shared with nodes of other kinds.
func checkTypes(r *reader) {
	for _, section := range vocabulary.Sections() {
		known, _ := vocabulary.Lookup(section)
		for _, key := range known.Keys {
			value, ok := r.value(section, key.Name)
			if !ok {
				continue
			}
			_, err := canonical(key, value)
			path := []string{section, key.Name}
			switch {
			case err == nil:
			case key.Effect == vocabulary.Accepted:
				r.warn(value.Pos(), "%s: %v; it has no effect on this node", spelled(path), err)
			default:
				r.wrong(path, err)
			}
		}
	}
}

// canonical returns the text of a value as directives want it, or says why the key cannot take it. Values that no directive
// holds as one word (hashes, arrays) have none.
func canonical(key vocabulary.Key, value gitlabrb.Value) (string, error) {
	switch key.Type {
	case vocabulary.Any:
		return "", nil
	case vocabulary.Table:
		if value.Hash() == nil {
			return "", fmt.Errorf("want a hash such as { 'name' => 'value' }, got %s", value.Kind())
		}
		return "", nil
	case vocabulary.Strings:
		_, err := value.AsStrings()
		return "", err
	case vocabulary.Integer:
		number, err := value.AsInt()
		if err == nil && number < 0 {
			err = fmt.Errorf("%d is less than 0", number)
		}
		return strconv.FormatInt(number, 10), err
	case vocabulary.Boolean, vocabulary.YesNo:
		on, err := value.AsBool()
		return yesOrNo(on), err
	}
	text, err := value.AsString()
	if err == nil {
		err = checkText(key, text)
	}
	return text, err
}

func checkText(key vocabulary.Key, text string) error {
	switch key.Type {
	case vocabulary.Octets:
		if _, ok := redisconf.Memory(text); !ok {
			return fmt.Errorf("%q is not a memory size such as 1073741824, 512mb or 13gb", text)
		}
	case vocabulary.OneOf:
		if !slices.Contains(key.Values, text) {
			return fmt.Errorf("%q is not one of %s", text, strings.Join(key.Values, ", "))
		}
	case vocabulary.Mode:
		if mode, err := strconv.ParseUint(text, 8, 32); err != nil || mode > 0o777 {
			return fmt.Errorf("%q is not an octal mode such as 770", text)
		}
	case vocabulary.Path:
		if text != "" && !strings.HasPrefix(text, "/") {
			return fmt.Errorf("%q is not an absolute path", text)
		}
		if strings.ContainsRune(text, 0) {
			return errors.New("a path cannot hold a zero byte")
		}
	}
	return nil
}

func yesOrNo(on bool) string {
	if on {
		return "yes"
	}
	return "no"
}
