package files

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Serve sends a stored file. Whatever it is, the browser takes it for nothing
// but its type, runs nothing of it and keeps no copy for the next user.
// Pictures, video and PDF may be shown in the page when inline is set; the rest
// is always saved.
func Serve(w http.ResponseWriter, r *http.Request, name, mime string, content io.ReadSeeker, inline bool) {
	h := w.Header()
	disposition := "attachment"
	if inline && (isPhoto(mime) || mime == mp4Type.mime || mime == pdfType.mime) {
		disposition = "inline"
	}
	h.Set("Content-Type", mime)
	h.Set("Content-Disposition", disposition+`; filename="`+asciiName(name)+`"; filename*=UTF-8''`+strings.ReplaceAll(url.QueryEscape(name), "+", "%20"))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "private, no-store")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	http.ServeContent(w, r, "", time.Time{}, content)
}

func asciiName(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '_'
		}
		return r
	}, s)
}
