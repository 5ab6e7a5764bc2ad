package exchange

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"ereception/internal/petitions"
	"ereception/internal/platform/clock"
)

var update = flag.Bool("update", false, "record the exchange anew from the reference server")

const token = "a-token-of-the-tests"

// recording is one request with its answer, as testdata keeps it.
type recording struct {
	Request struct {
		Method string            `json:"method"`
		Path   string            `json:"path"`
		Header map[string]string `json:"header"`
		Body   json.RawMessage   `json:"body,omitempty"`
	} `json:"request"`
	Response struct {
		Status int             `json:"status"`
		Type   string          `json:"content_type"`
		Body   json.RawMessage `json:"body"`
	} `json:"response"`
}

func at(s string) *time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return &t
}

// full says all that the contract can say; the people are invented.
func full() petitions.Shared {
	return petitions.Shared{
		Number: 214, Revision: 3, URL: "https://e.example/petitions/214", Title: "Безпечний перехід біля ліцею", Essence: "Просимо облаштувати перехід <з острівцем>.",
		Reasons: "Діти переходять дорогу.", Proposal: "Острівець безпеки.", Author: "Вигадана Олена Петрівна", Topic: "транспорт", District: "Богунський район",
		State: petitions.Answered, PublishedAt: at("2026-03-02T08:00:00Z"), EndsAt: at("2026-05-31T20:59:59Z"), ReachedAt: at("2026-04-10T09:30:00Z"),
		AnnouncedAt: at("2026-04-13T07:00:00Z"), SessionOn: at("2026-04-23T00:00:00Z"), AnsweredAt: at("2026-04-24T12:00:00Z"), ClosedAt: at("2026-06-01T12:00:00Z"),
		Threshold: 300, Counts: petitions.TierEmail, Email: 210, Strong: 102, Counted: 312,
		Terms: []petitions.SharedTerm{
			{Step: petitions.StepAnnounce, DueAt: *at("2026-04-15T20:59:59Z"), MetAt: at("2026-04-13T07:00:00Z"), Rule: "petition-announce"},
			{Step: petitions.StepReview, DueAt: *at("2026-04-27T20:59:59Z"), Rule: "petition-review"},
		},
		Answer: &petitions.SharedAnswer{
			Decision: petitions.Partly, Body: "Перехід облаштують улітку.", Signer: "Керівний Андрій Петрович", Post: "секретар міської ради", SignedAt: *at("2026-04-24T12:00:00Z"),
			DecisionURL: "https://e.example/decision", VideoURL: "https://e.example/video",
		},
		Milestones: []petitions.SharedMilestone{
			{Title: "Проєкт переходу", DueOn: at("2026-06-01T00:00:00Z"), DoneOn: at("2026-05-20T00:00:00Z"), Note: "Готовий", URL: "https://e.example/project"},
			{Title: "Роботи"},
		},
	}
}

// young is a petition that has just been published.
func young() petitions.Shared {
	return petitions.Shared{
		Number: 215, Revision: 1, URL: "https://e.example/petitions/215", Title: "Лавки в сквері", Essence: "Просимо поставити лавки.", Author: "Зразковий Петро Іванович",
		State: petitions.Gathering, PublishedAt: at("2026-05-02T08:00:00Z"), EndsAt: at("2026-07-31T20:59:59Z"), Threshold: 300, Counts: petitions.TierStrong,
	}
}

func changed(p petitions.Shared, fn func(*petitions.Shared)) petitions.Shared {
	fn(&p)
	return p
}

type call func(*Client) (petitions.Held, error)

func publish(p petitions.Shared) call {
	return func(c *Client) (petitions.Held, error) { return c.Publish(context.Background(), p) }
}

func asked(n int64) call {
	return func(c *Client) (petitions.Held, error) { return c.Held(context.Background(), n) }
}

func count(n int) *int { return &n }

var asOf = *at("2026-05-03T10:00:00Z")

