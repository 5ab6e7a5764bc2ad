package city

import (
	"bytes"
	"context"
	"embed"
	"encoding/csv"
	"encoding/json"
	"fmt"

	"ereception/internal/authz"
	"ereception/internal/law/calendar"
	"ereception/internal/platform/db"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"
	"github.com/paulmach/orb/geojson"
)

//go:embed data
var data embed.FS

// Boundaries gives the GeoJSON of the community, its settlements and districts
// that comes with the program: © учасники OpenStreetMap, ODbL 1.0.
func Boundaries() []byte { return mustData("boundaries.geojson") }

func mustData(name string) []byte {
	b, err := data.ReadFile("data/" + name)
	if err != nil {
		panic(err) // embedded: it is there or the program was not built
	}
	return b
}

// Seed fills the empty registers with the real city as far as open data goes:
// boundaries, streets, topics with rows of the Classifier, the built-in working
// calendar, models of answers. With demo it adds what is plausible but no fact,
// marked so: units of the council, their posts, constituencies cut from the
// boundary of the community. A register that holds anything is left alone, so
// Seed may run at every start and never brings back what an official changed.
func Seed(ctx context.Context, d *db.DB, demo bool) error {
	actor := authz.System("seed")
	for _, f := range []struct {
		table string
		kind  ImportKind
		file  string
	}{{"districts", ImportDistricts, "boundaries.geojson"}, {"streets", ImportStreets, "streets.csv"}} {
		full, err := holds(ctx, d, f.table, "")
		if err != nil {
			return err
		}
		if full {
			continue
		}
		rep, err := New(d, nil).importFile(ctx, actor, authz.JobRun, f.kind, bytes.NewReader(mustData(f.file)), ImportOptions{})
		if err != nil {
			return fmt.Errorf("seed %s: %w", f.table, err)
		}
		if rep.Refused {
			return fmt.Errorf("seed %s: row %d: %s", f.table, rep.Bad[0].Row, rep.Bad[0].Key)
		}
	}
	// When there is nothing to do, nothing is written: the usual second start.
	todo := false
	for _, q := range []struct {
		table, where string
		always       bool
	}{{"calendars", "", true}, {"topics", "", true}, {"reply_templates", "", true}, {"units", "", demo}, {"districts", "WHERE kind = 'constituency'", demo}} {
		full, err := holds(ctx, d, q.table, q.where)
		if err != nil {
			return err
		}
		todo = todo || !full && q.always
	}
	if !todo {
		return nil
	}
	return d.Write(ctx, actor, authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		// Two replicas that start together seed once.
		if err := treeLock(tx, "seed"); err != nil {
			return err
		}
		if err := seedCalendar(tx); err != nil {
			return err
		}
		if demo {
			if err := seedUnits(tx); err != nil {
				return err
			}
			if err := seedConstituencies(tx); err != nil {
				return err
			}
		}
		if err := seedTopics(tx); err != nil {
			return err
		}
		return seedTemplates(tx)
	})
}

func holds(ctx context.Context, d *db.DB, table, where string) (bool, error) {
	var yes bool
	// The read-write pool: a replica may lag behind the start before this one.
	err := d.Pool().QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM "+table+" "+where+")").Scan(&yes)
	return yes, err
}

func empty(tx *db.Tx, model any, where ...any) (bool, error) {
	var n int64
	q := tx.Model(model)
	if len(where) > 0 {
		q = q.Where(where[0], where[1:]...)
	}
	err := q.Count(&n).Error
	return n == 0, err
}

func seedCalendar(tx *db.Tx) error {
	if ok, err := empty(tx, &CalendarVersion{}); !ok || err != nil {
		return err
	}
	return tx.Create(&CalendarVersion{Version: calendar.BuiltinVersion, Data: calendar.Builtin(), CreatedAt: tx.Now}).Error
}

func rowsOf(name string) ([][]string, error) {
	rows, err := csv.NewReader(bytes.NewReader(mustData(name))).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return rows[1:], nil
}

func seedUnits(tx *db.Tx) error {
	if ok, err := empty(tx, &Unit{}); !ok || err != nil {
		return err
	}
	rows, err := rowsOf("units.csv")
	if err != nil {
		return err
	}
	ids := map[string]int64{}
	for _, r := range rows {
		u := Unit{Record: fresh(tx, true), Code: r[0], NameUK: r[2], NameEN: r[3], Phone: r[4], Email: r[5], Address: r[6]}
		if id, ok := ids[r[1]]; ok {
			u.ParentID = &id
		}
		u.tidy()
		if err := tx.Create(&u).Error; err != nil {
			return err
		}
		ids[u.Code] = u.ID
		var posts []Post
		for _, p := range demoPosts(u.Code, r[2]) {
			p.Record, p.UnitID = fresh(tx, true), u.ID
			p.tidy()
			posts = append(posts, p)
		}
		if err := tx.Create(&posts).Error; err != nil {
			return err
		}
	}
	return nil
}

func fresh(tx *db.Tx, demo bool) Record {
	return Record{Active: true, Demo: demo, Version: 1, CreatedAt: tx.Now}
}

