package app

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"ereception/internal/pgtest"
	"ereception/internal/platform/clock"
	"ereception/internal/platform/config"
)

// oneTender is an API with one tender of the buyer 04053625, which names one
// contract.
func oneTender(t *testing.T) string {
	const tender, contract = "11111111111111111111111111111111", "22222222222222222222222222222222"
	day := clock.System{}.Now().Add(-time.Hour).Format(time.RFC3339)
	entity := map[string]any{"name": "Замовник", "identifier": map[string]string{"scheme": "UA-EDR", "id": "04053625"}}
	answers := map[string]any{
		"/api/2.5/tenders?1": map[string]any{
			"data":      []any{map[string]any{"id": tender, "dateModified": day, "dateCreated": day, "procuringEntity": entity}},
			"next_page": map[string]string{"offset": "older"}, "prev_page": map[string]string{"offset": "newer"},
		},
		"/api/2.5/tenders/" + tender: map[string]any{"data": map[string]any{
			"id": tender, "tenderID": "UA-2026-11-25-000001-a", "dateModified": day, "dateCreated": day, "status": "complete", "procurementMethodType": "reporting",
			"title": "Папір", "procuringEntity": entity, "contracts": []any{map[string]string{"id": contract, "status": "active"}},
		}},
		"/api/2.5/contracts/" + contract: map[string]any{"data": map[string]any{
			"id": contract, "contractID": "UA-2026-11-25-000001-a-a1", "tender_id": tender, "dateModified": day, "status": "active", "title": "Договір", "buyer": entity,
		}},
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.URL.Path
		if q := r.URL.Query(); q.Has("limit") && !q.Has("offset") {
			key += "?" + q.Get("descending")
		}
		a, ok := answers[key]
		if !ok {
			a = map[string]any{"data": []any{}}
		}
		_ = json.NewEncoder(w).Encode(a)
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/api/2.5"
}

func TestProcurementSync(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	e.Owner(t, `INSERT INTO procurement_buyers (code, name, created_at) VALUES ('04053625', 'Виконавчий комітет', now())`)
	c := &ProcurementSyncCmd{Once: true, Relist: true, Config: config.Config{
		DatabaseURL: e.URL, OwnerURL: e.OwnerURL, ProzorroURL: oneTender(t), ProzorroRate: 1000,
	}}
	for range 2 {
		var out bytes.Buffer
		if err := c.run(context.Background(), &out); err != nil {
			t.Fatal(err)
		}
		if s := out.String(); !strings.Contains(s, "закупівлі   назад 100 %") || !strings.Contains(s, "чекають 0, недоступні 0") {
			t.Errorf("printed:\n%s", s)
		}
	}
	if n := e.Count(t, "SELECT count(*) FROM procurement_documents"); n != 2 {
		t.Errorf("%d documents stored, want the tender and its contract", n)
	}
	c.ProzorroURL = ""
	if err := c.run(context.Background(), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "EREC_PROZORRO_URL") {
		t.Errorf("no address: %v", err)
	}
}

func TestTheMirrorFollowsOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		on   bool
		demo bool
		want int
	}{
		{"by default not", false, false, 0},
		{"when the operator asks", true, false, 2},
		{"never in the demonstration", true, true, 0},
	} {
		a := &App{Config: &config.Config{ProzorroSync: c.on, ProzorroURL: "https://api.example.org/api/2.5"}, Store: &store{}, clock: clock.System{}}
		list, err := a.mirrorJobs(river.NewWorkers(), Options{Demo: c.demo})
		if err != nil || len(list) != c.want {
			t.Errorf("%s: %d jobs, %v", c.name, len(list), err)
		}
	}
}
