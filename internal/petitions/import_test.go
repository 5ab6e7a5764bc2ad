package petitions

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"

	"ereception/internal/authz"
	"ereception/internal/city"
	"ereception/internal/law/calendar"
	"ereception/internal/platform/errs"
)

const oldSite = "petition.old.example"

// oldFile is what a former site may give: two petitions that differ in all.
const oldFile = "№;Назва;Текст;Автор;Статус;Опубліковано;Завершено;Підписів;Поріг;Відповідь;Дата відповіді;Посилання\n" +
	"17;Лавки в сквері на Замковій;\"Просимо поставити лавки.\n\nБудь ласка.\";Вигадана Олена Петрівна;Не набрала підписів;01.03.2021;30.03.2021;84;300;;;http://petition.old.example/17\n" +
	"18;=Світлофор біля школи;Просимо світлофор.;Зразковий Петро Іванович;Підтримано;2021-04-02;2021-05-01;1 312;300;Роботи внесено до програми.;20.05.2021 10:30;https://petition.old.example/18\n"

func (b *bundle) importing(t testing.TB, file string, o ImportOptions) city.Report {
	t.Helper()
	o.Source = oldSite
	rep, err := b.svc.Import(context.Background(), b.boss, strings.NewReader(file), o)
	must(t, err)
	return rep
}

// untouched are the tables that an import must leave as they are.
func (b *bundle) untouched(t testing.TB) {
	t.Helper()
	for _, table := range []string{"petition_terms", "petition_deltas", "petition_counts", "petition_signatures", "petition_follows", "letters", "appeals"} {
		if n := b.Count(t, "SELECT count(*) FROM "+table); n != 0 {
			t.Errorf("%d rows in %s", n, table)
		}
	}
	if n := b.Count(t, "SELECT count(*) FROM river_job"); n != 0 {
		t.Errorf("%d jobs", n)
	}
	list, err := b.svc.Recount(context.Background())
	if err != nil || len(list) != 0 {
		t.Errorf("the nightly check: %v %v", list, err)
	}
}

func TestImportOfTheFormerSite(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	for _, who := range []authz.Actor{b.ann, b.clerk, b.head, authz.Guest()} {
		if _, err := b.svc.Import(ctx, who, strings.NewReader(oldFile), ImportOptions{Source: oldSite}); err == nil {
			t.Errorf("%v imports", who.Roles)
		}
	}
	if rep := b.importing(t, oldFile, ImportOptions{DryRun: true}); rep.Created != 2 || !rep.DryRun || rep.Refused || rep.BadRows != 0 {
		t.Errorf("the trial: %+v", rep)
	}
	if n := b.Count(t, "SELECT count(*) FROM petitions") + b.Count(t, "SELECT count(*) FROM petition_events") + b.Count(t, "SELECT count(*) FROM petition_answers"); n != 0 {
		t.Errorf("the trial wrote %d rows", n)
	}
	if rep := b.importing(t, oldFile, ImportOptions{}); rep.Created != 2 || rep.Rows != 2 || rep.BadRows != 0 {
		t.Fatalf("%+v", rep)
	}
	old := b.byLegacy(t, "17")
	if old.State != NotEnough || old.AuthorID != nil || old.AuthorName != "Вигадана Олена Петрівна" || *old.LegacyCount != 84 || old.Threshold != 300 || old.CharterID != 0 ||
		old.LegacyURL != "http://petition.old.example/17" || old.Essence != "Просимо поставити лавки.\n\nБудь ласка." || old.Number != 1 {
		t.Errorf("%+v", old)
	}
	if old.ClosedAt.UTC().Format(time.RFC3339) != "2021-03-30T20:59:59Z" { // the last second of the day in Kyiv
		t.Errorf("closed at %v", old.ClosedAt)
	}
	v, err := b.svc.Show(ctx, authz.Guest(), b.byLegacy(t, "18").Number, "")
	must(t, err)
	if v.State != Answered || v.Answer == nil || v.Answer.Decision != Supported || v.Answer.Body != "Роботи внесено до програми." || v.Answer.SignerName != "" ||
		v.Count.Counted != 1312 || v.Count.Email != 0 || v.Count.Legacy != 1312 || v.Charter.ID != 0 {
		t.Errorf("%+v", v)
	}
	if n := b.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'petitions' AND actor = $1", b.boss.Trail()); n < 2 {
		t.Errorf("%d entries of the trail", n)
	}
	list, total, err := b.svc.Signers(ctx, old.Number, 1)
	if err != nil || total != 0 || len(list) != 0 {
		t.Errorf("signatories: %v %d %v", list, total, err)
	}
	if _, err := b.svc.Sign(ctx, b.ann, old.Number, Mark{}); err == nil {
		t.Error("a petition of the former site is signed")
	}
	for _, q := range []struct {
		name string
		q    Query
		want []string
	}{
		{"the archive holds them", Query{Tab: TabArchive}, []string{"18", "17"}},
		{"and all does", Query{Tab: TabAll}, []string{"18", "17"}},
		{"what the city answers here is apart", Query{Tab: TabAnswered}, nil},
		{"by another form of a word", Query{Tab: TabArchive, Text: "лавка"}, []string{"17"}},
		{"by the former number", Query{Tab: TabAll, Text: "№ 18"}, []string{"18"}},
		{"by the share of the threshold", Query{Tab: TabAll, Sort: Percent}, []string{"18", "17"}},
	} {
		if q.q.Sort == "" {
			q.q.Sort = Newest
		}
		f, err := b.svc.List(ctx, q.q)
		must(t, err)
		var got []string
		for _, i := range f.Items {
			got = append(got, b.load(t, i.Number).LegacyNumber)
		}
		if !slices.Equal(got, q.want) || f.Counts[TabArchive] != 2 || f.Counts[TabAll] != 2 || f.Counts[TabAnswered] != 0 {
			t.Errorf("%s: %v %v", q.name, got, f.Counts)
		}
	}
	like, err := b.svc.Similar(ctx, "поставити лавки у сквері", 5, 0)
	if err != nil || len(like) == 0 || like[0].Number != old.Number || like[0].Count != 84 {
		t.Errorf("similar: %+v %v", like, err)
	}
	desk, err := b.svc.DeskOf(ctx, b.clerk, DeskExecute, "uk", 1)
	if err != nil || desk.Total != 0 || len(desk.Rows) != 0 {
		t.Errorf("the desk is asked to carry out %d petitions of the former site: %v", desk.Total, err)
	}
	f, err := b.svc.Figures(ctx)
	if err != nil || f.Promised != 0 || f.Reached != 0 {
		t.Errorf("figures %+v %v", f, err)
	}
	b.untouched(t)
}

