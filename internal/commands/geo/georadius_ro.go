package geo

import "redoubt/internal/engine"

// GEORADIUS_RO is GEORADIUS without storing, so that replicas may serve it.
var _ = Family.Add(&engine.Command{
	Spec: radiusSpec("georadius_ro", false, true),
	Run:  func(c *engine.Call) { search(c, form{source: 1, point: true, options: 6}) },
})
