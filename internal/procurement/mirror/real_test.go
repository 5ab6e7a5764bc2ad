package mirror

import (
	"context"
	"testing"

	"ereception/internal/platform/db"
	"ereception/internal/procurement"
)

// TestTheRealStoreIsFollowed runs the mirror into the real store of purchases:
// both keep their promises together, contracts and monitorings included.
func TestTheRealStoreIsFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 77, 250)
	w.api.faults, w.api.churn = 0.1, 60
	svc := procurement.New(w.e.DB, w.e.Clock, []byte("secret of the test"), w.e.Log)
	run := func() {
		t.Helper()
		s := w.syncer(40)
		s.o.Put = func(ctx context.Context, tx *db.Tx, raw []byte) error {
			_, err := svc.PutTx(ctx, tx, raw, procurement.FromAPI)
			return err
		}
		if err := s.Once(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	run()
	w.api.mu.Lock()
	w.quiet()
	w.api.mu.Unlock()
	run()
	w.equal()
	w.rest()
	for _, c := range []struct{ what, sql string }{
		{"tenders without columns", "SELECT count(*) FROM procurement_documents d WHERE resource = 'tender' AND NOT EXISTS (SELECT 1 FROM procurement_tenders x WHERE x.id = d.id)"},
		{"contracts known from their tender alone although their document is here", "SELECT count(*) FROM procurement_contracts x JOIN procurement_documents d ON d.resource = 'contract' AND d.id = x.id WHERE x.stub"},
		{"monitorings without columns", "SELECT count(*) FROM procurement_documents d WHERE resource = 'monitoring' AND NOT EXISTS (SELECT 1 FROM procurement_monitorings x WHERE x.id = d.id)"},
		{"purchases marked as examples", "SELECT count(*) FROM procurement_tenders WHERE example"},
		{"tenders that no search finds", "SELECT count(*) FROM procurement_tenders x WHERE NOT EXISTS (SELECT 1 FROM procurement_register r WHERE r.kind = 'tender' AND r.id = x.id)"},
		{"purchases of a stranger in the register", "SELECT count(*) FROM procurement_register WHERE buyer_code = '" + stranger + "'"},
	} {
		if n := w.e.Count(t, c.sql); n != 0 {
			t.Errorf("%d %s", n, c.what)
		}
	}
	if n := w.e.Count(t, "SELECT count(*) FROM procurement_monitorings"); n == 0 {
		t.Error("no monitoring was stored: the test tests nothing")
	}
}
