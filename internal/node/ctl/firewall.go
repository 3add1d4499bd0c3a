package ctl

import (
	"errors"
	"fmt"
	"os"

	"redoubt/internal/node/diagnosis"
	"redoubt/internal/node/firewall"
)

// firewallCommand compares or shows the rules. Exit codes of check: 0 as gitlab.rb says, 1 could not be found out, 2 not so.
func firewallCommand(i *invocation) int {
	if code := i.requireRoot(); code != exitOK {
		return code
	}
	if i.layout.Relocated() {
		return i.fail(errors.New("below another root the machine's firewall is left alone"))
	}
	if len(i.args) == 1 && i.args[0] == "show" {
		table, err := firewall.Show()
		if err != nil {
			return i.fail(err)
		}
		i.printf("%s", table)
		return exitOK
	}
	if len(i.args) != 1 || i.args[0] != "check" {
		return i.fail(errors.New("usage: gitlab-ctl firewall check | show"))
	}
	binary, err := os.Executable()
	if err != nil {
		return i.fail(err)
	}
	state, err := decide(i.layout, binary)
	if err != nil {
		return i.fail(err)
	}
	if len(state.Firewall) == 0 {
		i.printf("gitlab.rb guards nothing: neither redis['allowed_cidrs'] nor sentinel['allowed_cidrs'] is set.\n")
		return exitOK
	}
	difference, err := state.Firewall.Compare()
	if err != nil {
		return i.fail(err)
	}
	if difference.None() {
		i.printf("ok: the live rules are those of gitlab.rb\n")
		return exitOK
	}
	for _, rule := range difference.Missing {
		i.printf("missing: %s\n", rule)
	}
	for _, rule := range difference.Foreign {
		i.printf("not of gitlab.rb: %s\n", rule)
	}
	fmt.Fprintln(i.stderr, "gitlab-ctl reconfigure puts the rules right.")
	return diagnosis.ExitFailure
}