// demoPosts gives the posts of a demo unit: its head, and those who work in it.
func demoPosts(code, name string) []Post {
	switch code {
	case "council":
		return []Post{
			{TitleUK: "секретар міської ради", TitleEN: "Secretary of the City Council", Head: true},
			{TitleUK: "заступник міського голови", TitleEN: "Deputy Mayor"},
			{TitleUK: "керуючий справами виконавчого комітету", TitleEN: "Executive Committee Manager"},
		}
	case "reception":
		return []Post{
			{TitleUK: "начальник відділу", TitleEN: "Head of Office", Head: true},
			{TitleUK: "головний спеціаліст по роботі зі зверненнями", TitleEN: "Senior Appeals Specialist"},
			{TitleUK: "спеціаліст по роботі зі зверненнями", TitleEN: "Appeals Specialist"},
		}
	case "veresy":
		return []Post{
			{TitleUK: "староста", TitleEN: "Starosta", Head: true},
			{TitleUK: "діловод", TitleEN: "Clerk"},
		}
	}
	head, headEN := "начальник відділу", "Head of Division"
	for _, k := range []struct{ prefix, uk, en string }{
		{"Управління", "начальник управління", "Head of Department"},
		{"Департамент", "директор департаменту", "Director of Department"},
		{"Юридичний департамент", "директор департаменту", "Director of Department"},
		{"Інспекція", "начальник інспекції", "Head of Inspection"},
	} {
		if len(name) >= len(k.prefix) && name[:len(k.prefix)] == k.prefix {
			head, headEN = k.uk, k.en
		}
	}
	return []Post{
		{TitleUK: head, TitleEN: headEN, Head: true},
		{TitleUK: "заступник начальника", TitleEN: "Deputy Head"},
		{TitleUK: "головний спеціаліст", TitleEN: "Senior Specialist"},
		{TitleUK: "інженер", TitleEN: "Engineer"},
	}
}

// seedTopics adds the topics, and gives topics without a unit theirs once units
// of the seed exist: a demo that was asked for later.
func seedTopics(tx *db.Tx) error {
	rows, err := rowsOf("topics.csv")
	if err != nil {
		return err
	}
	var units []Unit
	if err := tx.Where("demo").Find(&units).Error; err != nil {
		return err
	}
	unit := map[string]*int64{}
	for i := range units {
		unit[units[i].Code] = &units[i].ID
	}
	first, err := empty(tx, &Topic{})
	if err != nil {
		return err
	}
	ids := map[string]int64{}
	for i, r := range rows {
		if !first {
			if id := unit[r[5]]; id != nil {
				err := tx.Exec("UPDATE topics SET unit_id = ?, version = version + 1 WHERE code = ? AND unit_id IS NULL AND version = 1", *id, r[0]).Error
				if err != nil {
					return err
				}
			}
			continue
		}
		t := Topic{Record: fresh(tx, false), Code: r[0], NameUK: r[2], NameEN: r[3], Classifier: r[4], UnitID: unit[r[5]], Position: (i + 1) * 10, Personal: r[6] == "yes"}
		if id, ok := ids[r[1]]; ok {
			t.ParentID = &id
		}
		t.tidy()
		if err := tx.Create(&t).Error; err != nil {
			return err
		}
		ids[t.Code] = t.ID
	}
	return nil
}

func seedTemplates(tx *db.Tx) error {
	if ok, err := empty(tx, &ReplyTemplate{}); !ok || err != nil {
		return err
	}
	var list []ReplyTemplate
	if err := json.Unmarshal(mustData("templates.json"), &list); err != nil {
		return fmt.Errorf("templates.json: %w", err)
	}
	for i := range list {
		list[i].Record = fresh(tx, false)
		list[i].tidy()
	}
	return tx.Create(&list).Error
}

// demoCuts part the community into five demo constituencies of about as many
// people each: the lines run through the centre (28.66, 50.255), where people
// live denser. Real boundaries are an act of the territorial election commission
// and are to be imported.
var demoCuts = []orb.Bound{
	{Min: orb.Point{28.0, 50.266}, Max: orb.Point{28.655, 51.0}},
	{Min: orb.Point{28.655, 50.266}, Max: orb.Point{29.5, 51.0}},
	{Min: orb.Point{28.0, 49.5}, Max: orb.Point{28.655, 50.266}},
	{Min: orb.Point{28.655, 50.248}, Max: orb.Point{29.5, 50.266}},
	{Min: orb.Point{28.655, 49.5}, Max: orb.Point{29.5, 50.248}},
}

func seedConstituencies(tx *db.Tx) error {
	if ok, err := empty(tx, &District{}, "kind = ?", Constituency); !ok || err != nil {
		return err
	}
	var com District
	err := tx.Where("kind = ? AND active AND geometry IS NOT NULL", Community).Order("id").Take(&com).Error
	if db.IsNotFound(err) {
		return nil // no boundary to cut
	}
	if err != nil {
		return err
	}
	mp, err := com.Shape()
	if err != nil {
		return err
	}
	list, err := cutConstituencies(mp)
	if err != nil {
		return err
	}
	for i := range list {
		list[i].Record = fresh(tx, true)
	}
	return tx.Create(&list).Error
}

func cutConstituencies(community orb.MultiPolygon) ([]District, error) {
	var out []District
	for i, b := range demoCuts {
		part := clip.MultiPolygon(b, community.Clone())
		if len(part) == 0 {
			continue
		}
		raw, err := json.Marshal(geojson.NewGeometry(part))
		if err != nil {
			return nil, err
		}
		out = append(out, District{
			Kind: Constituency, Code: fmt.Sprint(i + 1),
			NameUK: fmt.Sprintf("Виборчий округ № %d", i+1), NameEN: fmt.Sprintf("Constituency No. %d", i+1),
			Geometry: raw,
		})
	}
	return out, nil
}

// School is a school of the community, with its number in the register ЄДЕБО.
type School struct{ EDEBO, Name, Ownership, Address string }

// Schools lists the schools of the community that came with the program.
func Schools() []School {
	rows, err := rowsOf("schools.csv")
	if err != nil {
		panic(err) // embedded and covered by a test
	}
	out := make([]School, len(rows))
	for i, r := range rows {
		out[i] = School{r[0], r[1], r[2], r[3]}
	}
	return out
}
