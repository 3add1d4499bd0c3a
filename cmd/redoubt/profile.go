package main

import (
	"os"
	"runtime/pprof"
)

// profileVariable names the file that takes a CPU profile of the server's whole life, for go tool pprof.
const profileVariable = "REDOUBT_CPU_PROFILE"

// profile starts a CPU profile; stop completes the file. Without a path it does nothing.
func profile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close()
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, nil
}
