package procurement_test

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/jackc/pgx/v5"

	"ereception/internal/notify"
	"ereception/internal/platform/i18n"
	dom "ereception/internal/procurement"
	"ereception/web/procurement"
)

// trader is an invented sole trader and the ways to write him.
type trader struct {
	surname, surnameOf     string // nominative, genitive
	given, givenOf         string
	patronymic, patronymOf string
	name, legal            string
	id                     any // nil: no identifier at all
	phone, mail            string
	number, contract, plan string
}

var (
	heads = []string{"Бро", "Гли", "Жме", "Кро", "Тру", "Щаве", "Хло", "Дзю", "Пля", "Шту", "Цві", "Ґру", "Їжа", "Юшо", "М'я"}
	tails = [][2]string{{"дженко", "дженка"}, {"барчук", "барчука"}, {"гловський", "гловського"}, {"мовець", "мовця"}, {"твик", "твика"}, {"згай", "згая"}, {"хвистюк", "хвистюка"}, {"левич", "левича"}}
	names = [][4]string{
		{"Марко", "Марка", "Юхимович", "Юхимовича"},
		{"Дарина", "Дарини", "Захарівна", "Захарівни"},
		{"Еріка", "Еріки", "Юстимівна", "Юстимівни"},
		{"В'ячеслав", "В'ячеслава", "Лук'янович", "Лук'яновича"},
		{"Ілля", "Іллі", "Кузьмич", "Кузьмича"},
		{"Соломія", "Соломії", "Гордіївна", "Гордіївни"},
	}
	// shapes of the field of the name; those that begin with = need a tax number, because nothing but it tells a human being.
	shapes = []string{
		"ФОП {S} {G} {P}", "ФОП {S} {g}.{p}.", "Ф.О.П. {S} {g}. {p}.", "Ф. О. П. {S}", "фоп {s} {g} {p}", "ФОП «{S} {G} {P}»", "«ФОП {S} {G}»", "ФOП {S} {G}", "{S} {G} {P}", "{SS} {GG} {PP}",
		"{S} {g}.{p}.", "{g}. {p}. {S}", "{G} {P} {S}", "Фізична особа-підприємець {S} {G} {P}", "фізична особа - підприємець {S} {G}", "ФІЗИЧНА ОСОБА – ПІДПРИЄМЕЦЬ {SS} {GG} {PP}", "СПД {S} {g}. {p}.",
		"СПДФО {S} {G} {P}", "ПП {S} {G} {P}", "ПП {S} {g}.{p}.", "ЧП {S} {G} {P}", "{S} {G} {P} ФОП", "{S} {G} {P} (ФОП)", "{S} {G} {P}, фізична особа-підприємець", "Приватний підприємець {S} {G}", "физлицо {S} {G}",
		"Individual entrepreneur {LS} {LG}", "FOP {LS} {LG} {LP}", "{LS} {LG} {LP}", "Адвокат {S} {G} {P}", "={S}", "={S} {G}", "={S} {g}.", "={LS} {LG}",
	}
	// texts that name him.
	phrases = []string{
		"Договір з {S} {G} {P}", "Протокол щодо {SO} {GO} {PO}", "{S} {g}.{p}.", "Акт {SO} {g}. {p}. підписано", "підпис {g}.{p}. {S}", "{SS} {GG} {PP}", "Пропозиція_{S}.pdf", "{LS}_{LG}_price.pdf", "ФОП{S} ціна.docx",
		"Лист {SO}", "ФОП {S}, тел. {T}", "контакт: {M}", "{T} {G} {P}", "РНОКПП {I}", "{G} {P} {S}", "послуги {s}", "ОПЛАТА {SS} {g}{p}",
	}
	latin = strings.NewReplacer("а", "a", "б", "b", "в", "v", "г", "h", "ґ", "g", "д", "d", "е", "e", "є", "ie", "ж", "zh", "з", "z", "и", "y", "і", "i", "ї", "i", "й", "i", "к", "k", "л", "l", "м", "m", "н", "n", "о", "o",
		"п", "p", "р", "r", "с", "s", "т", "t", "у", "u", "ф", "f", "х", "kh", "ц", "ts", "ч", "ch", "ш", "sh", "щ", "shch", "ь", "", "ю", "iu", "я", "ia", "'", "")
)

