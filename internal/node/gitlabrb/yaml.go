package gitlabrb

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parseYAML is YAML.load. Scalars are read by the rules of Ruby's parser, which
// follows YAML 1.1: yes and on are true, 010 is 8, 1:30 is 5400, :a is a symbol.
func (ev *evaluator) parseYAML(at place, source string, symbols bool) Value {
	if len(source) > ev.limits.SourceBytes {
		ev.fail(at, "YAML", "", "%d bytes of YAML; the limit is %d", len(source), ev.limits.SourceBytes)
	}
	ev.charge(at, 4*len(source))
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(source), &document); err != nil {
		ev.fail(at, "YAML", "", "malformed YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if document.Kind == 0 || len(document.Content) == 0 {
		return BoolValue(false) // as Ruby says for an empty document
	}
	y := yamlReader{ev, at, symbols}
	return y.value(document.Content[0], 0)
}

type yamlReader struct {
	ev      *evaluator
	at      place
	symbols bool
}

func (y yamlReader) value(n *yaml.Node, depth int) Value {
	if depth > y.ev.limits.Nesting {
		y.ev.fail(y.at, "YAML", "", "YAML nested more than %d levels deep", y.ev.limits.Nesting)
	}
	y.ev.charge(y.at, elementCost)
	switch n.Kind {
	case yaml.AliasNode:
		return y.value(n.Alias, depth+1)
	case yaml.SequenceNode:
		elems := make([]Value, len(n.Content))
		for i, e := range n.Content {
			elems[i] = y.value(e, depth+1)
		}
		return y.ev.array(y.at, elems)
	case yaml.MappingNode:
		return y.mapping(n, depth)
	}
	return y.scalar(n)
}

func (y yamlReader) mapping(n *yaml.Node, depth int) Value {
	h := newHash(false)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], y.value(n.Content[i+1], depth+1)
		if key.Tag == "!!merge" && key.Value == "<<" {
			y.merge(h, value)
			continue
		}
		k := y.value(key, depth+1)
		if y.symbols && k.kind == String {
			k = SymbolValue(k.str())
		}
		y.ev.storeMember(h, y.ev.key(y.at, k), value, y.at)
	}
	return hashValue(h)
}

// merge is the << key: what the mapping has itself wins when it comes later.
func (y yamlReader) merge(h *Hash, v Value) {
	if v.kind == Array {
		for i := len(v.elems()) - 1; i >= 0; i-- {
			if e := v.elems()[i]; e.kind == HashKind {
				y.merge(h, e)
			}
		}
		return
	}
	if v.kind != HashKind {
		y.ev.fail(y.at, "YAML", "", "<< in YAML needs a mapping, got %s", v.kind)
	}
	for _, m := range v.hash().members {
		y.ev.storeMember(h, m.key, m.value, y.at)
	}
}

func (y yamlReader) scalar(n *yaml.Node) Value {
	s := n.Value
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 || n.Tag == "!!str" && n.Style&yaml.TaggedStyle != 0 {
		return y.ev.text(y.at, s)
	}
	if n.Style&yaml.TaggedStyle != 0 && !strings.HasPrefix(n.Tag, "!!") {
		y.ev.fail(y.at, "YAML", "", "the tag %s in YAML is not supported", clip(n.Tag))
	}
	switch strings.ToLower(s) {
	case "", "~", "null":
		return NilValue()
	case "true", "yes", "on":
		return BoolValue(true)
	case "false", "no", "off":
		return BoolValue(false)
	}
	if n.Tag == "!!timestamp" {
		y.ev.fail(y.at, "YAML", "put it in quotes", "a date in YAML is not supported: %s", clip(s))
	}
	if v, ok := yamlNumber(s); ok {
		return v
	}
	if len(s) > 1 && s[0] == ':' && isNamePart(s[1]) {
		return SymbolValue(s[1:])
	}
	return y.ev.text(y.at, s)
}

// yamlNumber reads what Ruby takes for a number.
func yamlNumber(s string) (Value, bool) {
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" || !isDigit(digits[0]) && digits[0] != '.' {
		return Value{}, false
	}
	sign := int64(1)
	if s[0] == '-' {
		sign = -1
	}
	if strings.Contains(digits, ":") {
		n, ok := base60(digits)
		return IntValue(sign * n), ok
	}
	plain := strings.ReplaceAll(strings.ReplaceAll(digits, "_", ""), ",", "")
	base := 10
	switch {
	case strings.HasPrefix(plain, "0x"):
		base, plain = 16, plain[2:]
	case strings.HasPrefix(plain, "0b"):
		base, plain = 2, plain[2:]
	case len(plain) > 1 && plain[0] == '0' && strings.Trim(plain, "01234567") == "":
		base = 8
	case len(plain) > 1 && plain[0] == '0' && strings.Trim(plain, "0123456789") == "":
		return Value{}, false // 08 is text
	}
	if n, err := strconv.ParseInt(plain, base, 64); err == nil {
		return IntValue(sign * n), true
	}
	if base != 10 || strings.Trim(plain, "0123456789.eE+-") != "" || !strings.Contains(plain, ".") {
		return Value{}, false
	}
	f, err := strconv.ParseFloat(plain, 64)
	return FloatValue(float64(sign) * f), err == nil
}

// base60 is 1:30:00, which YAML 1.1 calls a number. Ruby takes the first of two
// parts for hours as well: 1:30 is 5400.
func base60(s string) (int64, bool) {
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return 0, false
	}
	total := int64(0)
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil || i > 0 && (n > 59 || len(p) > 2) {
			return 0, false
		}
		total = total*60 + int64(n)
	}
	if len(parts) == 2 {
		total *= 60
	}
	return total, true
}
