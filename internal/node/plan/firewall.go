package plan

import (
	"errors"
	"io/fs"
	"os"

	"redoubt/internal/node/firewall"
)

// firewall plans our table. Where gitlab.rb names no networks and never did, nft is not even asked: it may not be installed.
func (b *builder) firewall() error {
	_, err := os.Stat(b.layout.FirewallFile())
	ours := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(b.state.Firewall) == 0 {
		if ours {
			b.add(SetFirewall{Reason: "gitlab.rb names no networks any more, so everybody may connect"})
		}
		return nil
	}
	difference, err := b.state.Firewall.Compare()
	if err != nil {
		return err
	}
	saved, err := firewall.Saved(b.layout.FirewallFile(), b.state.Firewall)
	if err != nil {
		return err
	}
	switch {
	case !difference.None():
		b.add(SetFirewall{Rules: b.state.Firewall, Reason: difference.String()})
	case !saved:
		b.add(SetFirewall{Rules: b.state.Firewall, Reason: "the rules for the next boot are not stored"})
	}
	return nil
}