func title(s string) string {
	r := []rune(s)
	return string(unicode.ToUpper(r[0])) + string(r[1:])
}

func (x *trader) say(pattern string) string {
	low, first := strings.ToLower, func(s string) string { return string([]rune(s)[:1]) }
	tr := func(s string) string { return title(latin.Replace(low(s))) }
	return strings.NewReplacer("{S}", x.surname, "{G}", x.given, "{P}", x.patronymic, "{g}", first(x.given), "{p}", first(x.patronymic), "{s}", low(x.surname), "{SS}", strings.ToUpper(x.surname), "{GG}", strings.ToUpper(x.given),
		"{PP}", strings.ToUpper(x.patronymic), "{SO}", x.surnameOf, "{GO}", x.givenOf, "{PO}", x.patronymOf, "{LS}", tr(x.surname), "{LG}", tr(x.given), "{LP}", tr(x.patronymic), "{T}", x.phone, "{M}", x.mail, "{I}", fmt.Sprint(x.id)).Replace(pattern)
}

func inventTrader(r *rand.Rand, i int) *trader {
	pick := func(n int) int { return r.IntN(n) }
	x := &trader{
		phone: []string{"+38067%07d", "067 %03d 44 55", "(050) %03d-77-88", "0412-48-%02d-99"}[pick(4)], mail: fmt.Sprintf("poshta%d@ukr.net", 1000+i),
		number: fmt.Sprintf("UA-2026-03-01-%06d-a", i), contract: fmt.Sprintf("UA-2026-03-01-%06d-a-a1", i), plan: fmt.Sprintf("UA-P-2026-03-01-%06d-a", i),
	}
	x.phone = fmt.Sprintf(x.phone, 10+i)
	head, tail := heads[i%len(heads)], tails[pick(len(tails))]
	x.surname, x.surnameOf = head+tail[0], head+tail[1]
	if pick(4) == 0 { // a double one
		h, t := heads[(i+3)%len(heads)], tails[pick(len(tails))]
		x.surname, x.surnameOf = x.surname+"-"+h+t[0], x.surnameOf+"-"+h+t[1]
	}
	n := names[pick(len(names))]
	x.given, x.givenOf, x.patronymic, x.patronymOf = n[0], n[1], n[2], n[3]
	if pick(2) == 0 { // another apostrophe
		for _, s := range []*string{&x.surname, &x.surnameOf, &x.given, &x.givenOf, &x.patronymic, &x.patronymOf} {
			*s = strings.ReplaceAll(*s, "'", []string{"’", "ʼ"}[i%2])
		}
	}
	shape, tax := shapes[i%len(shapes)], fmt.Sprintf("30%08d", 1234567+i)
	x.id = []any{tax, tax[:2] + " " + tax[2:], 3000000000 + i, "00000000", "11111111", "37615" + tax[7:], "", "немає", nil, "АА" + tax[4:], "АА " + tax[4:], "0000000000", "00" + tax[3:]}[pick(13)]
	if strings.HasPrefix(shape, "=") {
		shape, x.id = shape[1:], tax
	}
	x.name = x.say(shape)
	if pick(2) == 0 {
		x.legal = x.name
	}
	if pick(6) == 0 && strings.Contains(x.name, x.patronymic) { // the name stands in the other field
		x.name, x.legal = "", x.name
	}
	return x
}

// party is the trader as a party of a document.
func (x *trader) party() map[string]any {
	p := map[string]any{
		"name": x.name, "name_en": x.say("{LS} {LG}"), "contactPoint": map[string]any{"name": x.say("{S} {G} {P}"), "name_en": x.say("{LG} {LS}"), "telephone": x.phone, "email": x.mail},
		"address": map[string]any{"streetAddress": x.say("вул. Затишна, 5, {S}"), "locality": "Житомир"}, "signerInfo": map[string]any{"name": x.say("{S} {G} {P}"), "telephone": x.phone, "email": x.mail},
	}
	if x.id != nil || x.legal != "" {
		id := map[string]any{"scheme": "UA-EDR", "legalName": x.legal}
		if x.id != nil {
			id["id"] = x.id
		}
		p["identifier"] = id
	}
	return p
}

