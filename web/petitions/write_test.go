package petitions_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"ereception/internal/authz"
	dom "ereception/internal/petitions"
	"ereception/internal/platform/i18n"
)

// whole is a form that can be sent.
func whole(more ...string) []string {
	return append([]string{
		"title", "Скейт-парк на Крошні", "essence", "Просимо облаштувати скейт-парк для молоді на пустирі біля школи.\r\nТам давно нічого немає.",
		"reasons", "", "proposal", "Виділити кошти й облаштувати скейт-парк.", "name", "Коваленко Олена Ігорівна", "address", "", "place", "", "lat", "", "lon", "",
	}, more...)
}

// writer is a person with a fresh draft.
func (s *signSite) writer(email string) (v *visitor, draft string) {
	s.t.Helper()
	s.person(email, "Коваленко Олена Ігорівна")
	v = s.visitor().signIn(email)
	a := v.want(v.post("/petitions/new"), http.StatusSeeOther, "")
	return v, a.Header.Get("Location")
}

func version(a seen) string { return a.doc.Find("input[name=version]").AttrOr("value", "") }

func value(a seen, name string) string {
	f := a.doc.Find("form [name=" + name + "]").First()
	if goquery.NodeName(f) == "textarea" {
		return f.Text()
	}
	return f.AttrOr("value", "")
}

func (s *signSite) petitions() int {
	s.t.Helper()
	return s.Count(s.t, "SELECT count(*) FROM petitions WHERE title LIKE 'Скейт%'")
}

func TestWritingAPetition(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	v, draft := s.writer("olena@example.com")
	form := v.want(v.get(draft), http.StatusOK, "")
	if value(form, "name") != "Коваленко Олена Ігорівна" || form.doc.Find("[data-autosave]").Length() != 1 {
		t.Error("the form does not begin with what is known, or does not save itself")
	}

	// Everything that is wrong is said at once, and nothing typed is lost.
	bad := v.want(v.post(draft, "do", "send", "version", version(form), "title", "Парк", "essence", "Коротко", "proposal", "", "name", "www.site.ua =1", "place", "пустир", "lat", "не число", "lon", "28,66", "topic", "999999"), http.StatusUnprocessableEntity, "")
	for _, f := range []string{"title", "essence", "proposal", "name", "lat"} {
		if bad.doc.Find(`.ds-error-summary a[href="#`+f+`"]`).Length() != 1 {
			t.Errorf("the mistake of %s is not listed", f)
		}
	}
	for name, want := range map[string]string{"title": "Парк", "essence": "Коротко", "name": "www.site.ua =1", "place": "пустир", "lat": "не число"} {
		if got := value(bad, name); got != want {
			t.Errorf("%s holds %q, want %q", name, got, want)
		}
	}
	// An entry of the register that is not in use is a mistake of its field.
	s.Owner(t, "INSERT INTO topics (code, name_uk, active, created_at) VALUES ('gone', 'Колишня тема', false, now())")
	gone := strconv.Itoa(s.Count(t, "SELECT id FROM topics WHERE code = 'gone'"))
	bad = v.want(v.post(draft, whole("do", "send", "version", version(bad), "topic", gone)...), http.StatusUnprocessableEntity, "")
	if bad.doc.Find(`.ds-error-summary a[href="#topic"]`).Length() != 1 {
		t.Error("a topic out of use was taken")
	}
	// A line's end is one character, as the counter beside the field counts it.
	full := strings.Repeat("я", 100) + strings.Repeat("\r\n", dom.EssenceMax-101) + "я"
	if a := v.post(draft, whole("do", "save", "version", version(bad), "essence", full)...); a.StatusCode != http.StatusSeeOther {
		t.Errorf("a text as long as may be: %d", a.StatusCode)
	}
	if n := s.petitions(); n != 0 {
		t.Fatalf("%d petitions", n)
	}

	form = v.get(draft)
	if got := value(form, "essence"); strings.Contains(got, "\r") || len([]rune(got)) != dom.EssenceMax {
		t.Errorf("%d characters came back", len([]rune(got)))
	}
	sent := v.want(v.post(draft, whole("do", "send", "version", version(form))...), http.StatusSeeOther, "")
	if !strings.HasPrefix(sent.Header.Get("Location"), "/account/petitions#p") {
		t.Errorf("sent to %s", sent.Header.Get("Location"))
	}
	again := v.want(v.post(draft, whole("do", "send", "version", version(form))...), http.StatusSeeOther, sent.Header.Get("Location"))
	if s.petitions() != 1 {
		t.Errorf("%d petitions after two presses, %d", s.petitions(), again.StatusCode)
	}
	// The link, its QR and its sheet lead there, and only with the key.
	mine := v.get("/account/petitions")
	link := mine.doc.Find("input[id$=-link]").AttrOr("value", "")
	u, err := url.Parse(link)
	if err != nil || u.Query().Get("k") == "" {
		t.Fatalf("the link is %q", link)
	}
	guest := s.visitor()
	for _, p := range []string{mine.doc.Find("img.qr").AttrOr("src", ""), u.RequestURI(), strings.Replace(u.Path, "/petitions/", "/p/", 1) + "?" + u.RawQuery} {
		a := guest.get(p)
		if a.StatusCode != http.StatusOK && (a.StatusCode != http.StatusFound || a.Header.Get("Location") != u.RequestURI()) {
			t.Errorf("%s: %d to %s", p, a.StatusCode, a.Header.Get("Location"))
		}
	}
	for _, p := range []string{u.Path, u.Path + "/qr.svg", u.Path + "/poster"} {
		guest.want(guest.get(p), http.StatusNotFound, "")
	}
}