// cases of the contract. had is what the platform holds before.
var cases = []struct {
	name  string
	had   []held
	fails int
	token string
	call  call
	want  petitions.Held
	err   petitions.Failure
}{
	{
		name: "a new petition", call: publish(young()),
		want: petitions.Held{Revision: 1, URL: "https://vzaemodiia.example/petitions/1215", At: asOf},
	},
	{
		name: "all that can be said", had: []held{{Contract: ContractHeld, Number: 214, Revision: 2, URL: "https://vzaemodiia.example/petitions/1214", AsOf: asOf, Count: count(12)}},
		call: publish(full()), want: petitions.Held{Revision: 3, URL: "https://vzaemodiia.example/petitions/1214", At: asOf, Count: count(12)},
	},
	{
		name: "the same again", had: []held{{Contract: ContractHeld, Number: 214, Revision: 3, URL: "https://vzaemodiia.example/petitions/1214", AsOf: asOf}},
		call: publish(full()), want: petitions.Held{Revision: 3, URL: "https://vzaemodiia.example/petitions/1214", At: asOf},
	},
	{
		name: "an older revision", had: []held{{Contract: ContractHeld, Number: 214, Revision: 5, URL: "https://vzaemodiia.example/petitions/1214", AsOf: asOf}},
		call: publish(full()), want: petitions.Held{Revision: 5, URL: "https://vzaemodiia.example/petitions/1214", At: asOf},
	},
	{
		name: "what is held", had: []held{{
			Contract: ContractHeld, Number: 214, Revision: 3, URL: "https://vzaemodiia.example/petitions/1214", AsOf: asOf, Count: count(0),
			Answer: &heldAnswer{URL: "https://vzaemodiia.example/petitions/1214/answer"},
		}},
		call: asked(214), want: petitions.Held{
			Revision: 3, URL: "https://vzaemodiia.example/petitions/1214", At: asOf, Count: count(0), AnswerURL: "https://vzaemodiia.example/petitions/1214/answer",
		},
	},
	{name: "what is not held", call: asked(214), err: petitions.FailMissing},
	{name: "another token", token: "stale", call: asked(214), err: petitions.FailAccess},
	{name: "not by the schema", call: publish(changed(young(), func(p *petitions.Shared) { p.Title = "" })), err: petitions.FailRefused},
	{name: "busy", fails: http.StatusServiceUnavailable, call: publish(young()), err: petitions.FailBusy},
	{name: "broken", fails: http.StatusInternalServerError, call: asked(214), err: petitions.FailServer},
}

func newReference(t *testing.T, i int) *reference {
	t.Helper()
	r := &reference{token: token, asOf: asOf, schema: compiled(t, SchemaPetition), fails: cases[i].fails, held: map[int64]held{}}
	for _, h := range cases[i].had {
		r.held[h.Number] = h
	}
	return r
}