// documents are a tender, a contract and a plan that name him wherever something can be written.
func (x *trader) documents(r *rand.Rand, i int) []string {
	text := func() string {
		return x.say(phrases[r.IntN(len(phrases))]) + " " + x.say(phrases[r.IntN(len(phrases))])
	}
	files := func() []any {
		return []any{map[string]any{"id": fmt.Sprintf("d%d", r.IntN(1e9)), "title": text(), "description": text(), "format": "application/pdf", "url": "https://public-docs.prozorro.gov.ua/get/1", "datePublished": "2026-03-01T10:00:00+02:00", "dateModified": "2026-03-01T10:00:00+02:00"}}
	}
	value := map[string]any{"amount": 1000 + i, "currency": "UAH"}
	buyer := map[string]any{"name": "Управління доріг", "kind": "general", "identifier": map[string]any{"scheme": "UA-EDR", "id": "20345678"}}
	if i%5 == 4 { // who sells may buy
		buyer = x.party()
		buyer["kind"] = "other"
	}
	items := func() []any {
		return []any{map[string]any{"id": "i", "description": text(), "relatedLot": "l1", "classification": map[string]any{"scheme": "ДК021", "id": "45260000-7"}, "additionalClassifications": []any{map[string]any{"id": "x", "description": text()}}, "quantity": 1, "unit": map[string]any{"code": "E48", "name": text()}}}
	}
	complaint := func() []any {
		return []any{map[string]any{"id": "c", "complaintID": "UA-1.1", "type": "claim", "status": "resolved", "title": text(), "description": text(), "resolution": text(), "author": x.party(), "dateSubmitted": "2026-03-02T10:00:00+02:00"}}
	}
	milestones := func() []any {
		return []any{map[string]any{"id": "m", "title": text(), "description": text(), "type": "financing", "percentage": 100, "duration": map[string]any{"days": 5, "type": "banking"}}}
	}
	tid, cid, pid := fmt.Sprintf("%032x", 0xaa0000+i), fmt.Sprintf("%032x", 0xcc0000+i), fmt.Sprintf("%032x", 0xdd0000+i)
	tender := map[string]any{
		"id": tid, "tenderID": x.number, "status": "complete", "date": "2026-03-05T12:00:00+02:00", "dateCreated": "2026-03-01T12:00:00+02:00", "dateModified": "2026-03-05T12:00:00+02:00", "procurementMethodType": "aboveThreshold",
		"mainProcurementCategory": "works", "title": text(), "description": text(), "value": value, "procuringEntity": buyer, "items": items(), "documents": files(), "cause": "noCompetition", "causeDescription": text(),
		"procurementMethodRationale": text(), "milestones": milestones(), "complaints": complaint(),
		"lots":          []any{map[string]any{"id": "l1", "title": text(), "description": text(), "status": "complete", "value": value}},
		"questions":     []any{map[string]any{"author": x.party(), "title": text()}},
		"bids":          []any{map[string]any{"id": "b", "status": "active", "tenderers": []any{x.party()}, "lotValues": []any{map[string]any{"relatedLot": "l1", "value": value}}, "documents": files()}},
		"awards":        []any{map[string]any{"id": "w", "status": "active", "lotID": "l1", "bid_id": "b", "title": text(), "description": text(), "value": value, "suppliers": []any{x.party()}, "documents": files(), "complaints": complaint()}},
		"cancellations": []any{map[string]any{"status": "active", "reason": text(), "cancellationOf": "lot", "relatedLot": "l1", "date": "2026-03-02T10:00:00+02:00"}},
		"contracts":     []any{map[string]any{"id": cid, "contractID": x.contract, "contractNumber": text(), "title": text(), "description": text(), "status": "active", "awardID": "w", "value": value, "suppliers": []any{x.party()}, "documents": files()}},
	}
	contract := map[string]any{
		"id": cid, "contractID": x.contract, "contractNumber": text(), "tender_id": tid, "awardID": "w", "status": "terminated", "terminationDetails": text(), "title": text(), "description": text(), "dateModified": "2026-04-05T12:00:00+02:00",
		"dateSigned": "2026-03-05T12:00:00+02:00", "value": value, "buyer": buyer, "suppliers": []any{x.party()}, "items": items(), "documents": files(), "milestones": milestones(),
		"cancellations": []any{map[string]any{"status": "active", "reason": text(), "date": "2026-03-02T10:00:00+02:00"}},
		"changes":       []any{map[string]any{"id": "ch", "status": "active", "contractNumber": text(), "rationale": text(), "rationaleTypes": []any{"durationExtension"}, "dateSigned": "2026-03-12T12:00:00+03:00", "documents": files()}},
	}
	// A plan has no supplier: its words name him after «ФОП» alone.
	planned := func() string { return x.say("Послуги ФОП {S} {G} {P}, {T}") }
	plan := map[string]any{
		"id": pid, "planID": x.plan, "status": "complete", "tender_id": tid, "dateModified": "2026-02-05T12:00:00+02:00", "procuringEntity": buyer, "items": []any{map[string]any{"description": planned(), "classification": map[string]any{"id": "45260000-7"}}},
		"budget": map[string]any{"amount": 1000, "currency": "UAH", "description": planned(), "project": map[string]any{"id": "1", "name": planned()}, "breakdown": []any{map[string]any{"title": "local", "description": planned()}}}, "rationale": map[string]any{"description": planned()}, "documents": []any{map[string]any{"id": "pd", "title": planned(), "url": "https://e.example/1"}},
		"tender": map[string]any{"procurementMethodType": "aboveThreshold", "tenderPeriod": map[string]any{"startDate": "2026-03-01T00:00:00+02:00"}},
	}
	if i%2 == 0 { // known from the tender alone
		return []string{asJSON(tender), asJSON(plan)}
	}
	return []string{asJSON(tender), asJSON(contract), asJSON(plan)}
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

var plainText = strings.NewReplacer("'", "", "’", "", "ʼ", "", "&#39;", "")

// secrets are what of him may stand nowhere.
func (x *trader) secrets() []string {
	var out []string
	root := func(s string, cut int) {
		r := []rune(plainText.Replace(strings.ToLower(s)))
		out = append(out, string(r[:len(r)-cut]), latin.Replace(string(r[:len(r)-cut])))
	}
	for _, part := range strings.Split(x.surname, "-") {
		root(part, 2)
	}
	root(x.patronymic, 2)
	out = append(out, x.phone, x.mail)
	if id := fmt.Sprint(x.id); strings.ContainsAny(id, "23456789") {
		out = append(out, strings.ToLower(id))
	}
	return out
}

// TestNothingNamesASoleTrader: for invented sole traders, under every shape of
// name and of identifier, in every place of a tender, a contract and a plan where
// something can be written, no page, file, feed, letter or suggestion of the
// portal, and no table that they read, holds the surname, the patronymic, the
// telephone, the address or the number; searching the name confirms nothing.
func TestNothingNamesASoleTrader(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	for _, table := range []string{"register", "contracts", "tenders", "buyers"} {
		d.Owner(t, "DELETE FROM procurement_"+table)
	}
	d.Owner(t, "INSERT INTO procurement_buyers (code, name, created_at) VALUES ('20345678', 'Управління доріг', '2020-01-01')")
	ctx := i18n.With(context.Background(), "uk")
	r := rand.New(rand.NewPCG(2026, 15))
	var all []*trader
	payments := "source_id;contract;payer_code;payee_code;payee_name;amount;paid_on;details\n"
	for i := range len(shapes) + 6 {
		x := inventTrader(r, i)
		all = append(all, x)
		for _, doc := range x.documents(r, i) {
			d.put(doc)
		}
		code := ""
		if x.id != nil {
			code = fmt.Sprint(x.id)
		}
		if i%2 == 1 {
			payments += fmt.Sprintf("p%d;%s;20345678;%s;%s;1;2026-03-09;%s\n", i, x.contract, code, strings.NewReplacer(";", "", `"`, "").Replace(cmp.Or(x.name, x.legal)), x.say("за роботи {SO} {GO} {PO}"))
			// Paid to a company, and the purpose names him.
			payments += fmt.Sprintf("q%d;%s;20345678;37615022;ТОВ Зорька;1;2026-03-09;%s\n", i, x.contract, x.say("ФОП {S} {G} {P}, {T}"))
		}
	}
	if rep, err := d.svc.ImportPayments(ctx, strings.NewReader(payments)); err != nil || rep.BadRows > 0 {
		t.Fatalf("%+v, %v", rep, err)
	}

	outputs := map[string]string{}
	paths := []string{
		"/procurement", "/procurement/buyers", "/procurement/buyers/20345678", "/procurement/search.csv", "/procurement/search.json", "/procurement/search.xlsx", "/procurement/search.rss", "/procurement/search.atom",
		"/procurement/ocds.json", "/procurement/indicators.csv", "/procurement/indicators.json", "/procurement/embed",
	}
	for _, kind := range []string{"contract", "tender", "plan"} {
		for _, f := range []string{"", ".csv", ".json", ".xlsx", ".rss", ".atom"} {
			for page := 1; page < 5; page++ {
				paths = append(paths, fmt.Sprintf("/procurement/search%s?kind=%s&page=%d", f, kind, page))
			}
		}
		for y := range 3 {
			if kind != "plan" { // a release is of a tender
				paths = append(paths, fmt.Sprintf("/procurement/ocds.json?kind=%s&min=%d", kind, 1000+y*40))
			}
		}
	}
	for _, x := range all {
		paths = append(paths, "/procurement/tenders/"+x.number, "/procurement/contracts/"+x.contract, "/procurement/plans/"+x.plan, "/procurement/tenders/"+x.number+"/ocds.json")
	}
	rows, err := d.DB.Pool().Query(ctx, "SELECT key FROM procurement_suppliers")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) < 30 {
		t.Errorf("only %d suppliers", len(keys))
	}
	for _, k := range keys {
		if !strings.HasPrefix(k, "fop-") {
			t.Errorf("a sole trader has the address %s", k)
		}
		paths = append(paths, "/procurement/suppliers/"+k)
	}
	for _, p := range paths {
		for lang, a := range map[string]answer{"uk": d.get("", p), "en": d.english(p)} {
			if a.Code != 200 && !strings.Contains(p, "page=") {
				t.Errorf("%s: %d", p, a.Code)
			}
			outputs[lang+" "+p] = unzipped(t, a.Body.Bytes())
		}
	}
	for _, q := range []string{
		"SELECT to_jsonb(x) - 'raw' || jsonb_build_object('slim', convert_from(x.slim, 'UTF8')) AS v FROM procurement_documents x WHERE slim IS NOT NULL", "SELECT to_jsonb(x) AS v FROM procurement_tenders x", "SELECT to_jsonb(x) AS v FROM procurement_contracts x",
		"SELECT to_jsonb(x) AS v FROM procurement_plans x", "SELECT to_jsonb(x) AS v FROM procurement_register x", "SELECT to_jsonb(x) AS v FROM procurement_finds x", "SELECT to_jsonb(x) AS v FROM procurement_suppliers x",
		"SELECT to_jsonb(x) AS v FROM procurement_results x", "SELECT to_jsonb(x) AS v FROM procurement_payments x",
	} {
		rows, err := d.DB.Pool().Query(ctx, "SELECT v::text FROM ("+q+") y")
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		outputs[q] = strings.Join(lines, "\n")
	}
	// What the pages are made of, also where no page shows it yet.
	for _, lang := range []string{"uk", "en"} {
		ctx := i18n.With(context.Background(), lang)
		for _, x := range all {
			tender, err := d.svc.Tender(ctx, x.number)
			if err != nil {
				t.Fatal(err)
			}
			contract, err := d.svc.Contract(ctx, x.contract)
			if err != nil {
				t.Fatal(err)
			}
			plan, err := d.svc.Plan(ctx, x.plan)
			if err != nil {
				t.Fatal(err)
			}
			outputs[lang+" views of "+x.number] = asJSON([]any{tender, contract, plan})
		}
	}
	// The letter about a followed search.
	d.want(d.post("ann", "/procurement/follow", "q", "kind=contract"), 303, "")
	var hits []any
	for i := range all {
		hits = append(hits, fmt.Sprintf("%032x", 0xcc0000+i))
	}
	letter, err := d.svc.Composers("https://e.example", procurement.Describe)[dom.DigestKind](ctx, notify.Letter{
		PersonID: d.people["ann"].ID, Locale: "uk", Data: map[string]any{"subscription": float64(d.Count(t, "SELECT max(id) FROM procurement_subscriptions")), "hits": hits, "total": float64(len(hits))},
	})
	if err != nil {
		t.Fatal(err)
	}
	outputs["letter"] = asJSON(letter)
	outputs["log"] = d.Logged.String()

	for name, out := range outputs {
		outputs[name] = plainText.Replace(strings.ToLower(out))
	}
	for i, x := range all {
		leaked := 0
		for _, name := range sortedKeys(outputs) {
			for _, secret := range x.secrets() {
				if at := strings.Index(outputs[name], secret); at >= 0 && leaked < 3 {
					leaked++
					t.Errorf("%d (%q, %q, %v): %.60s has %q: …%s…", i, x.name, x.legal, x.id, name, secret, strings.ToValidUTF8(outputs[name][max(0, at-60):min(len(outputs[name]), at+60)], ""))
				}
			}
		}
		for _, part := range append(strings.Split(x.surname, "-"), x.surname, x.say("{LS}"), x.say("{S} {G} {P}"), x.patronymic) {
			for _, field := range []string{"q", "supplier"} {
				q, bad := dom.ParseQuery(url.Values{field: {part}})
				if err := bad.OrNil(); err != nil {
					t.Fatal(err)
				}
				for _, q.Kind = range []string{dom.Contracts, dom.Tenders, dom.Plans} {
					if res, err := d.svc.Search(ctx, q); err != nil || res.Total != 0 {
						t.Errorf("%s=%q finds %d of %s, %v", field, part, res.Total, q.Kind, err)
					}
				}
			}
			if list, err := d.svc.SuggestSuppliers(ctx, part, 10); err != nil || len(list) != 0 {
				t.Errorf("%q is suggested: %v, %v", part, list, err)
			}
		}
	}
}

