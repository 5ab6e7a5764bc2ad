package petitions

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// similarTitles are such as Ukrainian cities get.
var similarTitles = []string{
	"Безпечний перехід біля ліцею на вулиці Вітрука",
	"Ремонт дороги на вулиці Київській від вокзалу до майдану Соборного",
	"Відновити роботу тролейбусного маршруту № 5",
	"Заборонити паркування на тротуарах у центрі міста",
	"Облаштувати дитячий майданчик на Крошні",
	"Пам’ятник захисникам України на Соборному майдані",
	"Встановити пандуси в поліклініках та лікарнях",
	"Заборона салютів і феєрверків у Житомирі",
	"Велосипедна доріжка від Мальованки до Гідропарку",
	"Притулок для безпритульних тварин",
	"Стерилізація бездомних собак у громаді",
	"Зберегти парк імені Гагаріна від забудови",
	"Перейменувати вулицю Пушкінську",
	"Освітлення дворів і прибудинкових територій на Богунії",
	"Сортування сміття: контейнери у кожному дворі",
	"Роздільний збір батарейок у школах",
	"Безкоштовний проїзд для учнів шкіл у громадському транспорті",
	"Зробити міст через Тетерів безпечним для пішоходів",
	"Чисте повітря: пости спостереження за якістю повітря",
	"Укриття у школах і дитячих садках",
	"Водопостачання на верхніх поверхах багатоповерхівок",
	"Громадська вбиральня на автовокзалі",
	"Лавки та урни на зупинках громадського транспорту",
	"Встановити «лежачих поліцейських» біля школи № 17",
	"Електронний квиток у тролейбусах і трамваях",
	"Подвір’я без автівок: шлагбауми у дворах",
	"Онлайн-трансляції засідань комісій міської ради",
	"Скейт-парк для молоді",
	"Відкриття сімейної амбулаторії на Хмільниках",
	"Звернення громадян: розглядати вчасно",
	"Дерева замість асфальту: озеленення вулиці Михайлівської",
	"Зелена зона на місці стихійного ринку",
	"Очищення річки Кам’янки",
	"Ямковий ремонт доріг приватного сектору",
	"Прозорі конкурси на посади директорів шкіл",
}

// entitled makes a gathering petition of the title, found as a submitted one is.
func (b *bundle) entitled(t testing.TB, title, essence string) *Petition {
	t.Helper()
	p := b.gathering(t, b.ann)
	b.Owner(t, "UPDATE petitions SET title = $2, essence = $3, search = array_to_tsvector($4) WHERE id = $1",
		p.ID, title, essence, searched(title+" "+essence))
	return b.load(t, p.Number)
}

