package petitions

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"ereception/internal/authz"
)

// found lists the titles of a query.
func (b *bundle) found(t *testing.T, q Query) []string {
	t.Helper()
	f, err := b.svc.List(context.Background(), q)
	must(t, err)
	titles := []string{}
	for _, i := range f.Items {
		titles = append(titles, i.Title)
	}
	if q.Page < 2 && f.Total < len(titles) {
		t.Errorf("%+v: %d found, %d shown", q, f.Total, len(titles))
	}
	return titles
}

func TestTheListHidesWhatIsNotPublic(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, s := range States {
		p := b.inState(t, b.ann, s)
		b.Owner(t, "UPDATE petitions SET title = $2 WHERE id = $1", p.ID, string(s))
	}
	for tab, want := range map[Tab][]string{
		TabGathering: {"gathering"}, TabReview: {"reached", "reviewing"}, TabAnswered: {"answered", "done", "refused"}, TabArchive: {"not_enough"},
		TabAll: {"answered", "done", "gathering", "not_enough", "reached", "refused", "reviewing"},
	} {
		got := b.found(t, Query{Tab: tab, Sort: Newest})
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", tab, got, want)
		}
	}
	f, err := b.svc.List(context.Background(), Query{Tab: TabArchive, Sort: Newest})
	must(t, err)
	if f.Total != 1 || f.Counts[TabAll] != 7 || f.Counts[TabAnswered] != 3 || f.Pages() != 1 {
		t.Errorf("%d, %+v", f.Total, f.Counts)
	}
	if got := b.found(t, Query{Tab: TabAll, Text: "checking", Sort: Newest}); len(got) != 0 {
		t.Errorf("a search finds %v", got)
	}
}

