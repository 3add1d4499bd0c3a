//go:build interop

package migrate

import (
	"os"
	"testing"

	"redoubt/test/inprocess"
	"redoubt/test/program"
)

// TestWithRedis moves keys from this server to the real one, which REDIS_SERVER names, and back.
func TestWithRedis(t *testing.T) {
	binary := os.Getenv("REDIS_SERVER")
	if binary == "" {
		binary = "redis-server"
	}
	real := program.LaunchProgram(t, binary, nil, "--save", "", "--bind", "127.0.0.1")
	real.AwaitReady(t)
	t.Run("to Redis", func(t *testing.T) { moveAround(t, inprocess.Start(t, "--rdb-version", "10").Addr, real.Addr) })
	dial(t, real.Addr).do("FLUSHALL")
	t.Run("from Redis", func(t *testing.T) { moveAround(t, real.Addr, inprocess.Start(t, "--rdb-version", "10").Addr) })
}