func (b *bundle) byLegacy(t testing.TB, number string) *Petition {
	t.Helper()
	return b.load(t, b.id(t, "SELECT number FROM petitions WHERE legacy_source = $1 AND legacy_number = $2", oldSite, number))
}

func TestAFurtherImportDoublesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.importing(t, oldFile, ImportOptions{})
	if rep := b.importing(t, oldFile, ImportOptions{}); rep.Unchanged != 2 || rep.Created+rep.Updated != 0 {
		t.Errorf("the same file: %+v", rep)
	}
	before := b.byLegacy(t, "17")
	changed := strings.NewReplacer(";84;", ";85;", "Роботи внесено до програми.", "Світлофор працює.").Replace(oldFile)
	if rep := b.importing(t, changed, ImportOptions{DryRun: true}); rep.Updated != 2 {
		t.Errorf("a trial of changes: %+v", rep)
	}
	if now := b.byLegacy(t, "17"); *now.LegacyCount != 84 || now.Version != before.Version {
		t.Errorf("the trial wrote %+v", now)
	}
	if rep := b.importing(t, changed, ImportOptions{}); rep.Updated != 2 || rep.Created != 0 {
		t.Errorf("changes: %+v", rep)
	}
	now := b.byLegacy(t, "17")
	if *now.LegacyCount != 85 || now.Version != before.Version+1 || now.Number != before.Number {
		t.Errorf("%+v", now)
	}
	if got := b.str(t, "SELECT body FROM petition_answers"); got != "Світлофор працює." {
		t.Errorf("the answer %q", got)
	}
	// A file without columns leaves what stands in them; the state of an answered
	// petition that the city has carried out since is not taken back.
	b.Owner(t, "UPDATE petitions SET state = 'done', closed_at = $1 WHERE legacy_number = '18'", b.Clock.Now())
	short := "number,title,text,author,state,published,count,answered\n18,Світлофор біля школи,Просимо світлофор.,Зразковий Петро Іванович,supported,2021-04-02,1312,2021-05-20\n"
	if rep := b.importing(t, short, ImportOptions{}); rep.Updated != 1 {
		t.Errorf("fewer columns: %+v", rep)
	}
	p := b.byLegacy(t, "18")
	if p.State != Done || !p.ClosedAt.Equal(b.Clock.Now()) || p.Title != "Світлофор біля школи" || p.Threshold != 300 || p.LegacyURL == "" || p.EndsAt == nil {
		t.Errorf("%+v", p)
	}
	if got := b.str(t, "SELECT body FROM petition_answers"); got != "Світлофор працює." {
		t.Errorf("the answer %q", got)
	}
	// Of another site the same number is another petition.
	_, err := b.svc.RunImport(context.Background(), strings.NewReader(oldFile), ImportOptions{Source: "another.example"})
	must(t, err)
	if n := b.Count(t, "SELECT count(*) FROM petitions"); n != 4 {
		t.Errorf("%d petitions", n)
	}
	b.untouched(t)
}