func TestTheListIsFilteredAndSearched(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Owner(t, "INSERT INTO topics (code, name_uk, name_en, position, created_at) VALUES ('roads', 'Дороги', 'Roads', 1, now())")
	roads := b.id(t, "SELECT max(id) FROM topics")
	b.Owner(t, "INSERT INTO topics (code, parent_id, name_uk, name_en, position, created_at) VALUES ('pits', $1, 'Ями', 'Pits', 1, now())", roads)
	pits := b.id(t, "SELECT max(id) FROM topics")
	b.Owner(t, "INSERT INTO districts (kind, code, name_uk, name_en, created_at) VALUES ('district', '1', 'Богунський район', 'Bohunskyi', now())")
	district := b.id(t, "SELECT max(id) FROM districts")
	crossing, trees := b.entitled(t, "Безпечні переходи біля ліцеїв", "Просимо."), b.entitled(t, "Дерева на Київській", "Просимо.")
	b.Owner(t, "UPDATE petitions SET topic_id = $2, district_id = $3 WHERE id = $1", crossing.ID, pits, district)
	for name, c := range map[string]struct {
		q    Query
		want []string
	}{
		"another form of the word": {Query{Text: "безпечний перехід"}, []string{crossing.Title}},
		"a number":                 {Query{Text: fmt.Sprintf("№ %d", trees.Number)}, []string{trees.Title}},
		"no such word":             {Query{Text: "тролейбус"}, nil},
		"a wide topic":             {Query{Topic: roads}, []string{crossing.Title}},
		"a topic":                  {Query{Topic: pits}, []string{crossing.Title}},
		"no such topic":            {Query{Topic: 999_999}, nil},
		"a district":               {Query{District: district}, []string{crossing.Title}},
		"both":                     {Query{District: district, Text: "дерева"}, nil},
		"signs of a query":         {Query{Text: "' & | ! :* -- \\"}, []string{trees.Title, crossing.Title}},
	} {
		c.q.Tab, c.q.Sort = TabGathering, Newest
		got := b.found(t, c.q)
		if name == "signs of a query" {
			continue // whatever it finds, it is no error
		}
		if !slices.Equal(got, append([]string{}, c.want...)) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	f, err := b.svc.List(context.Background(), Query{Tab: TabGathering, District: district, Sort: Newest})
	must(t, err)
	if i := f.Items[0]; i.Topic("uk") != "Ями" || i.Topic("en") != "Pits" || i.District("en") != "Bohunskyi" || f.Total != 1 || f.Counts[TabGathering] != 2 {
		t.Errorf("%+v", f)
	}
}

func TestTheListIsSortedAndTurned(t *testing.T) {
	t.Parallel()
	b := setup(t)
	// By number of signatures, by share of the threshold, by end and by day of publication they stand otherwise each time.
	for i, c := range []struct{ n, need, ends, published int }{{30, 300, 1, 3}, {20, 25, 3, 2}, {10, 40, 2, 4}, {0, 300, 4, 1}} {
		p := b.gathering(t, b.ann)
		b.Owner(t, "UPDATE petitions SET title = $2, threshold = $3, ends_at = $4, published_at = $5 WHERE id = $1", p.ID, string(rune('a'+i)), c.need, b.Clock.Now().AddDate(0, 0, c.ends), b.Clock.Now().AddDate(0, 0, -c.published))
		if c.n > 0 { // one has no counter yet
			b.Owner(t, "INSERT INTO petition_counts (petition_id, email, strong, counted_at) VALUES ($1, $2, 1, now())", p.ID, c.n-1)
		}
	}
	for sort, want := range map[string]string{Newest: "dbac", Most: "abcd", Ending: "acbd", Percent: "bcad"} {
		if got := strings.Join(b.found(t, Query{Tab: TabGathering, Sort: sort}), ""); got != want {
			t.Errorf("%s: %s, want %s", sort, got, want)
		}
		if got := b.found(t, Query{Tab: TabGathering, Sort: sort, Page: 2}); len(got) != 0 {
			t.Errorf("%s, page 2: %v", sort, got)
		}
	}
	// What gathers no more neither ends soon nor comes near to its threshold: it stands behind.
	for _, c := range []struct {
		title   string
		state   State
		n, ends int
	}{{"e", NotEnough, 4, -5}, {"f", Answered, 6, -1}} {
		p := b.inState(t, b.ann, c.state)
		b.Owner(t, "UPDATE petitions SET title = $2, threshold = 5, ends_at = $3 WHERE id = $1", p.ID, c.title, b.Clock.Now().AddDate(0, 0, c.ends))
		b.Owner(t, "INSERT INTO petition_counts (petition_id, email, strong, counted_at) VALUES ($1, $2, 0, now())", p.ID, c.n)
	}
	for sort, want := range map[string]string{Ending: "acbdfe", Percent: "bcadfe"} {
		if got := strings.Join(b.found(t, Query{Tab: TabAll, Sort: sort}), ""); got != want {
			t.Errorf("%s of all: %s, want %s", sort, got, want)
		}
	}
	// A petition whose charter counts strong identities alone stands by those; one of the former site by what it brought over.
	b.Owner(t, "UPDATE petitions SET tier = 'strong' WHERE title = 'a'")
	b.Owner(t, "UPDATE petitions SET legacy_count = 1000 WHERE title = 'd'")
	if got := strings.Join(b.found(t, Query{Tab: TabGathering, Sort: Most}), ""); got != "dbca" {
		t.Errorf("most: %s", got)
	}
}

func TestPagesHoldEveryPetitionOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 2*PageSize + 1 {
		b.gathering(t, b.ann) // of one moment: the order is settled by the number
	}
	for _, sort := range Orders {
		seen := map[string]bool{}
		for page := 1; page <= 3; page++ {
			for _, title := range b.found(t, Query{Tab: TabGathering, Sort: sort, Page: page}) {
				if seen[title] {
					t.Errorf("%s: %s stands twice", sort, title)
				}
				seen[title] = true
			}
		}
		if len(seen) != 2*PageSize+1 {
			t.Errorf("%s: %d of them", sort, len(seen))
		}
	}
	all, err := b.svc.All(context.Background(), Query{Tab: TabAll, Sort: Newest})
	must(t, err)
	if len(all) != 2*PageSize+1 {
		t.Errorf("open data holds %d", len(all))
	}
}

