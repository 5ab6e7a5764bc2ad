package httpx

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/files"
)

// blank is n bytes without memory.
type blank struct{}

func (blank) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// upload is a file of a form.
type upload struct {
	name string
	size int64
}

// sendForm sends a multipart form over a real connection.
func sendForm(t *testing.T, address string, chunked bool, text string, ups ...upload) (int, string) {
	t.Helper()
	const boundary = "b0undary"
	var parts []io.Reader
	var total int64
	add := func(s string) {
		parts = append(parts, strings.NewReader(s))
		total += int64(len(s))
	}
	add("--" + boundary + "\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nЯма\r\n")
	for _, u := range ups {
		add("--" + boundary + "\r\nContent-Disposition: form-data; name=\"files\"; filename=\"" + u.name + "\"\r\n\r\n")
		parts = append(parts, io.LimitReader(blank{}, u.size))
		total += u.size
		add("\r\n")
	}
	add("--" + boundary + "\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n" + text + "\r\n--" + boundary + "--\r\n")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, io.MultiReader(parts...))
	if err != nil {
		t.Fatal(err)
	}
	if !chunked {
		req.ContentLength = total
	}
	req.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal("the connection broke before the answer could be read: ", err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// TestAFormThatIsTooLargeKeepsItsWords: whoever adds a film of his phone reads which
// file is too large, above the form as he had filled it.
func TestAFormThatIsTooLargeKeepsItsWords(t *testing.T) {
	t.Parallel()
	h := build(t, Options{}, Route{POST, "/x", Need(authz.PublicRead), func(c echo.Context) error {
		v, err := ParseForm(c)
		if err != nil {
			return err
		}
		out := []string{v.Get("title"), v.Get("text")}
		for _, f := range c.Request().MultipartForm.File["files"] {
			out = append(out, f.Filename+" "+strconv.FormatInt(f.Size, 10))
		}
		out = append(out, "left out: "+strings.Join(LeftOut(c), ", "))
		return c.String(http.StatusOK, strings.Join(out, "|"))
	}})
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	cut := strconv.Itoa(files.MaxBytes + 1)
	for _, chunked := range []bool{false, true} {
		status, body := sendForm(t, srv.URL+"/x", chunked, "На вулиці Київській", upload{"film.mp4", 150 << 20}, upload{"small.jpg", 5 << 10})
		if want := "Яма|На вулиці Київській|film.mp4 " + cut + "|small.jpg 5120|left out: "; status != 200 || body != want {
			t.Errorf("chunked %v: %d %q, want %q", chunked, status, body, want)
		}
	}
	big := int64(files.MaxBytes + 100)
	status, body := sendForm(t, srv.URL+"/x", false, "Текст", upload{"1", big}, upload{"2", big}, upload{"3", big}, upload{"4", big}, upload{"5", big}, upload{"6", big}, upload{"photo.jpg", 700})
	if want := "|left out: photo.jpg"; status != 200 || !strings.HasSuffix(body, want) || strings.Count(body, cut) != 6 {
		t.Errorf("%d %q: a file after the limit of the whole must be named, never kept in part", status, body)
	}
	// What is within the limit comes as it was sent.
	status, body = sendForm(t, srv.URL+"/x", false, "Текст", upload{"a.pdf", files.MaxBytes + 3})
	if want := "Яма|Текст|a.pdf " + strconv.Itoa(files.MaxBytes+3) + "|left out: "; status != 200 || body != want {
		t.Errorf("%d %q, want %q", status, body, want)
	}
}

// TestWordsWithoutEndAreRefused: a form that is too large without its files is refused
// as a whole, and the refusal can be read.
func TestWordsWithoutEndAreRefused(t *testing.T) {
	t.Parallel()
	h := build(t, Options{}, Route{POST, "/x", Need(authz.PublicRead), func(c echo.Context) error {
		_, err := ParseForm(c)
		if err != nil {
			return err
		}
		return ok(c)
	}}, Route{POST, "/gone", Need(authz.PublicRead), func(echo.Context) error { return errs.NotFound() }})
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	long := strings.Repeat("а", 8<<20)
	if status, _ := sendForm(t, srv.URL+"/x", false, long); status != http.StatusRequestEntityTooLarge {
		t.Errorf("multipart within the limit of the whole: %d", status)
	}
	if status, _ := sendForm(t, srv.URL+"/x", true, long); status != http.StatusRequestEntityTooLarge {
		t.Errorf("multipart of unknown length: %d", status)
	}
	for _, n := range []int{textMost, 64 << 20} {
		body := strings.NewReader("text=" + strings.Repeat("a", n))
		resp, err := http.Post(srv.URL+"/x", "application/x-www-form-urlencoded", body) //nolint:noctx // a test
		if err != nil {
			t.Fatal("the connection broke before the answer could be read: ", err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%d bytes of text: %d", n, resp.StatusCode)
		}
	}
	// A page that does not read the form is no reason to break the connection either.
	if status, _ := sendForm(t, srv.URL+"/gone", false, "x", upload{"film.mp4", 64 << 20}); status != http.StatusNotFound {
		t.Errorf("unread: %d", status)
	}
	// What says of itself that it is beyond all bounds is not read.
	req := httptest.NewRequest(POST, "/x", io.MultiReader(new(bytes.Buffer)))
	req.ContentLength = readMost + 1
	req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("beyond all bounds: %d", w.Code)
	}
}

// TestACutFormIsReadAsItWasSent: names, several values and a broken form.
func TestACutFormIsReadAsItWasSent(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	_ = w.WriteField("kept", "1")
	_ = w.WriteField("kept", "2")
	f, _ := w.CreateFormFile("files", `звіт "2".pdf`)
	_, _ = f.Write([]byte("hello"))
	_ = w.Close()
	var got []string
	h := build(t, Options{MaxBody: 10}, Route{POST, "/x", Need(authz.PublicRead), func(c echo.Context) error {
		v, err := ParseForm(c)
		if err != nil {
			return err
		}
		got = append(url.Values(v)["kept"], c.Request().MultipartForm.File["files"][0].Filename)
		return ok(c)
	}})
	post := func(body []byte) int {
		req := httptest.NewRequest(POST, "/x", bytes.NewReader(body))
		req.Header.Set("Content-Type", w.FormDataContentType())
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		return rec.Code
	}
	if code := post(b.Bytes()); code != 200 || strings.Join(got, "|") != `1|2|звіт "2".pdf` {
		t.Errorf("%d %q", code, got)
	}
	if code := post(b.Bytes()[:b.Len()-20]); code != http.StatusUnprocessableEntity {
		t.Errorf("a form that broke off: %d", code)
	}
}
