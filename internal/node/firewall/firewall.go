// Package firewall keeps who may connect to the node's services in an nftables table of its own.
//
// The table, inet redoubt, has one chain at the input hook. It accepts what comes over loopback, then, for each guarded port,
// counts and accepts each allowed network and counts and drops the rest. Other ports pass it untouched, and an accept here
// does not overrule a drop elsewhere: the chain only takes away. Nothing outside the table is read or written. nft replaces
// the whole table in one transaction, so there is no moment without rules.
//
// Rules are exchanged with nft as JSON, in which what was set and what is listed are the same but for handles and counters;
// that is how live and wanted rules are compared.
package firewall

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
)

// Table is the name of the table, of the family inet.
const Table = "redoubt"

// Guard is a service whose ports only some networks may reach.
type Guard struct {
	Service string // for messages and comments
	Ports   []int
	Allowed []netip.Prefix
}

// Rules is what the table shall hold. Without guards there shall be no table.
type Rules []Guard

// Difference says how live rules are not the wanted ones.
type Difference struct {
	Missing []string // rules that are wanted and not there, in words
	Foreign []string // rules in our table that are not wanted
}

// None says that there is no difference.
func (d Difference) None() bool { return len(d.Missing)+len(d.Foreign) == 0 }

func (d Difference) String() string {
	var parts []string
	if len(d.Missing) > 0 {
		parts = append(parts, "missing: "+strings.Join(d.Missing, ", "))
	}
	if len(d.Foreign) > 0 {
		parts = append(parts, "not ours: "+strings.Join(d.Foreign, ", "))
	}
	return strings.Join(parts, "; ")
}

// object is one JSON object of nft.
type object = map[string]any

// rule is one rule with its meaning in words.
type rule struct {
	comment string
	match   []any
	count   bool
	verdict string
}

func equal(left object, right any) any {
	return object{"match": object{"op": "==", "left": left, "right": right}}
}

func (r rule) object() object {
	expression := slices.Clone(r.match)
	if r.count {
		expression = append(expression, object{"counter": nil})
	}
	expression = append(expression, object{r.verdict: nil})
	return object{"family": "inet", "table": Table, "chain": "input", "comment": r.comment, "expr": expression}
}

// rules in the order in which they count.
func (r Rules) rules() []rule {
	all := []rule{{comment: "loopback", match: []any{equal(object{"meta": object{"key": "iif"}}, "lo")}, verdict: "accept"}}
	for _, guard := range r {
		for _, port := range guard.Ports {
			to := equal(object{"payload": object{"protocol": "tcp", "field": "dport"}}, port)
			for _, network := range guard.Allowed {
				all = append(all, rule{
					comment: fmt.Sprintf("%s %d from %s", guard.Service, port, network), match: []any{from(network), to}, count: true, verdict: "accept",
				})
			}
			all = append(all, rule{comment: fmt.Sprintf("%s %d from elsewhere", guard.Service, port), match: []any{to}, count: true, verdict: "drop"})
		}
	}
	return all
}

// from matches the source address.
func from(network netip.Prefix) any {
	protocol, family := "ip", "ipv4"
	if network.Addr().Is6() {
		protocol, family = "ip6", "ipv6"
	}
	source := object{"payload": object{"protocol": protocol, "field": "saddr"}}
	switch {
	case network.Bits() == 0: // every address: nft knows no such prefix
		return equal(object{"meta": object{"key": "nfproto"}}, family)
	case network.IsSingleIP():
		return equal(source, network.Addr().String())
	}
	return equal(source, object{"prefix": object{"addr": network.Addr().String(), "len": network.Bits()}})
}

// script replaces the table by the rules, or removes it when there are none.
func (r Rules) script() ([]byte, error) {
	table := object{"family": "inet", "name": Table}
	// Adding first makes the deletion valid where there is no table.
	commands := []any{object{"add": object{"table": table}}, object{"delete": object{"table": table}}}
	if len(r) > 0 {
		commands = append(commands, object{"add": object{"table": table}}, object{"add": object{"chain": object{
			"family": "inet", "table": Table, "name": "input", "type": "filter", "hook": "input", "prio": 0, "policy": "accept",
		}}})
		for _, rule := range r.rules() {
			commands = append(commands, object{"add": object{"rule": rule.object()}})
		}
	}
	return json.Marshal(object{"nftables": commands})
}