func TestTwoWindowsOnOneDraft(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	v, draft := s.writer("olena@example.com")
	form := v.get(draft)
	v.want(v.post(draft, whole("do", "save", "version", version(form), "title", "Скейт-парк, перше вікно")...), http.StatusSeeOther, "")
	late := v.want(v.post(draft, whole("do", "send", "version", version(form), "title", "Скейт-парк, друге вікно")...), http.StatusConflict, "")
	if value(late, "title") != "Скейт-парк, друге вікно" || !strings.Contains(late.text(), "Скейт-парк, перше вікно") {
		t.Errorf("both texts are to be seen: %s", late.text())
	}
	if s.petitions() != 0 || s.Count(t, "SELECT count(*) FROM petition_drafts WHERE data->>'Title' = 'Скейт-парк, перше вікно'") != 1 {
		t.Error("the late text went over the other one")
	}
	// The script is told as well, and the same text of the same window is no conflict.
	v.want(v.post(draft+"/autosave", whole("version", version(form), "title", "Скейт-парк, третє вікно")...), http.StatusConflict, "")
	if a := v.want(v.post(draft+"/autosave", whole("version", version(form), "title", "Скейт-парк, перше вікно")...), http.StatusOK, ""); a.Header.Get("X-Version") != version(late) {
		t.Errorf("version %q, want %q", a.Header.Get("X-Version"), version(late))
	}
	// Who has seen both decides.
	v.want(v.post(draft, whole("do", "send", "version", version(late), "title", "Скейт-парк, друге вікно")...), http.StatusSeeOther, "")
	if s.Count(t, "SELECT count(*) FROM petitions WHERE title = 'Скейт-парк, друге вікно'") != 1 {
		t.Error("it was not sent")
	}
}

func TestWhatIsLikeItIsSeenBeforeItIsSent(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	v, draft := s.writer("olena@example.com")
	form := v.get(draft)
	like := v.want(v.post(draft, whole("do", "send", "version", version(form), "title", "Безпечні переходи біля ліцеїв")...), http.StatusOK, "")
	button := like.doc.Find(`button[form=sign-like][formaction="` + s.at(s.n, "/sign") + `"]`)
	if !strings.Contains(like.text(), "Безпечний перехід біля ліцею") || button.Length() != 1 || like.doc.Find("form#sign-like[method=post]").Length() != 1 {
		t.Fatalf("no likeness that can be signed: %s", like.text())
	}
	seen := like.doc.Find("input[name=seen]").AttrOr("value", "")
	// Another title has other likenesses: what was seen does not count for it.
	other := v.want(v.post(draft, whole("do", "send", "version", version(like), "seen", seen, "title", "Перехід біля ліцею, безпечний для всіх")...), http.StatusOK, "")
	if other.doc.Find("#similar").Length() != 1 || s.Count(t, "SELECT count(*) FROM petitions") != 2 {
		t.Error("likenesses of the new title were not shown")
	}
	// One press signs the one that is there.
	v.post(s.at(s.n, "/sign"), "resident", "1")
	if s.signatures() != 1 {
		t.Error("not signed")
	}
	v.want(v.post(draft, whole("do", "send", "version", version(other), "seen", other.doc.Find("input[name=seen]").AttrOr("value", ""), "title", "Перехід біля ліцею, безпечний для всіх")...), http.StatusSeeOther, "")
	if s.Count(t, "SELECT count(*) FROM petitions") != 3 {
		t.Error("not sent though seen")
	}
}

