package geo

import "redoubt/internal/engine"

// GEORADIUSBYMEMBER is the older form of GEOSEARCH around a member. Storing makes it a writing command.
var _ = Family.Add(&engine.Command{
	Spec: radiusSpec("georadiusbymember", true, false),
	Run:  func(c *engine.Call) { search(c, form{source: 1, member: true, options: 5, mayStore: true}) },
})