func sortedKeys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// unzipped gives the parts of a workbook, and anything else as it is.
func unzipped(t *testing.T, b []byte) string {
	t.Helper()
	if !bytes.HasPrefix(b, []byte("PK")) {
		return string(b)
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&out, r); err != nil { //nolint:gosec // our own
			t.Fatal(err)
		}
		_ = r.Close()
	}
	return out.String()
}

// TestAPlaceholderJoinsNobody: suppliers under 00000000 or under no code at all are
// as many as there are, each with a page of its own, and no page is of the placeholder.
func TestAPlaceholderJoinsNobody(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	ctx := context.Background()
	d.Owner(t, "INSERT INTO procurement_buyers (code, name, created_at) VALUES ('20345678', 'Управління доріг', '2020-01-01')")
	for i, p := range []map[string]any{
		{"name": "ТОВ «Зорька»", "identifier": map[string]any{"scheme": "UA-EDR", "id": "00000000"}},
		{"name": "ПП «Веселка»", "identifier": map[string]any{"scheme": "UA-EDR", "id": "00000000"}},
		{"name": "ТОВ «Без коду»"},
		{"name": "ФОП Вербобарчук Марко Юхимович", "identifier": map[string]any{"scheme": "UA-EDR", "id": "00000000"}},
		{"name": "ФОП Вербобарчук Дарина Захарівна", "identifier": map[string]any{"scheme": "UA-EDR", "id": "00000000"}},
		{"name": "ТОВ «Зорька»", "identifier": map[string]any{"scheme": "UA-EDR", "id": "37615022"}},
	} {
		d.put(asJSON(map[string]any{
			"id": fmt.Sprintf("%032x", 0xee0000+i), "contractID": fmt.Sprintf("UA-2026-05-0%d-000001-a-a1", i+1), "tender_id": fmt.Sprintf("%032x", 0xff0000+i), "awardID": "a", "status": "active", "description": "Роботи",
			"dateModified": "2026-05-05T12:00:00+03:00", "dateSigned": "2026-05-05T12:00:00+03:00", "value": map[string]any{"amount": 100, "currency": "UAH"}, "suppliers": []any{p},
			"buyer": map[string]any{"name": "Управління доріг", "identifier": map[string]any{"scheme": "UA-EDR", "id": "20345678"}},
		}))
	}
	rows, err := d.DB.Pool().Query(ctx, "SELECT key FROM procurement_suppliers ORDER BY key")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(keys) != 6 {
		t.Fatalf("%v, %v", keys, err)
	}
	kinds := map[string]int{}
	for _, k := range keys {
		kinds[k[:4]]++
		a := d.get("", "/procurement/suppliers/"+k)
		if a.Code != 200 || !strings.Contains(a.text(), "1 договір") || strings.Contains(a.Body.String(), "00000000<") {
			t.Errorf("%s: %d, %s", k, a.Code, a.text())
		}
		if without := strings.Contains(a.text(), "без справжнього коду ЄДРПОУ"); without != strings.HasPrefix(k, "org-") {
			t.Errorf("%s: it is said that there is no code: %v", k, without)
		}
		list := d.get("", "/procurement/search?supplier="+k)
		if n := list.doc.Find("tbody tr").Length(); n != 1 {
			t.Errorf("%s finds %d contracts", k, n)
		}
		if chip := list.doc.Find(".chip.x").Text(); strings.Contains(chip, "org-") || strings.Contains(chip, "fop-") {
			t.Errorf("the condition says %q", chip)
		}
	}
	if kinds["org-"] != 3 || kinds["fop-"] != 2 || !slices.Contains(keys, "UA-EDR-37615022") {
		t.Errorf("%v", keys)
	}
	// Nor are two buyers one.
	for i, name := range []string{"КНП «Зразок»", "КП «Взірець»"} {
		d.put(asJSON(map[string]any{
			"id": fmt.Sprintf("%032x", 0xab0000+i), "contractID": fmt.Sprintf("UA-2026-06-0%d-000001-a-a1", i+1), "tender_id": fmt.Sprintf("%032x", 0xac0000+i), "awardID": "a", "status": "active", "description": "Роботи",
			"dateModified": "2026-06-05T12:00:00+03:00", "dateSigned": "2026-06-05T12:00:00+03:00", "buyer": map[string]any{"name": name, "identifier": map[string]any{"scheme": "UA-EDR", "id": "00000000"}},
			"suppliers": []any{map[string]any{"name": "ТОВ «Зорька»", "identifier": map[string]any{"scheme": "UA-EDR", "id": "37615022"}}},
		}))
		a := d.get("", d.get("", fmt.Sprintf("/procurement/contracts/UA-2026-06-0%d-000001-a-a1", i+1)).doc.Find(`a[href^="/procurement/buyers/org-"]`).AttrOr("href", ""))
		if a.Code != 200 || !strings.Contains(a.text(), "1 договір") || !strings.Contains(a.text(), name) || !strings.Contains(a.text(), "без справжнього коду ЄДРПОУ") || strings.Contains(a.text(), "org-") {
			t.Errorf("%s: %d, %s", name, a.Code, a.text())
		}
	}
	if a := d.get("", "/procurement/buyers"); !strings.Contains(a.text(), "КНП «Зразок»") || !strings.Contains(a.text(), "КП «Взірець»") || strings.Contains(a.text(), "org-") {
		t.Errorf("the buyers: %s", a.text())
	}
	if a := d.get("", "/procurement/search.csv"); strings.Contains(strings.ReplaceAll(a.Body.String(), ",org-", ""), "00000000,") {
		t.Error("the placeholder is given out as a code")
	}
	for _, path := range []string{"/procurement/buyers/00000000", "/procurement/suppliers/UA-EDR-00000000", "/procurement/suppliers/-"} {
		if a := d.get("", path); a.Code != 404 {
			t.Errorf("%s: %d", path, a.Code)
		}
	}
}