func TestSimilarPetitionsOverFormsAndTypos(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, title := range similarTitles {
		b.entitled(t, title, "Просимо зробити це якнайшвидше.")
	}
	for _, c := range []struct{ why, typed, want string }{
		{"the same words in other cases", "безпечного переходу біля ліцеїв", "Безпечний перехід"},
		{"an alternating vowel", "безпечні переходи", "Безпечний перехід"},
		{"a genitive plural without ending", "ремонт доріг", "Ямковий ремонт"},
		{"an alternating consonant", "ремонт на дорозі по Київській", "Ремонт дороги на вулиці Київській"},
		{"a doubled consonant", "розгляд звернень", "Звернення громадян"},
		{"an instrumental plural", "зверненнями громадян", "Звернення громадян"},
		{"a fleeting vowel", "дитячих майданчиків Крошня", "Облаштувати дитячий майданчик"},
		{"another fleeting vowel", "лавок на зупинці", "Лавки та урни"},
		{"the singular", "пандус у поліклініку", "Встановити пандуси"},
		{"school in the plural", "укриття в школі", "Укриття у школах"},
		{"a bridge is no city", "мосту через Тетерів", "Зробити міст"},
		{"a letter left out", "бзпечний перхід біля ліцею", "Безпечний перехід"},
		{"a letter left out, a short text", "трлейбус маршрут", "Відновити роботу тролейбусного"},
		{"as it is spoken", "стирилізація собак", "Стерилізація бездомних"},
		{"a letter for another, twice", "вилосипедна дорижка", "Велосипедна доріжка"},
		{"letters doubled", "феерверкки", "Заборона салютів"},
		{"letters swapped", "пеерхід безпечинй", "Безпечний перехід"},
		{"in one piece what is written with a hyphen", "скейтпарк", "Скейт-парк"},
		{"in two words what is written with a hyphen", "скейт парк", "Скейт-парк"},
		{"a hyphen where there is none in the title", "електронний-квиток", "Електронний квиток"},
		{"a letter too many", "притуллок для твариин", "Притулок для"},
		{"a letter too many in a long word", "багатоповерхіввок", "Водопостачання"},
		{"Russian letters", "перейменувати улицу Пушкинську", "Перейменувати вулицю"},
		{"apostrophe U+0027", "пам'ятник захисникам", "Пам’ятник"},
		{"apostrophe U+2019", "очистити Кам’янку", "Очищення річки"},
		{"apostrophe U+02BC", "подвірʼя без машин", "Подвір’я без"},
		{"no apostrophe at all", "подвіря без автівок", "Подвір’я без"},
		{"a Latin a within", "пaндуси в лікaрнях", "Встановити пандуси"},
		{"Latin i, o, c", "cмiття пo двoрaх", "Сортування сміття"},
		{"capitals", "ВЕЛОДОРІЖКА ДО ГІДРОПАРКУ", "Велосипедна доріжка"},
		{"not typed to the end", "притулок для безпр", "Притулок для"},
		{"the first letters", "електр квит", "Електронний квиток"},
		{"«і» for «ї»", "проізд учнів", "Безкоштовний проїзд"},
		{"«г» for «ґ» and a number", "школа 17", "Встановити «лежачих"},
		{"in other order", "Київська вулиця ремонт дороги", "Ремонт дороги на вулиці Київській"},
		{"a long sentence", "Прошу відновити рух тролейбуса за маршрутом номер 5, бо люди не можуть доїхати на роботу", "Відновити роботу тролейбусного"},
		{"a decomposed й", "сімеи\u0306ної амбулаторії", "Відкриття сімейної"},
	} {
		got, err := b.svc.Similar(context.Background(), c.typed, 5, 0)
		must(t, err)
		if len(got) == 0 || !strings.HasPrefix(got[0].Title, c.want) {
			var titles []string
			for _, l := range got {
				titles = append(titles, l.Title)
			}
			t.Errorf("%s: %q finds %q, want %q first", c.why, c.typed, titles, c.want)
		}
		if len(got) > 5 {
			t.Errorf("%s: %d found", c.why, len(got))
		}
	}
	for _, typed := range []string{"", "на у в", "космічна станція", "квантовий комп’ютер", "про перевезення слонів", "щодо видобутку нафти", "просимо місто Житомир не для", "'; DROP TABLE petitions; --", "\\ & | ! :* <->", "\x00'\x00", strings.Repeat("ю", 5000)} {
		if got, err := b.svc.Similar(context.Background(), typed, 5, 0); err != nil || len(got) != 0 {
			t.Errorf("%.40q: %v %v", typed, got, err)
		}
	}
}

