package netport

import (
	"net"
	"strconv"
	"testing"
)

func TestListen(t *testing.T) {
	t.Parallel()

	t.Run("a free port is opened where it was asked for", func(t *testing.T) {
		t.Parallel()
		l, moved, err := Listen("127.0.0.1:0")
		if err != nil || moved {
			t.Fatalf("Listen = moved %v, %v; want it in place", moved, err)
		}
		defer l.Close()
	})

	t.Run("a taken port moves to a later one near by", func(t *testing.T) {
		t.Parallel()
		taken, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer taken.Close()
		want := taken.Addr().(*net.TCPAddr).Port
		if want > 65535-Span {
			t.Skip("the system gave one of the last ports")
		}
		l, moved, err := Listen(taken.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		got := l.Addr().(*net.TCPAddr).Port
		if !moved || got <= want || got > want+Span {
			t.Errorf("port %d, moved %v; want one of the %d after %d", got, moved, Span, want)
		}
	})

	t.Run("a wildcard address notices a port taken on the loopback only", func(t *testing.T) {
		t.Parallel()
		taken, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer taken.Close()
		l, moved, err := Listen(":" + strconv.Itoa(taken.Addr().(*net.TCPAddr).Port))
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if !moved {
			t.Error("moved = false: visitors of the loopback would reach the other program")
		}
	})

	for name, addr := range map[string]string{
		"an address without a port is an error":     "127.0.0.1",
		"a port out of range is an error":           "127.0.0.1:70000",
		"a host that is not ours is not moved past": "192.0.2.1:8080",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, moved, err := Listen(addr)
			if err == nil {
				l.Close()
				t.Fatalf("Listen(%q) succeeded (moved %v)", addr, moved)
			}
		})
	}
}