func TestBadRowsOfAnImport(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	const head = "number,title,text,author,state,published,ended,count,answer,answered,url,topic\n"
	good := func(n string) string {
		return n + ",Лавки,Просимо лавки.,Вигадана Олена,не набрала,2021-03-01,2021-03-30,84,,,,\n"
	}
	for _, c := range []struct{ name, row, column, key string }{
		{"it gathers still", "2,Лавки,Просимо.,Вигадана,Триває збір підписів,2021-03-01,,84,,,,", "state", "petitions.import.live"},
		{"it is under review", "2,Лавки,Просимо.,Вигадана,на розгляді,2021-03-01,,840,,,,", "state", "petitions.import.review"},
		{"its gathering ends tomorrow", "2,Лавки,Просимо.,Вигадана,не набрала,2021-03-01,2199-01-01,84,,,,", "ended", "petitions.import.live"},
		{"no such state", "2,Лавки,Просимо.,Вигадана,відхилено,2021-03-01,,84,,,,", "state", "petitions.import.state"},
		{"no number", ",Лавки,Просимо.,Вигадана,не набрала,2021-03-01,,84,,,,", "number", "petitions.import.required"},
		{"no author", "2,Лавки,Просимо.,,не набрала,2021-03-01,,84,,,,", "author", "petitions.import.required"},
		{"tags", "2,Лавки,<p>Просимо.</p>,Вигадана,не набрала,2021-03-01,,84,,,,", "text", "petitions.import.markup"},
		{"codes of a page", "2,Лавки,Просимо &quot;лавки&quot;.,Вигадана,не набрала,2021-03-01,,84,,,,", "text", "petitions.import.markup"},
		{"no such day", "2,Лавки,Просимо.,Вигадана,не набрала,31.02.2021,,84,,,,", "published", "petitions.import.day"},
		{"a day to come", "2,Лавки,Просимо.,Вигадана,не набрала,2199-01-01,,84,,,,", "published", "petitions.import.day_past"},
		{"it ended before it began", "2,Лавки,Просимо.,Вигадана,не набрала,2021-03-01,2021-02-01,84,,,,", "ended", "petitions.import.order"},
		{"no count", "2,Лавки,Просимо.,Вигадана,не набрала,2021-03-01,,багато,,,,", "count", "petitions.import.count"},
		{"less than nobody", "2,Лавки,Просимо.,Вигадана,не набрала,2021-03-01,,-1,,,,", "count", "petitions.import.count"},
		{"an answer of no day", "2,Лавки,Просимо.,Вигадана,розглянуто,2021-03-01,,900,Так.,,,", "answered", "petitions.import.answered"},
		{"a link that is a script", "2,Лавки,Просимо.,Вигадана,не набрала,2021-03-01,,84,,,javascript:alert(1),", "url", "petitions.import.url"},
		{"no such topic", "2,Лавки,Просимо.,Вигадана,не набрала,2021-03-01,,84,,,,космос", "topic", "petitions.import.topic"},
		{"the number twice", "1,Лавки,Просимо.,Вигадана,не набрала,2021-03-01,,84,,,,", "number", "city.import.duplicate"},
	} {
		file := head + good("1") + c.row + "\n" + good("3")
		rep := b.importing(t, file, ImportOptions{})
		if !rep.Refused || rep.BadRows != 1 || len(rep.Bad) != 1 || rep.Bad[0].Row != 3 || rep.Bad[0].Column != c.column || rep.Bad[0].Key != c.key {
			t.Errorf("%s: %+v", c.name, rep)
		}
		if n := b.Count(t, "SELECT count(*) FROM petitions"); n != 0 {
			t.Fatalf("%s: %d petitions of a refused file", c.name, n)
		}
		rep = b.importing(t, file, ImportOptions{SkipBad: true, DryRun: true})
		if rep.Refused || rep.BadRows != 1 || rep.Created != 2 {
			t.Errorf("%s, left out: %+v", c.name, rep)
		}
	}
	rep := b.importing(t, head+good("1")+"2,Лавки,Просимо.,,не набрала,2021-03-01,,84,,,,\n"+good("3"), ImportOptions{SkipBad: true})
	if rep.Created != 2 || rep.BadRows != 1 || rep.Refused {
		t.Errorf("%+v", rep)
	}
	for _, c := range []struct{ name, file, key string }{
		{"a column is missing", "number,title,text,author,published,count\n1,Л,П,В,2021-03-01,84\n", "city.import.no_column"},
		{"a column stands twice", "number,№,title,text,author,state,published,count\n", "city.import.head_twice"},
		{"nothing but the head", head, "city.import.empty"},
		{"a workbook", "PK\x03\x04 and more", "city.import.spreadsheet"},
		{"UTF-8 with a broken character", head + strings.Replace(good("9"), "Просимо", "Прос\xd0имо", 1), "city.import.encoding"},
	} {
		_, err := b.svc.Import(ctx, b.boss, strings.NewReader(c.file), ImportOptions{Source: oldSite, SkipBad: true})
		t.Run(c.name, func(t *testing.T) { want(t, err, errs.KindInvalid, c.key) })
	}
	// Where it is not certain where a row ends, the whole file is refused.
	if rep := b.importing(t, head+good("4")+"5,\"Лавки,Просимо.\n"+good("6"), ImportOptions{SkipBad: true}); !rep.Refused {
		t.Errorf("an open quotation mark: %+v", rep)
	}
	for _, source := range []string{"", "  ", "ab", "<b>", strings.Repeat("я", 101)} {
		_, err := b.svc.Import(ctx, b.boss, strings.NewReader(oldFile), ImportOptions{Source: source})
		want(t, err, errs.KindInvalid, "petitions.import.source")
	}
	if n := b.Count(t, "SELECT count(*) FROM petitions"); n != 2 {
		t.Errorf("%d petitions", n)
	}
	b.untouched(t)
}

