// Package netport opens the portal's listening socket and, when it may, steps aside for a port that is already taken.
//
// Moving is meant only for an address that nobody asked for by name: the built-in default, or a demonstration started
// beside something else on a developer's machine. An address that an operator configured must be opened exactly or not
// at all (net.Listen), because a proxy in front of it would otherwise talk to a stranger.
package netport

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// Span is how many ports after the wanted one are tried.
const Span = 50

// Listen opens a TCP listener at addr (host:port, :port). When the port is taken, the next free one of the following
// Span ports is opened instead and moved is true; the real address is listener.Addr(). Every other trouble (a port
// below 1024 without the right to it, a host that is not ours, a malformed address) is returned as it is: trying the
// neighbour would hide it. Port 0 is left to the system.
func Listen(addr string) (listener net.Listener, moved bool, err error) {
	host, service, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, false, err
	}
	first, err := net.LookupPort("tcp", service)
	if err != nil {
		return nil, false, err
	}
	for port := first; port <= min(first+Span, 65535); port++ {
		listener, err = net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil {
			return listener, port != first, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return nil, false, err
		}
	}
	return nil, false, fmt.Errorf("ports %d to %d are all taken: %w", first, min(first+Span, 65535), err)
}
