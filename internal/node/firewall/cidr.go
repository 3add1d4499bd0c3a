package firewall

import (
	"fmt"
	"net/netip"
	"slices"
)

// maxNetworks bounds the rules: each packet to a guarded port may be compared with all of them.
const maxNetworks = 1000

// Networks reads addresses (10.0.0.1, fd00::1) and networks (10.0.0.0/8). The result is in a fixed order, without those that
// lie within another.
func Networks(texts []string) ([]netip.Prefix, error) {
	if len(texts) > maxNetworks {
		return nil, fmt.Errorf("%d networks; the limit is %d: use larger networks", len(texts), maxNetworks)
	}
	var all []netip.Prefix
	for _, text := range texts {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			address, addressErr := netip.ParseAddr(text)
			if addressErr != nil || address.Zone() != "" {
				return nil, fmt.Errorf("%q is neither an address (10.0.0.1, fd00::1) nor a network (10.0.0.0/8); names cannot be used here", text)
			}
			network = netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen())
		}
		if network.Masked() != network {
			return nil, fmt.Errorf("%s has bits behind its %d: write %s", text, network.Bits(), network.Masked())
		}
		all = append(all, network)
	}
	slices.SortFunc(all, func(a, b netip.Prefix) int {
		if a.Bits() != b.Bits() {
			return a.Bits() - b.Bits()
		}
		return a.Addr().Compare(b.Addr())
	})
	var kept []netip.Prefix
	for _, network := range all {
		within := func(wider netip.Prefix) bool { return wider.Contains(network.Addr()) }
		if !slices.ContainsFunc(kept, within) {
			kept = append(kept, network)
		}
	}
	return kept, nil
}
