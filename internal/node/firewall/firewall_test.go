package firewall

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestNetworks(t *testing.T) {
	got, err := Networks([]string{"10.1.2.3", "fd00::1", "10.0.0.0/8", "192.0.2.7", "192.0.2.7/32", "::ffff:198.51.100.1"})
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(got); text != "[10.0.0.0/8 192.0.2.7/32 198.51.100.1/32 fd00::1/128]" {
		t.Errorf("got %s", text)
	}
	for text, want := range map[string]string{
		"10.0.0.1/8": "write 10.0.0.0/8", "redis.example.com": "names cannot be used", "10.0.0.0/33": "neither", "": "neither", "fe80::1%eth0": "neither",
	} {
		if _, err := Networks([]string{text}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
	if _, err := Networks(slices.Repeat([]string{"10.0.0.1"}, maxNetworks+1)); err == nil {
		t.Error("there is no limit")
	}
}

// wanted is two ports, one of them open to a network.
var wanted = Rules{{Service: "redis", Ports: []int{6379, 6380}, Allowed: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}}

// live is what the kernel would list for rules.
func live(t *testing.T, rules Rules) []liveRule {
	t.Helper()
	var all []liveRule
	for n, rule := range rules.rules() {
		expression := rule.object()["expr"].([]any)
		for at, part := range expression {
			if _, ok := part.(object)["counter"]; ok {
				expression[at] = object{"counter": object{"packets": 12, "bytes": 960}}
			}
		}
		text, err := meaning(expression)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, liveRule{comment: rule.comment, meaning: text, handle: int64(n)})
	}
	return all
}

func TestCompare(t *testing.T) {
	good := live(t, wanted)
	foreign := liveRule{meaning: `[{"accept":null}]`, handle: 99}
	for name, test := range map[string]struct {
		live []liveRule
		want string
	}{
		"same":        {good, ""},
		"nothing":     {nil, "missing: loopback, redis 6379 from 10.0.0.0/8, redis 6379 from elsewhere, redis 6380 from 10.0.0.0/8, redis 6380 from elsewhere"},
		"one missing": {slices.Delete(slices.Clone(good), 2, 3), "missing: redis 6379 from elsewhere"},
		"one more":    {slices.Insert(slices.Clone(good), 1, foreign), "not ours: a rule without comment (handle 99)"},
		"another order": {[]liveRule{good[0], good[2], good[1], good[3], good[4]},
			"missing: redis 6379 from elsewhere; not ours: redis 6379 from elsewhere (handle 2)"},
	} {
		difference, err := compare(wanted.rules(), test.live)
		if err != nil || difference.String() != test.want || difference.None() != (test.want == "") {
			t.Errorf("%s: got %q, %v", name, difference, err)
		}
	}
}

func TestSaved(t *testing.T) {
	file := filepath.Join(t.TempDir(), "firewall.json")
	if saved, err := Saved(file, wanted); saved || err != nil {
		t.Errorf("no file: %v, %v", saved, err)
	}
	if err := Restore(file); err != nil {
		t.Errorf("nothing to restore: %v", err)
	}
	content, err := encode(wanted)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
	if saved, err := Saved(file, wanted); !saved || err != nil {
		t.Errorf("the same rules: %v, %v", saved, err)
	}
	if saved, err := Saved(file, append(wanted, Guard{Service: "sentinel"})); saved || err != nil {
		t.Errorf("other rules: %v, %v", saved, err)
	}
	if err := os.WriteFile(file, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Restore(file); err == nil || !strings.Contains(err.Error(), "gitlab-ctl reconfigure") {
		t.Errorf("a broken file: %v", err)
	}
}