func TestAQueryIsReadFromItsAddress(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"":                                     "",
		"tab=gathering&sort=newest&page=1&q=+": "",
		"tab=nonsense&sort=drop&page=-7&topic=x&district=":  "",
		"tab=all&sort=most&page=3&topic=4&district=5&q=ліс": "district=5&page=3&q=%D0%BB%D1%96%D1%81&sort=most&tab=all&topic=4",
		"page=99999999":                 "page=500",
		"q=" + strings.Repeat("ї", 300): "q=" + url.QueryEscape(strings.Repeat("ї", 200)),
	} {
		v, err := url.ParseQuery(raw)
		must(t, err)
		if got := ParseQuery(v).Values().Encode(); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

// TestTheListOfSignatories names people as the law demands and as little as it
// allows; whoever withdrew or was taken out does not stand in it.
func TestTheListOfSignatories(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := context.Background()
	p := b.gathering(t, b.ann)
	b.Owner(t, "UPDATE petitions SET threshold = 300 WHERE id = $1", p.ID) // and gathers on
	people := b.residents(t, SignersSize+3)
	b.mustSign(t, p, people...)
	must(t, b.svc.Withdraw(ctx, people[0], p.Number))
	b.Owner(t, `INSERT INTO petition_sweeps (petition_id, rule, state, found, created_at) VALUES ($1, 'caps', 'run', 1, now())`, p.ID)
	b.Owner(t, "UPDATE petition_signatures SET sweep_id = (SELECT max(id) FROM petition_sweeps) WHERE petition_id = $1 AND id = (SELECT min(id) + 1 FROM petition_signatures)", p.ID)
	must(t, b.svc.Count(ctx))
	page, total, err := b.svc.Signers(ctx, p.Number, 1)
	must(t, err)
	rest, _, err := b.svc.Signers(ctx, p.Number, 2)
	must(t, err)
	if total != SignersSize+1 || len(page) != SignersSize || len(rest) != 1 || page[0].Position != total || rest[0].Position != 1 {
		t.Fatalf("%d: %+v %+v", total, page, rest)
	}
	var each []Listed
	must(t, b.svc.EachSigner(ctx, p.Number, func(l Listed) error { each = append(each, l); return nil }))
	if len(each) != total || each[0].Position != 1 || each[total-1].Name != page[0].Name {
		t.Errorf("the file holds %d", len(each))
	}
	for _, l := range append(slices.Concat(page, rest), each...) {
		if !strings.HasPrefix(l.Name, "Підписант Н.") || strings.Contains(fmt.Sprint(l), "@") || strings.Contains(l.Name, "Номер") {
			t.Errorf("%+v tells more than the law asks for", l)
		}
	}
	for _, n := range []int{0, -3} {
		if again, _, err := b.svc.Signers(ctx, p.Number, n); err != nil || again[0] != page[0] {
			t.Errorf("page %d: %v", n, err)
		}
	}
	if far, _, err := b.svc.Signers(ctx, p.Number, SignersPages+5); err != nil || len(far) != 0 {
		t.Errorf("a far page: %v %v", far, err)
	}
	if _, _, err := b.svc.Signers(ctx, 999_999, 1); err == nil {
		t.Error("a petition that is not there has signatories")
	}
}

func TestShortNames(t *testing.T) {
	t.Parallel()
	for full, want := range map[string]string{
		"Бондарук Людмила Максимівна": "Бондарук Л. М.", "Бондарук людмила": "Бондарук Л.", "Бондарук": "Бондарук", "": "",
		"Іваненко-Їжак Ґудзь Є": "Іваненко-Їжак Ґ. Є.", "  Бондарук   Людмила  Максимівна  огли ": "Бондарук Л. М.",
	} {
		if got := ShortName(full); got != want {
			t.Errorf("%q: %q, want %q", full, got, want)
		}
	}
}

// TestTheCourseOfSigning adds up to the signatures that stand.
func TestTheCourseOfSigning(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := context.Background()
	p := b.gathering(t, b.ann)
	people := b.residents(t, 4)
	at := b.Clock.Now().Truncate(time.Hour)
	for i, step := range []time.Duration{0, 10 * time.Minute, 3 * time.Hour, 26 * time.Hour} {
		b.Clock.Set(at.Add(step))
		b.mustSign(t, p, people[i])
	}
	must(t, b.svc.Withdraw(ctx, people[2], p.Number))
	must(t, b.svc.Count(ctx))
	list, err := b.svc.Hours(ctx, p.Number)
	must(t, err)
	if len(list) != 2 || !list[0].At.Equal(at) || list[0].N != 2 || !list[1].At.Equal(at.Add(26*time.Hour)) || list[1].N != 1 {
		t.Errorf("%+v", list)
	}
	if list, err := b.svc.Hours(ctx, 999_999); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
}

// TestSmallDistrictsCannotBeTold: no group of less than kAnonymity is shown, nor
// follows from the others and the sum.
func TestSmallDistrictsCannotBeTold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		in   []int
		want []int // the last is the folded group when others is set
		fold bool
	}{
		{"nobody", nil, nil, false},
		{"all are large", []int{30, 20, 10}, []int{30, 20, 10}, false},
		{"two small ones make a large one", []int{30, 6, 5}, []int{30, 11}, true},
		{"one small one takes the smallest shown", []int{30, 20, 3}, []int{30, 23}, true},
		{"one large, one small", []int{30, 3}, []int{33}, true},
		{"few in all", []int{5, 3}, nil, false},
		{"exactly at the bound", []int{10, 9}, []int{19}, true},
	} {
		var in []Place
		sum := 0
		for i, n := range c.in {
			in = append(in, Place{DistrictID: int64(i + 1), NameUk: "Район", N: n})
			sum += n
		}
		got := anonymous(in)
		shown := 0
		for i, p := range got {
			shown += p.N
			if p.N < kAnonymity || i < len(c.want) && p.N != c.want[i] || p.Others != (c.fold && i == len(got)-1) || p.Others && p.NameUk != "" {
				t.Errorf("%s: %+v", c.name, got)
			}
		}
		if len(got) != len(c.want) || shown != sum && shown != 0 {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	b := setup(t)
	ctx := context.Background()
	p := b.gathering(t, b.ann)
	for i, n := range []int{25, 4, 12} {
		b.Owner(t, "INSERT INTO districts (kind, code, name_uk, name_en, created_at) VALUES ('district', $1, $2, '', now())", fmt.Sprint(i), fmt.Sprintf("Район %d", i))
		b.Owner(t, "INSERT INTO petition_districts (petition_id, district_id, n, shown) SELECT $1, max(id), $2, $2 FROM districts", p.ID, n)
	}
	list, err := b.svc.Places(ctx, p.Number)
	must(t, err)
	if len(list) != 2 || list[0].Name("uk") != "Район 0" || list[0].Name("en") != "Район 0" || list[0].N != 20 || !list[1].Others || list[1].N != 10 {
		t.Errorf("%+v", list)
	}
	if _, err := b.svc.Show(ctx, authz.Guest(), p.Number, ""); err != nil {
		t.Error(err)
	}
}

// TestDistrictsDoNotFollowSignatures: a number that moves with the newest name would
// tell where that person lives. It moves in the night, by ten names at least.
func TestDistrictsDoNotFollowSignatures(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := context.Background()
	p := b.gathering(t, b.ann)
	b.Owner(t, "INSERT INTO districts (kind, code, name_uk, name_en, created_at) VALUES ('district', '1', 'Район', '', now())")
	sign := func(from, n int) {
		t.Helper()
		b.Owner(t, `INSERT INTO petition_signatures (petition_id, signer, name, at, tier, district_id, domain, net, ip)
			SELECT $1, sha256(g::text::bytea), 'Зозуля Марія', now(), 1, (SELECT max(id) FROM districts), '', '\x00', '\x00' FROM generate_series($2::int, $3::int) g`, p.ID, from, from+n-1)
		must(t, b.svc.Count(ctx))
	}
	shown := func() int {
		t.Helper()
		list, err := b.svc.Places(ctx, p.Number)
		must(t, err)
		if len(list) == 0 {
			return 0
		}
		return list[0].N
	}
	night := func() {
		t.Helper()
		wrong, err := b.svc.Recount(ctx)
		must(t, err)
		if len(wrong) != 0 {
			t.Fatalf("%+v", wrong)
		}
	}
	from := 1
	for _, step := range []struct{ add, before, after int }{{19, 0, 10}, {1, 10, 10}, {8, 10, 10}, {1, 10, 20}, {0, 20, 20}} {
		sign(from, step.add)
		from += step.add
		if n := shown(); n != step.before {
			t.Errorf("with %d more %d are shown by day, want %d", step.add, n, step.before)
		}
		if night(); shown() != step.after {
			t.Errorf("with %d more %d are shown after the night, want %d", step.add, shown(), step.after)
		}
	}
}