func TestWhyAPetitionIsNotTakenNow(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	v, draft := s.writer("olena@example.com")
	s.Owner(t, "INSERT INTO petition_switches (name, off_since, reason_uk, reason_en) VALUES ('creation', now(), 'Оновлюємо портал', 'Maintenance')")
	s.Clock.Advance(time.Minute)
	off := v.want(v.post(draft, whole("do", "send", "version", version(v.get(draft)))...), http.StatusServiceUnavailable, "")
	if value(off, "title") != "Скейт-парк на Крошні" || s.petitions() != 0 {
		t.Errorf("what was typed is gone: %s", off.text())
	}
	s.Owner(t, "UPDATE petition_switches SET off_since = NULL WHERE name = 'creation'")
	s.Clock.Advance(time.Minute)
	// Failed sends are no attempts; whole ones are, and then the day's limit speaks with the form.
	for range 20 {
		v.want(v.post(draft, "do", "send", "title", "Ні"), http.StatusUnprocessableEntity, "")
	}
	var last seen
	for range 20 {
		a := v.want(v.post("/petitions/new"), http.StatusSeeOther, "")
		draft = a.Header.Get("Location")
		if last = v.post(draft, whole("do", "send", "version", version(v.get(draft)), "seen", "x", "title", "Скейт-парк "+draft[len(draft)-6:])...); last.StatusCode == http.StatusOK {
			last = v.post(draft, whole("do", "send", "version", version(last), "seen", last.doc.Find("input[name=seen]").AttrOr("value", ""), "title", "Скейт-парк "+draft[len(draft)-6:])...)
		}
		if last.StatusCode != http.StatusSeeOther {
			break
		}
	}
	if last.StatusCode != http.StatusTooManyRequests || last.Header.Get("Retry-After") == "" || !strings.HasPrefix(value(last, "title"), "Скейт-парк") {
		t.Errorf("%d, %q: %s", last.StatusCode, last.Header.Get("Retry-After"), value(last, "title"))
	}
	if s.petitions() == 0 {
		t.Error("failed sends counted")
	}
}

func TestSomebodyElsesDraft(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	_, draft := s.writer("olena@example.com")
	s.person("taras@example.com", "Інший Тарас Петрович")
	v, guest := s.visitor().signIn("taras@example.com"), s.visitor()
	v.want(v.get(draft), http.StatusNotFound, "")
	for _, do := range []string{"send", "save", "drop", "similar", "find"} {
		v.want(v.post(draft, whole("do", do)...), http.StatusNotFound, "")
	}
	v.want(v.post(draft+"/autosave", whole()...), http.StatusNotFound, "")
	guest.want(guest.get(draft), http.StatusSeeOther, "")
	if s.petitions() != 0 || s.Count(t, "SELECT count(*) FROM petition_drafts") != 1 {
		t.Error("a foreign draft was touched")
	}
}

func TestTwoPressesAtOnceSendOnce(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	v, draft := s.writer("olena@example.com")
	n := version(v.get(draft))
	v.post(draft, whole("do", "save", "version", n)...)
	n = version(v.get(draft))
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() { v.post(draft, whole("do", "send", "version", n)...) })
	}
	wg.Wait()
	if s.petitions() > 1 {
		t.Errorf("%d petitions", s.petitions())
	}
	v.post(draft, whole("do", "send")...)
	if s.petitions() != 1 || s.Count(t, "SELECT count(*) FROM petition_drafts") != 0 {
		t.Errorf("%d petitions", s.petitions())
	}
}