func TestEncodingsOfAnImport(t *testing.T) {
	t.Parallel()
	b := setup(t)
	cp1251, err := charmap.Windows1251.NewEncoder().String(oldFile)
	must(t, err)
	for i, file := range []string{oldFile, "\ufeff" + oldFile, cp1251, strings.ReplaceAll(oldFile, "\n", "\r\n"), strings.ReplaceAll(oldFile, ";", "\t")} {
		rep := b.importing(t, file, ImportOptions{})
		if rep.BadRows != 0 || i == 0 && rep.Created != 2 || i > 0 && rep.Unchanged != 2 {
			t.Errorf("%d: %+v", i, rep)
		}
	}
}

// TestTwoImportsAtOnce: whichever is second sees what the first brought.
// TestDaysOfAnImport: a spreadsheet writes days as the computer is set, the former
// site as it liked.
func TestDaysOfAnImport(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cell string
		end  bool
		want string
	}{
		{"2021-03-01", false, "2021-03-01T00:00:00+02:00"},
		{"2021-03-01", true, "2021-03-01T23:59:59+02:00"},
		{"01.03.2021", false, "2021-03-01T00:00:00+02:00"},
		{"1.3.2021", false, "2021-03-01T00:00:00+02:00"},
		{"1.3.2021", true, "2021-03-01T23:59:59+02:00"},
		{"1.3.2021 9:05", true, "2021-03-01T09:05:00+02:00"},
		{"01.03.2021 09:05:07", false, "2021-03-01T09:05:07+02:00"},
		{"2021-03-01T09:05", true, "2021-03-01T09:05:00+02:00"},
		{"2021-03-01T09:05:07Z", false, "2021-03-01T11:05:07+02:00"},
		{"01/03/2021", false, ""}, // of March, or the third of January
		{"31.2.2021", false, ""},
		{"1.3.21", false, ""},
		{"2021", false, ""},
	} {
		got := ""
		if at, ok := moment(c.cell, c.end); ok {
			got = at.In(calendar.Kyiv()).Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%q, %v: %q, want %q", c.cell, c.end, got, c.want)
		}
	}
}

