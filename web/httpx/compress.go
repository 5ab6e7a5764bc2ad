package httpx

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"ereception/static"
)

// packFrom is the least answer that is worth packing: a smaller one fits into
// one packet as it is.
const packFrom = 1200

// packer is a writer of gzip with the buffer that it fills.
type packer struct {
	b bytes.Buffer
	z *gzip.Writer
}

// The fastest level: what the slower ones save on a page of ours is a tenth.
var packers = sync.Pool{New: func() any {
	p := &packer{}
	p.z, _ = gzip.NewWriterLevel(&p.b, gzip.BestSpeed) // the level is valid
	return p
}}

// filler is what the name in the head of a packed answer is cut from.
var filler = strings.Repeat("0123456789abcdef", 8)

// send writes a whole answer, packed where the browser takes gzip and it pays.
//
// A packed page whose length an eavesdropper can watch might tell him, guess by
// guess, a text that stands beside what he makes the page repeat (BREACH). Our
// pages hold no token, cookies do not come along with what another site loads
// (SameSite), and the name in the head of the gzip stream, which browsers skip,
// is of random length, so that the lengths say little.
func send(c echo.Context, status int, contentType string, body []byte) error {
	w := c.Response()
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Add("Vary", "Accept-Encoding")
	if len(body) >= packFrom && h.Get("Content-Encoding") == "" && static.Accepts(c.Request().Header.Get("Accept-Encoding"), "gzip") {
		p := packers.Get().(*packer)
		defer packers.Put(p)
		p.b.Reset()
		p.z.Reset(&p.b)
		var n [1]byte
		_, _ = rand.Read(n[:]) // never fails since Go 1.24
		p.z.Name = filler[:int(n[0])%len(filler)]
		if _, err := p.z.Write(body); err != nil {
			return err
		}
		if err := p.z.Close(); err != nil {
			return err
		}
		h.Set("Content-Encoding", "gzip")
		body = p.b.Bytes()
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(body)
	return err
}