// Apply replaces the table, atomically.
func (r Rules) Apply() error {
	script, err := r.script()
	if err != nil {
		return err
	}
	_, err = nft(script, "-j", "-f", "-")
	return err
}

// Compare says how the live table differs.
func (r Rules) Compare() (Difference, error) {
	live, err := list()
	if err != nil {
		return Difference{}, err
	}
	var wanted []rule
	if len(r) > 0 {
		wanted = r.rules()
	}
	return compare(wanted, live)
}

// compare pairs rules off one by one, in order: what is behind a rule that accepts or drops counts no more.
func compare(wanted []rule, live []liveRule) (Difference, error) {
	var difference Difference
	at := 0
	for _, rule := range wanted {
		text, err := meaning(rule.object()["expr"].([]any))
		if err != nil {
			return Difference{}, err
		}
		found := slices.IndexFunc(live[at:], func(l liveRule) bool { return l.meaning == text })
		if found < 0 {
			difference.Missing = append(difference.Missing, rule.comment)
			continue
		}
		for _, skipped := range live[at : at+found] {
			difference.Foreign = append(difference.Foreign, skipped.name())
		}
		at += found + 1
	}
	for _, left := range live[at:] {
		difference.Foreign = append(difference.Foreign, left.name())
	}
	return difference, nil
}

// liveRule is a rule that the kernel has.
type liveRule struct {
	comment, meaning string
	handle           int64
}

func (l liveRule) name() string {
	if l.comment != "" {
		return fmt.Sprintf("%s (handle %d)", l.comment, l.handle)
	}
	return fmt.Sprintf("a rule without comment (handle %d)", l.handle)
}

// meaning is an expression without what changes while it works: counters.
func meaning(expression []any) (string, error) {
	parts := make([]any, 0, len(expression))
	for _, part := range expression {
		if statement, ok := part.(object); ok {
			if _, counter := statement["counter"]; counter {
				part = "counter"
			}
		}
		parts = append(parts, part)
	}
	text, err := json.Marshal(parts) // sorts the keys
	return string(text), err
}

// list returns the rules of our table. A table that is not there has none.
func list() ([]liveRule, error) {
	output, err := nft(nil, "-j", "list", "table", "inet", Table)
	if err != nil {
		if strings.Contains(err.Error(), "No such file or directory") {
			return nil, nil
		}
		return nil, err
	}
	var listing struct {
		Objects []struct {
			Rule *struct {
				Handle  int64  `json:"handle"`
				Comment string `json:"comment"`
				Expr    []any  `json:"expr"`
			} `json:"rule"`
		} `json:"nftables"`
	}
	if err := json.Unmarshal(output, &listing); err != nil {
		return nil, fmt.Errorf("what nft lists is not understood: %w", err)
	}
	var rules []liveRule
	for _, o := range listing.Objects {
		if o.Rule == nil {
			continue
		}
		text, err := meaning(o.Rule.Expr)
		if err != nil {
			return nil, err
		}
		rules = append(rules, liveRule{comment: o.Rule.Comment, handle: o.Rule.Handle, meaning: text})
	}
	return rules, nil
}

// Show returns the live table as nft prints it, with counters.
func Show() (string, error) {
	output, err := nft(nil, "list", "table", "inet", Table)
	return string(output), err
}

func nft(input []byte, args ...string) ([]byte, error) {
	command := exec.Command("nft", args...)
	command.Stdin = bytes.NewReader(input)
	output, err := command.Output()
	var ended *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("nft is not installed, which allowed_cidrs needs: apt install nftables (or dnf install nftables)")
	case errors.As(err, &ended):
		return nil, fmt.Errorf("nft %s: %s", strings.Join(args, " "), strings.TrimSpace(string(ended.Stderr)))
	}
	return output, err
}
