//go:build !linux

package epoll

import (
	"errors"
	"net"

	"redoubt/internal/engine"
)

// Transport does not exist on this system.
type Transport struct{}

// New returns errors.ErrUnsupported.
func New(*engine.Engine, int, *Bell) (*Transport, error) { return nil, errors.ErrUnsupported }

// Serve returns errors.ErrUnsupported.
func (*Transport) Serve(net.Conn, func(*engine.Client), func()) error { return errors.ErrUnsupported }

// Close does nothing.
func (*Transport) Close() {}
