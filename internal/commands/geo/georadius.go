package geo

import "redoubt/internal/engine"

// GEORADIUS is the older form of GEOSEARCH around a point. Storing makes it a writing command.
var _ = Family.Add(&engine.Command{
	Spec: radiusSpec("georadius", false, false),
	Run:  func(c *engine.Call) { search(c, form{source: 1, point: true, options: 6, mayStore: true}) },
})