func TestCorrectingAReturnedPetition(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	ctx := context.Background()
	s.Owner(t, "INSERT INTO petition_grounds (code, title_uk, title_en, norm_uk, norm_en, hides, position, active, version) VALUES ('essence', 'Не викладено суть', 'No matter', 'ст. 23-1', 'Art. 23-1', false, 1, true, 1)")
	v, draft := s.writer("olena@example.com")
	v.want(v.post(draft, whole("do", "send", "version", version(v.get(draft)))...), http.StatusSeeOther, "")
	n := int64(s.Count(t, "SELECT max(number) FROM petitions"))
	fan := s.person("fan@example.com", "Прихильник Іван Петрович")
	s.Owner(t, "INSERT INTO signers (person_id, ident, resident_at, created_at) VALUES ($1, 'fan@example.com', now(), now())", fan)
	who := authz.Actor{Kind: authz.KindPerson, ID: fan, Name: "Прихильник Іван Петрович"}
	var link string
	if err := s.DB.ReadPool().QueryRow(ctx, "SELECT support_key FROM petitions WHERE number = $1", n).Scan(&link); err != nil {
		t.Fatal(err)
	}
	if _, err := s.svc.Sign(ctx, who, n, dom.Mark{SupportKey: link}); err != nil {
		t.Fatal(err)
	}
	s.Owner(t, "UPDATE petitions SET state = 'returned', ends_at = NULL, ground = 'essence', ground_note = 'Уточніть місце', version = version + 1 WHERE number = $1", n)
	to := "/account/petitions/" + strconv.FormatInt(n, 10) + "/correct"
	form := v.want(v.get(to), http.StatusOK, "")
	if !strings.Contains(form.text(), i18n.In("uk", "petitionform.correct_note")) {
		t.Error("the author is not told what becomes of signatures")
	}
	v.want(v.post(to, whole("do", "send", "version", version(form), "title", "Ні")...), http.StatusUnprocessableEntity, "")
	s.Owner(t, "UPDATE petitions SET place = 'інше', version = version + 1 WHERE number = $1", n)
	late := v.want(v.post(to, whole("do", "send", "version", version(form), "title", "Скейт-парк біля школи")...), http.StatusConflict, "")
	if value(late, "title") != "Скейт-парк біля школи" || !strings.Contains(late.text(), "інше") {
		t.Errorf("both texts are to be seen: %s", late.text())
	}
	if s.signatures() != 1 {
		t.Error("a signature went before anything changed")
	}
	v.want(v.post(to, whole("do", "send", "version", version(late), "title", "Скейт-парк біля школи")...), http.StatusSeeOther, "")
	if s.Count(t, "SELECT count(*) FROM petitions WHERE number = $1 AND state = 'checking' AND title = 'Скейт-парк біля школи'", n) != 1 {
		t.Error("not on check")
	}
	if s.signatures() != 0 || s.Count(t, "SELECT count(*) FROM petition_events WHERE kind = 'corrected' AND (data->>'signatures')::int = 1") != 1 {
		t.Error("a signature stands under a text that was not signed, or nobody is told")
	}
	v.want(v.post(to, whole("do", "send", "version", version(late))...), http.StatusSeeOther, "/account/petitions#p"+strconv.FormatInt(n, 10))
}

func TestTheDistrictFollowsFromThePlace(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	v, draft := s.writer("olena@example.com")
	// A point by hand is kept with the petition; an address that nobody knows is said.
	form := v.want(v.post(draft, whole("do", "find", "find", "1", "version", version(v.get(draft)), "place", "вулиця, якої немає")...), http.StatusUnprocessableEntity, "")
	if form.doc.Find(`.ds-error-summary a[href="#place"]`).Length() != 1 || value(form, "title") != "Скейт-парк на Крошні" {
		t.Error("the address is not said to be unknown, or the text is gone")
	}
	// A pin that was set by hand stands, whatever address is typed beside it.
	s.Owner(t, "INSERT INTO streets (kind, name, search, lat, lon, created_at) VALUES ('вулиця', 'Київська', 'київська', 50.1, 28.1, now())")
	s.Clock.Advance(time.Minute)
	v.want(v.post(draft, whole("do", "send", "version", version(form), "place", "вулиця Київська, 1", "lat", "50.25", "lon", "28.66")...), http.StatusSeeOther, "")
	if s.Count(t, "SELECT count(*) FROM petitions WHERE title LIKE 'Скейт%' AND lat = 50.25 AND lon = 28.66") != 1 {
		t.Error("the point is gone")
	}
}

