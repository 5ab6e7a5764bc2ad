package files

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

var errInfected = errors.New("infected")

// scanner speaks to clamd by INSTREAM. The nil scanner lets everything pass.
type scanner struct{ network, address string }

func newScanner(s string) (*scanner, error) {
	if s == "" {
		return nil, nil
	}
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		return &scanner{"unix", path}, nil
	}
	if addr, ok := strings.CutPrefix(s, "tcp://"); ok {
		return &scanner{"tcp", addr}, nil
	}
	return nil, fmt.Errorf("EREC_CLAMAV: %q is neither unix:/path nor tcp://host:port", s)
}

const scanTimeout = 60 * time.Second

// check gives errInfected for a file with a known virus, and another error when
// the scanner did not say that the file is clean.
func (s *scanner) check(ctx context.Context, r io.Reader) error {
	if s == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, scanTimeout)
	defer cancel()
	var d net.Dialer
	c, err := d.DialContext(ctx, s.network, s.address)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if dl, ok := ctx.Deadline(); ok {
		_ = c.SetDeadline(dl)
	}
	if _, err := io.WriteString(c, "zINSTREAM\x00"); err != nil {
		return err
	}
	buf := make([]byte, 4+64<<10)
	for {
		n, err := r.Read(buf[4:])
		if n > 0 {
			binary.BigEndian.PutUint32(buf, uint32(n))
			if _, err := c.Write(buf[:4+n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if _, err := c.Write([]byte{0, 0, 0, 0}); err != nil {
		return err
	}
	reply, err := io.ReadAll(io.LimitReader(c, 4096))
	if err != nil {
		return err
	}
	switch s := strings.TrimRight(string(reply), "\x00\n"); {
	case strings.HasSuffix(s, " OK"):
		return nil
	case strings.HasSuffix(s, " FOUND"):
		return errInfected
	default:
		return fmt.Errorf("the scanner did not judge the file (%d bytes of reply)", len(reply))
	}
}
