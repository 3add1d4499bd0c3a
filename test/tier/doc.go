// Package tier holds the tests of whole tiers: several nodes, each with its own network, its own /etc, /opt and /var and its
// own accounts, on one machine, with Debian's redis-server and redis-sentinel. Each node has nothing but a gitlab.rb and is
// brought up by gitlab-ctl reconfigure, as root on the real paths.
//
// scripts/tier-test (make tier-test) runs them; they need root. The machine is left as it was: everything happens in
// namespaces that end with the test.
//
// Names of the form TestCheck13… refer to the acceptance checks that checks.md lists.
package tier