// TestTheAuthorSeesWhoLookedAtHisContacts: the desk promises it (Закон 2297-VI,
// ст. 8). Strangers and other authors read nothing of it, and nobody reads what
// the city writes inside.
func TestTheAuthorSeesWhoLookedAtHisContacts(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	ctx := context.Background()
	s.Owner(t, "INSERT INTO petition_grounds (code, title_uk, title_en, norm_uk, norm_en, hides, position, active, version) VALUES ('essence', 'Не викладено суть', 'No matter', 'ст. 23-1', 'Art. 23-1', false, 1, true, 1)")
	v, draft := s.writer("olena@example.com")
	other, _ := s.writer("other@example.com")
	v.want(v.post(draft, whole("do", "send", "version", version(v.get(draft)))...), http.StatusSeeOther, "")
	n := int64(s.Count(t, "SELECT max(number) FROM petitions"))
	s.Owner(t, "UPDATE petitions SET state = 'checking', ends_at = NULL, version = version + 1 WHERE number = $1", n)
	clerk := authz.Actor{
		Kind: authz.KindPerson, ID: s.person("clerk@example.com", "Демченко Олена Карпівна"), Name: "Демченко Олена Карпівна",
		Roles: []authz.Role{authz.RoleSpecialist}, PostTitle: "головний спеціаліст приймальні", PostEn: "chief specialist of the office",
	}
	if _, err := s.svc.AuthorContacts(ctx, clerk, n); err != nil {
		t.Fatal(err)
	}
	if err := s.svc.Return(ctx, clerk, n, 0, "essence", "Напишіть, де саме потрібен скейт-парк."); err != nil {
		t.Fatal(err)
	}
	s.Owner(t, `INSERT INTO petition_events (petition_id, at, kind, actor_name, public, data) SELECT id, now(), 'answer_returned', 'Керівний Андрій Петрович', false, '{"text": "внутрішнє зауваження"}' FROM petitions WHERE number = $1`, n)
	card := "#p" + strconv.FormatInt(n, 10)
	text := strings.Join(strings.Fields(v.get("/account/petitions").doc.Find(card).Text()), " ")
	for _, w := range []string{
		i18n.In("uk", "petitionform.story"), "Переглянуто контакти автора Демченко Олена Карпівна, головний спеціаліст приймальні",
		"Повернуто авторові Не викладено суть. Напишіть, де саме потрібен скейт-парк.",
	} {
		if !strings.Contains(text, w) {
			t.Errorf("the author does not read %q: %s", w, text)
		}
	}
	if strings.Contains(text, "внутрішнє зауваження") || strings.Contains(text, "Керівний") || strings.Contains(text, "petitions.event") {
		t.Errorf("the author reads what is inside: %s", text)
	}
	for who, a := range map[string]seen{"another author": other.get("/account/petitions"), "a stranger": s.visitor().get("/petitions/" + strconv.FormatInt(n, 10))} {
		if strings.Contains(a.text(), "Демченко") {
			t.Errorf("%s reads who looked", who)
		}
	}
	clerk.PostTitle = "" // one who had no post then is named alone
	s.Clock.Advance(24 * time.Hour)
	if _, err := s.svc.AuthorContacts(ctx, clerk, n); err != nil {
		t.Fatal(err)
	}
	if items := v.get("/account/petitions").doc.Find(card + " .diff li"); strings.Contains(items.First().Text(), "приймальні") || !strings.Contains(items.First().Text(), "Демченко Олена Карпівна") {
		t.Errorf("the last look: %s", items.First().Text())
	}
}

