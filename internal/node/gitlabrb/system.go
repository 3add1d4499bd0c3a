package gitlabrb

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// System is the machine the program runs on.
func System() Env {
	return Env{
		Getenv:     os.LookupEnv,
		ReadFile:   ReadFileLimited(DefaultLimits().StringBytes),
		FileExists: func(path string) bool { _, err := os.Stat(path); return err == nil },
		Hostname:   hostname,
		FQDN:       fullName,
		IPAddress:  defaultRouteAddress,
	}
}

// ReadFileLimited is an Env.ReadFile for the real file system that reads
// regular files of at most limit bytes.
func ReadFileLimited(limit int) func(path string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is no regular file", path)
		}
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		content, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
		if err != nil {
			return nil, err
		}
		if len(content) > limit {
			return nil, fmt.Errorf("%s is larger than %d bytes", path, limit)
		}
		return content, nil
	}
}

func hostname() (string, error) {
	name, err := os.Hostname()
	label, _, _ := strings.Cut(name, ".")
	return label, err
}

// fullName is the host's name with its domain as the resolver knows it, or the
// bare name when it knows none.
func fullName() (string, error) {
	name, err := os.Hostname()
	if err != nil || strings.Contains(name, ".") {
		return name, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	canonical, err := net.DefaultResolver.LookupCNAME(ctx, name)
	if err != nil || !strings.HasPrefix(canonical, name+".") {
		return name, nil // no domain is a valid answer
	}
	return strings.TrimSuffix(canonical, "."), nil
}

// defaultRouteAddress is the address the kernel would send from; connecting a
// datagram socket sends nothing.
func defaultRouteAddress() (string, error) {
	conn, err := net.Dial("udp", "192.0.2.1:9")
	if err != nil {
		return "", fmt.Errorf("no route to the outside: %w", err)
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).IP.String(), nil
}