// TestTheFormerSiteSpelledOtherwise is the same site.
func TestTheFormerSiteSpelledOtherwise(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	if rep := b.importing(t, oldFile, ImportOptions{}); rep.Created != 2 {
		t.Fatalf("%+v", rep)
	}
	for _, source := range []string{"Petition.Old.Example", " petition.old.example ", "https://petition.old.example/", "http://www.petition.old.example"} {
		rep, err := b.svc.Import(ctx, b.boss, strings.NewReader(oldFile), ImportOptions{Source: source})
		if must(t, err); rep.Unchanged != 2 || rep.Created != 0 {
			t.Errorf("%q: %+v", source, rep)
		}
	}
	rep, err := b.svc.Import(ctx, b.boss, strings.NewReader(oldFile), ImportOptions{Source: "petition.other.example"})
	if must(t, err); rep.Created != 2 {
		t.Errorf("another site: %+v", rep)
	}
	if got := b.str(t, "SELECT string_agg(DISTINCT legacy_source, ' ' ORDER BY legacy_source) FROM petitions"); got != oldSite+" petition.other.example" {
		t.Errorf("the sites are %q", got)
	}
}

func TestTwoImportsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := b.instance(t)
	var wg sync.WaitGroup
	var made, same [8]int
	for i := range made {
		wg.Go(func() {
			svc := b.svc
			if i%2 == 1 {
				svc = other
			}
			rep, err := svc.Import(context.Background(), b.boss, strings.NewReader(oldFile), ImportOptions{Source: oldSite})
			if err != nil {
				t.Error(err)
			}
			made[i], same[i] = rep.Created, rep.Unchanged
		})
	}
	wg.Wait()
	total := 0
	for i := range made {
		total += made[i]
		if made[i]+same[i] != 2 {
			t.Errorf("%d new and %d the same", made[i], same[i])
		}
	}
	if n := b.Count(t, "SELECT count(*) FROM petitions"); total != 2 || n != 2 {
		t.Errorf("%d new, %d petitions", total, n)
	}
}

// TestAnImportThatIsKilled leaves nothing behind, and the same file comes over whole
// afterwards: there is never half a file.
func TestAnImportThatIsKilled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var f strings.Builder
	f.WriteString("number,title,text,author,state,published,ended,count\n")
	const rows = 3000
	for i := range rows {
		fmt.Fprintf(&f, "%d,Перехід номер %d,Просимо облаштувати перехід біля будинку %d.,Вигаданий Автор,не набрала,2020-01-02,2020-02-02,40\n", i+1, i+1, i+1)
	}
	m := b.mortal(t, "import")
	done := make(chan outcome, 1)
	go func() { done <- m.ask(errand{What: "import", File: f.String()}) }()
	for b.Count(t, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'mortal-import-%' AND backend_xid IS NOT NULL") == 0 { // it writes
		select {
		case o := <-done:
			t.Fatalf("it was over before it could be killed: %+v", o)
		case <-time.After(time.Millisecond):
		}
	}
	m.kill()
	if o := <-done; o.Err == "" {
		t.Fatal("it was over before it could be killed")
	}
	if n := b.Count(t, "SELECT count(*) FROM petitions"); n != 0 {
		t.Fatalf("%d petitions of a file that did not come over", n)
	}
	if rep := b.importing(t, f.String(), ImportOptions{Source: "old.example"}); rep.Created != rows || b.Count(t, "SELECT count(*) FROM petitions") != rows {
		t.Errorf("the same file again: %+v", rep)
	}
}

func TestTenThousandPetitionsComeOver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var f strings.Builder
	f.WriteString("number,title,text,author,state,published,ended,count,answer,answered\n")
	for i := range 10_000 {
		fmt.Fprintf(&f, "%d,Облаштувати перехід номер %d,Просимо місто облаштувати безпечний перехід біля будинку %d.,Вигаданий Автор,", i+1, i+1, i+1)
		if i%4 == 0 {
			f.WriteString("підтримано,2020-01-02,2020-02-02,400,Роботи заплановано.,2020-02-20\n")
		} else {
			f.WriteString("не набрала,2020-01-02,2020-02-02,40,,\n")
		}
	}
	began := time.Now()
	if rep := b.importing(t, f.String(), ImportOptions{}); rep.Created != 10_000 {
		t.Errorf("%+v", rep)
	}
	first := time.Since(began)
	began = time.Now()
	if rep := b.importing(t, f.String(), ImportOptions{}); rep.Unchanged != 10_000 {
		t.Errorf("%+v", rep)
	}
	t.Logf("10 000 petitions: %s, again: %s", first.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	if first > 2*time.Minute {
		t.Errorf("10 000 petitions took %s", first)
	}
}
