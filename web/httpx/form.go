package httpx

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"ereception/internal/platform/errs"
	"ereception/internal/platform/files"
)

// A browser reads no answer before it has sent its whole form: a connection that is
// closed under a large video shows it nothing but that the site is gone. So what is
// beyond the limit is read to its end and thrown away, and the person is told in the
// form, with all that was typed in it.

const (
	// maxBody is how much of a request is kept: five files of 20 MiB and the form.
	maxBody = 110 << 20
	// readMost is how much of a request is read at all. What says at once that it is
	// larger is refused unread, whatever its sender sees of that.
	readMost = 1 << 30
	// textMost bounds a form without files, which is held in memory whole.
	textMost = 10 << 20
	// partMost is how much of a file is kept in a form that is too large as a whole:
	// one byte more than is ever accepted, so that the file is refused by its name.
	partMost = files.MaxBytes + 1
	// memoryMost is how much of the files of a form is held in memory; the rest is on disk.
	memoryMost = 1 << 20
	// leftOut is the field under which files stand that were not kept, without content.
	leftOut = "_left_out"
)

// limitBody bounds what is read of a request. most is how much of it is kept.
func limitBody(c echo.Context, most int64, next echo.HandlerFunc) error {
	req := c.Request()
	if req.ContentLength > readMost {
		return errs.TooLarge()
	}
	req.Body = http.MaxBytesReader(c.Response(), req.Body, max(readMost, most))
	c.Set(maxBodyKey, most)
	return next(c)
}

const maxBodyKey = "httpx.max_body"

// drain reads what is left of a body, so that its sender gets to the answer.
func drain(req *http.Request) { _, _ = io.CopyN(io.Discard, req.Body, readMost) }

// ParseForm reads the form of the request, with files or without. In a form that is
// too large as a whole each file is cut to what no use-case accepts, and those that
// come after the limit are named by LeftOut; the words stay. A form that is too large
// without its files is errs.TooLarge, one that cannot be read is errs.Invalid.
func ParseForm(c echo.Context) (url.Values, error) {
	req := c.Request()
	most, ok := c.Get(maxBodyKey).(int64)
	if !ok {
		most = maxBody
	}
	var err error
	kind, params, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	switch {
	case strings.HasPrefix(kind, "multipart/") && (req.ContentLength > most || req.ContentLength < 0) && req.MultipartForm == nil:
		err = parseCut(req, params["boundary"], most)
	case strings.HasPrefix(kind, "multipart/"):
		err = req.ParseMultipartForm(memoryMost)
	default:
		rest := req.Body
		req.Body = http.MaxBytesReader(nil, rest, min(most, textMost))
		err = req.ParseForm()
		req.Body = rest
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) || errors.Is(err, multipart.ErrMessageTooLarge) {
		return nil, errs.TooLarge().Because(err)
	}
	if err != nil {
		return nil, errs.Invalid("errors.unreadable").Because(err)
	}
	for _, vals := range req.PostForm {
		for i, v := range vals {
			vals[i] = plainText(v)
		}
	}
	return req.PostForm, nil
}

// parseCut reads a multipart form with its files cut.
func parseCut(req *http.Request, boundary string, most int64) error {
	if boundary == "" {
		return http.ErrMissingBoundary
	}
	pr, pw := io.Pipe()
	body := req.Body
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = pw.CloseWithError(cutParts(pw, multipart.NewReader(body, boundary), boundary, most))
	}()
	req.Body = pr
	err := req.ParseMultipartForm(memoryMost)
	_ = pr.Close() // the other side stops, should the form have been given up
	<-done
	req.Body = body
	return err
}

// cutParts writes the parts of a form anew: words as they are, files cut.
func cutParts(to io.Writer, from *multipart.Reader, boundary string, most int64) error {
	w := multipart.NewWriter(to)
	if err := w.SetBoundary(boundary); err != nil {
		return err
	}
	var kept int64
	for {
		p, err := from.NextPart()
		if errors.Is(err, io.EOF) {
			return w.Close()
		}
		if err != nil {
			return err
		}
		var out io.Writer
		switch file := p.FileName(); {
		case file != "" && kept >= most:
			_, err = w.CreateFormFile(leftOut, file)
		case file != "":
			if out, err = w.CreatePart(p.Header); err == nil {
				var n int64
				n, err = io.CopyN(out, p, partMost)
				kept += n
			}
		default:
			if out, err = w.CreatePart(p.Header); err == nil {
				_, err = io.Copy(out, p)
			}
		}
		if err == nil {
			_, err = io.Copy(io.Discard, p)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
}

// LeftOut names the files that came after the limit of a whole form and were not kept.
func LeftOut(c echo.Context) []string {
	m := c.Request().MultipartForm
	if m == nil {
		return nil
	}
	out := make([]string, 0, len(m.File[leftOut]))
	for _, f := range m.File[leftOut] {
		out = append(out, files.CleanName(f.Filename))
	}
	return out
}