// TestSimilarFollowsTheDatabase: what becomes public is found, what stops being
// public is not, in the process that changed it at once and in another one
// seconds later.
func TestSimilarFollowsTheDatabase(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	other := b.instance(t)
	find := func(s *Service, text string) int {
		t.Helper()
		got, err := s.Similar(ctx, text, 5, 0)
		must(t, err)
		return len(got)
	}
	for _, s := range []*Service{b.svc, other} {
		if n := find(s, "скейтпарк на Крошні"); n != 0 {
			t.Fatalf("%d found in an empty city", n)
		}
	}
	p := b.inState(t, b.ann, Checking)
	b.Owner(t, "UPDATE petitions SET title = 'Скейтпарк на Крошні' WHERE id = $1", p.ID)
	if n := find(b.svc, "скейтпарк на Крошні"); n != 0 {
		t.Error("a petition on check is shown to strangers")
	}
	must(t, b.svc.Publish(ctx, b.clerk, p.Number, 0))
	if n := find(b.svc, "скейтпарк на Крошні"); n != 1 {
		t.Error("what was published a moment ago is not found")
	}
	if n := find(other, "скейтпарк на Крошні"); n != 0 {
		t.Error("another process looked at the database within seconds")
	}
	b.Clock.Advance(titlesEvery)
	if n := find(other, "скейтпарк на Крошні"); n != 1 {
		t.Error("another process does not find it seconds later")
	}
	if got, err := other.Similar(ctx, "скейтпарк на Крошні", 5, p.Number); err != nil || len(got) != 0 {
		t.Errorf("the petition itself is like itself: %v %v", got, err)
	}
	// Hidden past the portal, so that no index knows: the row decides.
	b.Owner(t, "UPDATE petitions SET state = 'withdrawn' WHERE id = $1", p.ID)
	for _, s := range []*Service{b.svc, other} {
		if n := find(s, "скейтпарк на Крошні"); n != 0 {
			t.Error("a withdrawn petition is shown")
		}
	}
	for range 3 { // a title that is put in again and again stands there once
		b.svc.titles.changed(p.Number)
		b.Owner(t, "UPDATE petitions SET state = 'gathering', title = title || ' і Мальованці' WHERE id = $1", p.ID)
		if n := find(b.svc, "мальованка"); n != 1 {
			t.Errorf("%d found", n)
		}
	}
}

// TestReindexWritesWhatIsSearched: a row that an earlier program indexed is found
// again, and a second run finds nothing to do.
func TestReindexWritesWhatIsSearched(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), context.Background()
	p := b.entitled(t, "Скейтпарк на Крошні", "Просимо зробити це якнайшвидше.")
	b.Owner(t, "UPDATE petitions SET search = '' WHERE id = $1", p.ID)
	trail := b.Count(t, "SELECT count(*) FROM audit.trail")
	found := func() int {
		t.Helper()
		l, err := b.svc.List(ctx, Query{Tab: TabAll, Text: "скейтпарки", Sort: Newest})
		must(t, err)
		return l.Total
	}
	if n := found(); n != 0 {
		t.Fatalf("%d found before", n)
	}
	for _, want := range []int{1, 0} {
		n, err := b.svc.Reindex(ctx)
		must(t, err)
		if n != want {
			t.Errorf("%d rows, want %d", n, want)
		}
	}
	if n := found(); n != 1 {
		t.Errorf("%d found after", n)
	}
	if n := b.Count(t, "SELECT count(*) FROM audit.trail"); n != trail {
		t.Errorf("%d rows of the trail for what is derived", n-trail)
	}
}

