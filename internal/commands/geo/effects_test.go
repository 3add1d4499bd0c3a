package geo_test

import (
	"testing"

	"redoubt/test/inprocess"
)

// TestEffects says what replicas and the log get: scores instead of places, and nothing for what changed nothing.
func TestEffects(t *testing.T) {
	node := inprocess.Start(t)
	node.ExpectEffects(t, [][]string{
		{"GEOADD k 13.361389 38.115556 Palermo", "ZADD k 3479099956230698 Palermo"},
		{"GEOADD k 13.361389 38.115556 Palermo"},
		{"GEOADD k nx CH 1 1 Palermo 15.087269 37.502669 Catania",
			"ZADD k nx CH 3377822707026402 Palermo 3479447370796909 Catania"},
		{"GEOADD k XX 1 1 nope"},
		{"GEOADD k 200 1 a"},
		{"GEOSEARCH k FROMLONLAT 15 37 BYRADIUS 200 km"},
		{"GEORADIUS k 15 37 200 km"},
		{"GEORADIUS k 15 37 200 km STORE d", "GEORADIUS k 15 37 200 km STORE d"},
		{"GEOSEARCHSTORE d k FROMLONLAT 15 37 BYRADIUS 200 km", "GEOSEARCHSTORE d k FROMLONLAT 15 37 BYRADIUS 200 km"},
		{"GEOSEARCHSTORE d k FROMLONLAT 0 0 BYRADIUS 1 m", "GEOSEARCHSTORE d k FROMLONLAT 0 0 BYRADIUS 1 m"},
		{"GEOSEARCHSTORE d k FROMLONLAT 0 0 BYRADIUS 1 m"},
	})
}
