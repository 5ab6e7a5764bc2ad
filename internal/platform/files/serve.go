package files

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Serve sends a stored file, or the part of it that the browser asks for.
// Whatever it is, the browser takes it for nothing but its type and runs
// nothing of it. Pictures and video may be shown in the page when inline is
// set; the rest is always saved, PDF too: browsers do not show one that is
// sandboxed, and one that is not may run scripts.
//
// No copy is kept for the next user of the machine. Only a picture in a page
// may be kept by its reader's browser, which still asks each time whether it
// may be shown, so that sign-out and withdrawn rights hold.
func Serve(w http.ResponseWriter, r *http.Request, name, mime string, content io.ReadSeeker, inline bool) {
	h := w.Header()
	disposition, cache := "attachment", "private, no-store"
	if inline && (isPhoto(mime) || mime == mp4Type.mime) {
		disposition = "inline"
		if e, ok := content.(interface{ ETag() string }); ok && isPhoto(mime) {
			h.Set("ETag", e.ETag())
			cache = "private, no-cache"
		}
	}
	name = CleanName(name)
	h.Set("Content-Type", mime)
	// RFC 6266, 4.3 and appendix D: the plain name for old programs, the true one by RFC 8187.
	h.Set("Content-Disposition", disposition+`; filename="`+asciiName(name)+`"; filename*=UTF-8''`+strings.ReplaceAll(url.QueryEscape(name), "+", "%20"))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", cache)
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	http.ServeContent(w, r, "", time.Time{}, content)
}

func asciiName(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%`, r) { // % is decoded by some programs
			return '_'
		}
		return r
	}, s)
}
