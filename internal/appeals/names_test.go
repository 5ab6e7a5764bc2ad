package appeals

import (
	"context"
	"testing"

	"ereception/internal/platform/i18n"
)

// TestNamesFollowTheReader: an English page gets the English names of units,
// topics and districts where there are any, lists and cards alike, and neither
// reader gets what was kept for the other.
func TestNamesFollowTheReader(t *testing.T) {
	t.Parallel()
	b, uk := setup(t), context.Background()
	en := i18n.With(uk, i18n.English)
	b.Owner(t, "UPDATE units SET name_en = 'Roads unit' WHERE id = $1", b.unit)
	b.Owner(t, "UPDATE topics SET name_en = 'Pothole'")
	b.Owner(t, "UPDATE posts SET title_en = 'road officer' WHERE title_uk = 'спеціаліст' AND unit_id = $1", b.unit)
	b.Owner(t, `INSERT INTO districts (kind, code, name_uk, name_en, geometry, created_at) VALUES
		('district', 'b', 'Богунський район', 'Bohunskyi district', '{}', now()), ('constituency', '1', 'Округ № 1', '', '{}', now())`)
	n := b.inWork(t)
	b.Owner(t, "UPDATE appeals SET district_id = (SELECT id FROM districts WHERE code = 'b'), constituency_id = (SELECT id FROM districts WHERE code = '1'), addressee_id = $1", b.otherUnit)

	for _, x := range []struct {
		ctx                              context.Context
		unit, topic, district, addr, con string
		note                             string
	}{
		{uk, "Відділ доріг", "Ями", "Богунський район", "Інший відділ", "Округ № 1", "спеціаліст"},
		{en, "Roads unit", "Pothole", "Bohunskyi district", "Інший відділ", "Округ № 1", "road officer"},
	} {
		c, err := b.svc.Case(x.ctx, b.clerk, n)
		must(t, err)
		if c.Unit != x.unit || c.Topic != x.topic || c.District != x.district || c.Addressee != x.addr || c.Constituency != x.con {
			t.Errorf("the card of %s: %q %q %q %q %q", i18n.Locale(x.ctx), c.Unit, c.Topic, c.District, c.Addressee, c.Constituency)
		}
		if c.UnitUk != "Відділ доріг" {
			t.Errorf("the letter names the unit %q", c.UnitUk)
		}
		assigned := false
		for _, l := range c.Events {
			if l.Kind == "assigned" {
				assigned = l.UnitIn(i18n.Locale(x.ctx)) == x.unit
			}
		}
		if !assigned {
			t.Errorf("the story does not name %s", x.unit)
		}
		own, err := b.svc.Mine(x.ctx, b.ann, 1)
		must(t, err)
		rows, _, err := b.svc.Queue(x.ctx, b.clerk, Filter{Set: SetAll})
		must(t, err)
		queue := make([]Brief, len(rows))
		for i := range rows {
			queue[i] = rows[i].Brief
		}
		near, err := b.svc.Near(x.ctx, 50.25, 28.66)
		must(t, err)
		for list, rows := range map[string][]Brief{"own": own.Rows, "queue": queue, "near": near} {
			if len(rows) != 1 || rows[0].Unit != x.unit {
				t.Errorf("%s of %s: %+v", list, i18n.Locale(x.ctx), rows)
			}
		}
		each, err := b.svc.Export(x.ctx, b.clerk, Filter{Set: SetAll}, "")
		must(t, err)
		must(t, each(func(r ExportRow) error {
			if r.Unit != x.unit || r.Topic != x.topic || r.District != x.district || r.RegIndex != "З-1/2026" {
				t.Errorf("the export of %s: %+v", i18n.Locale(x.ctx), r)
			}
			return nil
		}))
		people, err := b.svc.Executors(x.ctx)
		must(t, err)
		found := false
		for _, p := range people {
			found = found || p.ID == b.exec.ID && p.Group == x.unit && p.Note == x.note
		}
		if !found {
			t.Errorf("the executors of %s: %+v", i18n.Locale(x.ctx), people)
		}
	}
}