// TestTheWayIsThatOfTheCharter: no number of it stands in the words.
func TestTheWayIsThatOfTheCharter(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	need := i18n.In("uk", "petitionform.how_support")
	if text := s.visitor().get("/petitions/new").text(); !strings.Contains(text, need) || !strings.Contains(text, "на це дано до 2 робочих днів") {
		t.Error(text)
	}
	s.Owner(t, "UPDATE petition_charters SET supporters = 0, check_days = 1")
	s.Clock.Advance(time.Hour)
	if text := s.visitor().get("/petitions/new").text(); strings.Contains(text, need) || !strings.Contains(text, "на це дано до 1 робочого дня") {
		t.Error(text)
	}
}

// TestAFormThatIsOdd: nothing typed is lost, nothing is saved over another text, and
// no point is left out in silence.
func TestAFormThatIsOdd(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	s.person("odd@example.com", "Зозуля Марія Іванівна")
	v := s.visitor().signIn("odd@example.com")
	draft := v.want(v.post("/petitions/new"), http.StatusSeeOther, "").Header.Get("Location")
	form := v.want(v.get(draft), http.StatusOK, "")
	huge := strings.Repeat("ї", 70_000)
	back := v.want(v.post(draft, whole("do", "save", "version", version(form), "essence", huge)...), http.StatusUnprocessableEntity, "")
	if back.doc.Find("#essence").Text() != huge || back.doc.Find("#essence").AttrOr("aria-invalid", "") != "true" || value(back, "version") != version(form) {
		t.Error("what is far too long is lost, or not marked")
	}
	for _, odd := range []string{"abc", "-3", "0", "9223372036854775807", "2147483648"} {
		a := v.want(v.post(draft, whole("do", "save", "version", odd, "title", "Скейт-парк "+odd+" на Польовій")...), http.StatusConflict, "")
		if value(a, "title") != "Скейт-парк "+odd+" на Польовій" {
			t.Errorf("version %s: the text is lost", odd)
		}
	}
	saved := v.want(v.get(draft), http.StatusOK, "")
	if version(saved) != version(form) {
		t.Error("an odd version saved over what is there")
	}
	for _, point := range [][2]string{{"NaN", "NaN"}, {"тут", "там"}, {"50.25", "x"}} {
		a := v.want(v.post(draft, whole("do", "send", "version", version(saved), "lat", point[0], "lon", point[1], "place", "")...), http.StatusUnprocessableEntity, "")
		if !strings.Contains(a.text(), "Позначте місце ще раз") {
			t.Errorf("%v: not said", point)
		}
		saved = v.want(v.get(draft), http.StatusOK, "")
	}
	if n := s.Count(t, "SELECT count(*) FROM petitions WHERE author_name LIKE 'Зозуля Марія Іванівна%'"); n != 0 {
		t.Errorf("%d petitions", n)
	}
}

// TestAPressTooManyOfASentPetition does not count, and leads to the petition.
func TestAPressTooManyOfASentPetition(t *testing.T) {
	t.Parallel()
	s := signSetup(t)
	s.person("press@example.com", "Зозуля Марія Іванівна")
	v := s.visitor().signIn("press@example.com")
	titles := []string{"Фонтан у парку культури", "Велодоріжка до вокзалу", "Скейт-парк на Крошні", "Освітлення провулка Шкільного", "Новий тролейбус сьомого маршруту"}
	for i, title := range titles { // the day's limit
		draft := v.want(v.post("/petitions/new"), http.StatusSeeOther, "").Header.Get("Location")
		send := whole("do", "send", "title", title)
		sent := v.want(v.post(draft, send...), http.StatusSeeOther, "").Header.Get("Location")
		for range 3 {
			if again := v.want(v.post(draft, send...), http.StatusSeeOther, "").Header.Get("Location"); again != sent {
				t.Fatalf("a press too many leads to %s, not %s", again, sent)
			}
		}
		if i+1 < len(titles) {
			wrong := v.want(v.post("/petitions/new"), http.StatusSeeOther, "").Header.Get("Location")
			v.want(v.post(wrong, whole("do", "send", "title", "Парасольки над вулицею Михайлівською", "topic", "999999999")...), http.StatusUnprocessableEntity, "")
		}
	}
	last := v.want(v.post("/petitions/new"), http.StatusSeeOther, "").Header.Get("Location")
	v.want(v.post(last, whole("do", "send", "title", "Громадський пляж на Тетереві")...), http.StatusTooManyRequests, "")
}
