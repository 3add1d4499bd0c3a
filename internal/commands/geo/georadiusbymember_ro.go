package geo

import "redoubt/internal/engine"

// GEORADIUSBYMEMBER_RO is GEORADIUSBYMEMBER without storing, so that replicas may serve it.
var _ = Family.Add(&engine.Command{
	Spec: radiusSpec("georadiusbymember_ro", true, true),
	Run:  func(c *engine.Call) { search(c, form{source: 1, member: true, options: 5}) },
})