func TestTypingErrorsAreCounted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"дорога", "дорога", 0},
		{"дорога", "дрога", 1},
		{"дорога", "дорогга", 1},
		{"дорога", "дорига", 1},
		{"дорога", "дорoга", 1},
		{"дорога", "догора", 2},
		{"перехід", "пеерхід", 1},
		{"дорога", "лікарня", 3},
		{"", "я", 1},
		{"я", "", 1},
		{strings.Repeat("ю", wordMost), strings.Repeat("я", wordMost), 3},
		{strings.Repeat("ю", wordMost+1), "ю", 3},
	} {
		if got := distance([]rune(c.a), []rune(c.b), 2); got != c.want {
			t.Errorf("%s, %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// manyTitles writes n petitions as a busy city would have them: few matters, many
// places, so that the frequent words stand in thousands of titles.
func (b *bundle) manyTitles(t testing.TB, n int) {
	t.Helper()
	what := []string{
		"Капітальний ремонт дороги", "Поточний ремонт тротуару", "Облаштувати дитячий майданчик", "Встановити світлофор", "Встановити дорожній знак", "Освітлення",
		"Безпечний пішохідний перехід", "Облаштування велосипедної доріжки", "Заборонити паркування", "Озеленення", "Прибирання стихійного сміттєзвалища",
		"Відновити роботу тролейбусного маршруту", "Зупинка громадського транспорту", "Капітальний ремонт школи", "Укриття у дитячому садку", "Спортивний майданчик",
		"Перейменувати провулок", "Ремонт під’їзду", "Заміна ліфта у будинку", "Водопостачання", "Каналізація у приватному секторі", "Контейнери для сортування сміття",
		"Встановити лавки й урни", "Ремонт мосту", "Зберегти сквер від забудови", "Обмежити швидкість", "Камери відеоспостереження", "Ямковий ремонт", "Пандус до аптеки", "Шлагбаум у дворі",
	}
	where := []string{
		"на вулиці Київській", "на вулиці Перемоги", "на вулиці Вітрука", "на вулиці Покровській", "на проспекті Миру", "на майдані Соборному", "на Богунії", "на Крошні", "на Мальованці",
		"у Гідропарку", "біля ліцею № 25", "біля школи № 17", "біля лікарні", "біля залізничного вокзалу", "у мікрорайоні Польовий", "на вулиці Михайлівській", "на вулиці Чуднівській",
		"на вулиці Хлібній", "на вулиці Небесної Сотні", "у провулку Каракульному", "біля річки Кам’янки", "на вулиці Степана Бандери", "на вулиці Івана Мазепи", "біля дитячого садка № 38",
	}
	why := []string{"для безпеки дітей", "для мешканців будинку", "якнайшвидше", "за кошти бюджету розвитку", "до початку навчального року", "з урахуванням потреб людей на кріслах колісних", "", "", ""}
	r := rand.New(rand.NewPCG(1, 2))
	const step = 5000
	for from := 0; from < n; from += step {
		var titles, words []string
		for range min(step, n-from) {
			title := fmt.Sprintf("%s %s %s, буд. %d", what[r.IntN(len(what))], where[r.IntN(len(where))], why[r.IntN(len(why))], r.IntN(140)+1)
			titles = append(titles, title)
			words = append(words, strings.Join(searched(title+" Щодня тут ходять сотні людей, а небезпека зростає. Мешканці неодноразово звертались до ради "+fmt.Sprint(r.IntN(5000))), " "))
		}
		b.Owner(t, `INSERT INTO petitions (number, state, author_name, title, essence, filing_key, support_key, salt, charter_id, threshold, tier, residents_only, created_at, published_at, ends_at, search)
			SELECT nextval('petition_numbers'), (ARRAY['gathering','answered','done','not_enough','not_enough','not_enough'])[1 + random() * 5], 'Зразок Ірина Петрівна', t.title, 'Просимо.', gen_random_uuid(), gen_random_uuid()::text, '\x00', $1, 300, 'email', true,
			  now(), now(), now() + interval '30 days', array_to_tsvector(string_to_array(t.words, ' '))
			FROM unnest($2::text[], $3::text[]) AS t (title, words)`, b.charter.ID, titles, words)
	}
	b.Owner(t, "ANALYZE petitions")
}

// BenchmarkSimilar asks while somebody types, among 50 000 petitions. Wanted:
// p95 of 100 ms at most.
func BenchmarkSimilar(b *testing.B) {
	c := setup(b)
	c.manyTitles(b, 50_000)
	questions := []string{
		"ремонт дороги", "ремонт дороги на вулиці Київській", "безпечного переходу біля школи 17", "дитячий майданчик", "дитячих майданчиків на Крошні для дітей з інвалідністю", "світлофор Перемоги",
		"велосипедні доріжки", "притулок для тварин", "трлейбусний маршрт", "каналізацыя приватний сектор", "ре", "лавка", "вулиця", "ремонт мостів через річку",
		"Прошу капітально відремонтувати тротуар і дорогу на вулиці Небесної Сотні, бо діти щодня йдуть до школи проїжджою частиною", "заборона феєрверків", "для безпеки дітей", "обмеження швидкості на проспекті",
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	begun := time.Now()
	if err := c.svc.titles.refresh(context.Background(), c.svc); err != nil {
		b.Fatal(err)
	}
	built := time.Since(begun)
	runtime.GC()
	runtime.ReadMemStats(&after)
	var took []time.Duration
	slowest := map[string]time.Duration{}
	for i := 0; b.Loop(); i++ {
		q := questions[i%len(questions)]
		t := time.Now()
		if _, err := c.svc.Similar(context.Background(), q, 5, 0); err != nil {
			b.Fatal(err)
		}
		d := time.Since(t)
		took, slowest[q] = append(took, d), max(slowest[q], d)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "index-MB")
	b.ReportMetric(built.Seconds(), "build-s")
	for q, d := range slowest {
		b.Logf("%8v %s", d.Round(time.Millisecond/10), q)
	}
}
