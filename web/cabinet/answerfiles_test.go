package cabinet_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"ereception/internal/law/deadline"
	"ereception/web/httpx"

	dom "ereception/internal/appeals"
)

// upload sends a form of fields and, after a "—", files, as a browser does.
func (o *office) upload(as, path string, kv ...string) (int, *goquery.Document) {
	o.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	at := slices.Index(kv, "—")
	for i := 0; i+1 < at; i += 2 {
		o.ok(m.WriteField(kv[i], kv[i+1]))
	}
	for i := at + 1; i+1 < len(kv); i += 2 {
		w, err := m.CreateFormFile("files", kv[i])
		o.ok(err)
		_, err = io.WriteString(w, kv[i+1])
		o.ok(err)
	}
	o.ok(m.Close())
	req := httptest.NewRequest(http.MethodPost, path, &b)
	req.Header.Set("Content-Type", m.FormDataContentType())
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.AddCookie(&http.Cookie{Name: httpx.CookieName(false), Value: as})
	w := httptest.NewRecorder()
	o.h.ServeHTTP(w, req)
	doc, err := goquery.NewDocumentFromReader(w.Body)
	o.ok(err)
	return w.Code, doc
}

// TestNoFileOfAnAnswerIsChosenTwice: whatever is wrong with the text, with one of the
// files or with the version, the other files are kept and the text stands in the form.
func TestNoFileOfAnAnswerIsChosenTwice(t *testing.T) {
	t.Parallel()
	o, ctx := open(t), t.Context()
	inWork := func() string {
		n := o.filed()
		o.ok(o.svc.Register(ctx, o.people["clerk"], n, 0, dom.Registration{Classification: dom.Classification{Procedure: deadline.Appeal}, TopicID: o.topics[0]}))
		o.ok(o.svc.Assign(ctx, o.people["clerk"], n, 0, o.unit, o.people["exec"].ID))
		return n
	}
	const exe = "MZ\x90\x00\x03\x00\x00\x00"
	const words = "Яму відремонтовано 20 листопада 2026 року, покриття відновлено."
	long := strings.Repeat("довго ", dom.AnswerMax/6+1)
	for name, x := range map[string]struct {
		fields  []string
		code    int
		errors  string
		files   string
		text    string
		waiting bool // the text is in the form alone, not kept
	}{
		"a wrong file among good ones": {
			[]string{"answer", words, "result", "satisfied", "do", "save", "—", "вірус.exe", exe, "акт.txt", "Акт", "ще.exe", exe, "план.txt", "План"}, 422, "#files #files", "акт.txt план.txt", words, false,
		},
		"a wrong file does not let the answer go": {
			[]string{"answer", words, "result", "satisfied", "do", "submit", "—", "вірус.exe", exe, "акт.txt", "Акт"}, 422, "#files", "акт.txt", words, false,
		},
		"a text that is too long": {
			[]string{"answer", long, "result", "satisfied", "do", "save", "—", "акт.txt", "Акт", "вірус.exe", exe}, 422, "#answer #files", "акт.txt", long, true,
		},
		"a text that is too short to be submitted": {
			[]string{"answer", "Так.", "result", "satisfied", "do", "submit", "—", "акт.txt", "Акт"}, 422, "#answer", "акт.txt", "Так.", false,
		},
		"no template was chosen": {
			[]string{"answer", words, "do", "template", "—", "акт.txt", "Акт", "вірус.exe", exe}, 422, "#files #template", "акт.txt", words, true,
		},
	} {
		n := inWork()
		code, doc := o.upload("exec", "/cabinet/appeals/"+n+"/answer", append([]string{"version", "0"}, x.fields...)...)
		errors := doc.Find(".ds-error-summary a").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("href", "") })
		slices.Sort(errors)
		held := doc.Find("#act-form .files a, form .files a").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
		if code != x.code || strings.Join(errors, " ") != x.errors || strings.Join(held, " ") != x.files || strings.TrimSpace(doc.Find("textarea[name=answer]").Text()) != strings.TrimSpace(x.text) {
			t.Errorf("%s: %d, errors %v, files %v, the text is there: %v", name, code, errors, held, doc.Find("textarea[name=answer]").Text() == x.text)
		}
		c, err := o.svc.Case(ctx, o.people["exec"], n)
		o.ok(err)
		if c.State != dom.InProgress || c.Answer == nil || len(c.AnswerFiles) != len(strings.Fields(x.files)) || (c.Answer.Body == "") != x.waiting {
			t.Errorf("%s: state %s, %d files, answer %v", name, c.State, len(c.AnswerFiles), c.Answer != nil)
		}
		// The form as it stands is the one that saves.
		code, _ = o.upload("exec", "/cabinet/appeals/"+n+"/answer", "version", doc.Find("textarea[name=answer]").Closest("form").Find("input[name=version]").AttrOr("value", ""),
			"answer", words, "result", "satisfied", "do", "submit", "—", "", "")
		if c, err = o.svc.Case(ctx, o.people["exec"], n); err != nil || code != 303 || c.State != dom.AnswerSigning {
			t.Errorf("%s: the mended form: %d, state %s, %v", name, code, c.State, err)
		}
	}

	// A co-executor was quicker: the files go to his draft, the text is shown beside his.
	n := inWork()
	o.ok(o.svc.SaveAnswer(ctx, o.people["exec"], n, 0, "Інший текст", "satisfied"))
	code, doc := o.upload("exec", "/cabinet/appeals/"+n+"/answer", "version", "0", "answer", words, "result", "satisfied", "do", "save", "—", "акт.txt", "Акт")
	c, err := o.svc.Case(ctx, o.people["exec"], n)
	o.ok(err)
	if code != 409 || len(c.AnswerFiles) != 1 || c.Answer.Body != "Інший текст" || !strings.Contains(doc.Find("main").Text(), words) {
		t.Errorf("a stale draft: %d, %d files, kept %q", code, len(c.AnswerFiles), c.Answer.Body)
	}
}