func compiled(t *testing.T, schema []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func file(name string) string {
	return filepath.Join("testdata", "contract", strings.ReplaceAll(name, " ", "-")+".json")
}

func recorded(t *testing.T, name string) recording {
	t.Helper()
	b, err := os.ReadFile(file(name))
	if err != nil {
		t.Fatalf("%v (-update records it)", err)
	}
	var r recording
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

// requestOf is what came over the wire, all of it but the host and the length.
func requestOf(req *http.Request) recording {
	var r recording
	r.Request.Method, r.Request.Path, r.Request.Header = req.Method, req.URL.RequestURI(), map[string]string{}
	for k, v := range req.Header {
		if k != "Content-Length" {
			r.Request.Header[k] = strings.Join(v, ", ")
		}
	}
	body, _ := io.ReadAll(req.Body)
	if len(body) > 0 {
		r.Request.Body = body
	}
	return r
}

func compact(b json.RawMessage) string {
	var out bytes.Buffer
	if len(b) == 0 || json.Compact(&out, b) != nil {
		return string(b)
	}
	return out.String()
}

// drift says in what a request differs from the recorded one, to the byte.
func drift(want, got recording) []string {
	var out []string
	if want.Request.Method != got.Request.Method || want.Request.Path != got.Request.Path {
		out = append(out, fmt.Sprintf("%s %s, recorded %s %s", got.Request.Method, got.Request.Path, want.Request.Method, want.Request.Path))
	}
	if !maps.Equal(want.Request.Header, got.Request.Header) {
		out = append(out, fmt.Sprintf("headers %v, recorded %v", got.Request.Header, want.Request.Header))
	}
	if compact(want.Request.Body) != string(got.Request.Body) {
		out = append(out, fmt.Sprintf("body %s\nrecorded %s", got.Request.Body, compact(want.Request.Body)))
	}
	return out
}

func client(t *testing.T, url, tok string) *Client {
	t.Helper()
	c, err := New(Options{URL: url + "/v1/", Token: tok, Agent: "ereception (https://e.example)", Clock: clock.At(asOf)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func tokenOf(i int) string {
	if cases[i].token != "" {
		return cases[i].token
	}
	return token
}

// TestTheRecordedContract replays the recordings over a real server, which accepts
// the recorded request and nothing else, and looks what the client makes of the
// recorded answer. With -update they are made anew by the reference server.
func TestTheRecordedContract(t *testing.T) {
	t.Parallel()
	for i, c := range cases {
		if *update {
			record(t, i)
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rec := recorded(t, c.name)
			requests := 0
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				requests++
				for _, d := range drift(rec, requestOf(req)) {
					t.Error(d)
				}
				w.Header().Set("Content-Type", rec.Response.Type)
				w.WriteHeader(rec.Response.Status)
				_, _ = io.WriteString(w, compact(rec.Response.Body))
			}))
			defer srv.Close()
			got, err := c.call(client(t, srv.URL, tokenOf(i)))
			var p *petitions.PlatformError
			switch errors.As(err, &p); {
			case c.err == "" && err != nil, c.err != "" && (p == nil || p.Failure != c.err):
				t.Errorf("got %v, want %q", err, c.err)
			case !reflect.DeepEqual(got, c.want):
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if requests != 1 {
				t.Errorf("%d requests", requests)
			}
		})
	}
}

func record(t *testing.T, i int) {
	t.Helper()
	var rec recording
	ref := newReference(t, i)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		rec = requestOf(req)
		req.Body = io.NopCloser(bytes.NewReader(rec.Request.Body))
		answer := httptest.NewRecorder()
		ref.ServeHTTP(answer, req)
		rec.Response.Status, rec.Response.Type, rec.Response.Body = answer.Code, answer.Header().Get("Content-Type"), answer.Body.Bytes()
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	defer srv.Close()
	_, _ = cases[i].call(client(t, srv.URL, tokenOf(i)))
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := errors.Join(e.Encode(rec), os.MkdirAll(filepath.Dir(file("x")), 0o755), os.WriteFile(file(cases[i].name), b.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// TestTheReferenceAnswersAsRecorded: the other side has not drifted either.
func TestTheReferenceAnswersAsRecorded(t *testing.T) {
	t.Parallel()
	if *update {
		t.Skip("it is being recorded")
	}
	for i, c := range cases {
		rec := recorded(t, c.name)
		req := httptest.NewRequest(rec.Request.Method, rec.Request.Path, strings.NewReader(compact(rec.Request.Body)))
		for k, v := range rec.Request.Header {
			req.Header.Set(k, v)
		}
		w := httptest.NewRecorder()
		newReference(t, i).ServeHTTP(w, req)
		if w.Code != rec.Response.Status || w.Header().Get("Content-Type") != rec.Response.Type || w.Body.String() != compact(rec.Response.Body) {
			t.Errorf("%s: %d %s, recorded %d %s", c.name, w.Code, w.Body, rec.Response.Status, compact(rec.Response.Body))
		}
	}
	have, err := filepath.Glob(file("*"))
	if err != nil || len(have) != len(cases) {
		t.Errorf("%d recordings of %d cases: %v", len(have), len(cases), err)
	}
}

// TestAnyDriftIsSeen: the comparison of the replay is strict.
func TestAnyDriftIsSeen(t *testing.T) {
	t.Parallel()
	if *update {
		t.Skip("it is being recorded")
	}
	for name, change := range map[string]func(*recording){
		"method":           func(r *recording) { r.Request.Method = http.MethodPost },
		"path":             func(r *recording) { r.Request.Path += "?x" },
		"a header":         func(r *recording) { r.Request.Header["Idempotency-Key"] = "214-4" },
		"a missing header": func(r *recording) { delete(r.Request.Header, "Authorization") },
		"one more header":  func(r *recording) { r.Request.Header["Cookie"] = "a=b" },
		"the body":         func(r *recording) { r.Request.Body = bytes.Replace(r.Request.Body, []byte("312"), []byte("313"), 1) },
		"a field renamed": func(r *recording) {
			r.Request.Body = bytes.Replace(r.Request.Body, []byte(`"author"`), []byte(`"name"`), 1)
		},
		"one more field": func(r *recording) { r.Request.Body = bytes.Replace(r.Request.Body, []byte(`{`), []byte(`{"x":1,`), 1) },
	} {
		want, got := recorded(t, "all that can be said"), recorded(t, "all that can be said")
		got.Request.Body = json.RawMessage(compact(got.Request.Body))
		if d := drift(want, got); len(d) != 0 {
			t.Fatalf("no change, yet %v", d)
		}
		if change(&got); len(drift(want, got)) != 1 {
			t.Errorf("%s: not seen", name)
		}
	}
}

// TestBodiesFollowTheSchemas, and the schemas say nothing that nobody sends.
func TestBodiesFollowTheSchemas(t *testing.T) {
	t.Parallel()
	if *update {
		t.Skip("it is being recorded")
	}
	petition, answer := compiled(t, SchemaPetition), compiled(t, SchemaHeld)
	used := map[string]map[string]bool{"petition": {}, "held": {}}
	for _, c := range cases {
		rec := recorded(t, c.name)
		check := func(which string, s *jsonschema.Schema, body json.RawMessage) {
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
			if err == nil {
				err = s.Validate(doc)
			}
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			paths(doc, "", used[which])
		}
		if c.err == "" && rec.Request.Method == http.MethodPut {
			check("petition", petition, rec.Request.Body)
		}
		if c.err == "" {
			check("held", answer, rec.Response.Body)
		}
		for _, word := range []string{"signatory", "signatories", "ip", "person", "@"} {
			if strings.Contains(strings.ToLower(string(rec.Request.Body)), `"`+word) || word == "@" && bytes.ContainsRune(rec.Request.Body, '@') {
				t.Errorf("%s: the request tells of people: %s", c.name, word)
			}
		}
	}
	for which, schema := range map[string][]byte{"petition": SchemaPetition, "held": SchemaHeld} {
		var doc any
		if err := json.Unmarshal(schema, &doc); err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{}
		properties(doc.(map[string]any), "", want)
		if a, b := slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(used[which])); !slices.Equal(a, b) {
			t.Errorf("%s: the schema has %v,\nthe recordings use %v", which, a, b)
		}
	}
	doc, _ := jsonschema.UnmarshalJSON(strings.NewReader(`{"contract": "ereception.petition/1", "signatories": []}`))
	if petition.Validate(doc) == nil {
		t.Error("the schema lets anything through")
	}
}

// paths lists the properties of a document.
func paths(doc any, at string, into map[string]bool) {
	switch v := doc.(type) {
	case map[string]any:
		for k, x := range v {
			into[at+"."+k] = true
			paths(x, at+"."+k, into)
		}
	case []any:
		for _, x := range v {
			paths(x, at, into)
		}
	}
}

// properties lists those of a schema.
func properties(s map[string]any, at string, into map[string]bool) {
	if items, ok := s["items"].(map[string]any); ok {
		properties(items, at, into)
	}
	list, _ := s["properties"].(map[string]any)
	for k, x := range list {
		into[at+"."+k] = true
		properties(x.(map[string]any), at+"."+k, into)
	}
}
