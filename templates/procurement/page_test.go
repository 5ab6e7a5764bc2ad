package procurement

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"ereception/internal/platform/i18n"
	"ereception/templates/layout"
	"ereception/templates/ui"
)

func frame(title string) layout.Page {
	return layout.Page{
		Title: title, Path: "/procurement", SignIn: "/sign-in", Accessibility: "/accessibility", Year: 2026,
		Crumbs: []layout.Crumb{{Label: "Закупівлі міста", Href: "/procurement"}, {Label: title}},
		Nav:    []layout.NavLink{{Label: "Закупівлі", Href: "/procurement", Current: true}},
	}
}

var columns = []Column{
	{Short: "3-1", Name: "Документи тендерної документації не позначені електронним підписом", Href: "/procurement/indicators/DASU-3-1"},
	{Short: "3-2", Name: "Документи визначення переможця не позначені електронним підписом", Href: "/procurement/indicators/DASU-3-2"},
	{Short: "3-3", Name: "Документи договору не позначені електронним підписом", Href: "/procurement/indicators/DASU-3-3"},
}

func list() Table {
	row := func(day, title, sub, buyer, amount string, marks ...Mark) Row {
		return Row{Day: day, Title: title, Href: "/procurement/contracts/UA-2024-12-10-010819-a-b1", Sub: sub, Buyer: buyer, BuyerHref: "/procurement/buyers/04053625", Amount: amount, Marks: marks}
	}
	t := Table{
		Caption: "Договори", Item: "Договір", Currency: "Сума, грн", Columns: columns, Pager: ui.NewPager(1, 7, func(int) string { return "/procurement/search?page=2" }),
		Rows: []Row{
			row("12.09.2026", "Капітальний ремонт даху корпусу № 2", "№ 128 · 45260000-7", "КНП «Лікарня-зразок»", "4 860 000", Clear, Clear, Sign),
			row("03.09.2026", "Ремонт внутрішніх електромереж", "№ 117 · 45310000-3", "Ліцей № 100", "1 240 500", Clear, Clear, Clear),
			row("28.08.2026", "Поточний ремонт тротуарів, лот 3", "№ 54/26 · 45233222-1", "КП «Зразок-шлях»", "9 715 320", Clear, Sign, Sign),
			row("19.08.2026", "Електропостачання закладів освіти водопостачально-каналізаційногосподарського комплексу територіальної громади у 2026 році", "UA-2024-12-10-010819-a-b1 · 45453000-7", "Комунальне підприємство «Житомирводоканал» Житомирської міської ради", "1 234 567 890,55", Uncounted, Uncounted, Uncounted),
		},
	}
	t.Rows[2].Tags = []Tag{{Label: "sas24-3-4", Href: "/procurement/indicators/sas24-3-4"}, {Label: "ari-1-1", Href: "/procurement/indicators/ari-1-1"}}
	t.Rows[3].Example, t.Rows[3].Demo, t.Rows[3].Supplier = true, true, "ТОВ «Приклад-Буд»"
	return t
}

func form() Filter {
	return Filter{
		Action: "/procurement/search", Kind: "contract", Text: "ремонт", CPV: "45000000-7 Будівельні роботи", Year: "2026", BuyersAt: "Усі замовники: 84",
		Buyers: []ui.Option{{Value: "04053625", Label: "Виконавчий комітет Житомирської міської ради"}},
		Years:  []ui.Option{{Value: "2026", Label: "2026"}}, Signs: []ui.Option{{Value: "DASU-3-3", Label: "DASU-3-3, підпис договору"}},
		Sorts: []ui.Option{{Value: "", Label: "найновіші"}}, CPVTree: "/procurement/cpv",
	}
}

func sample() Value {
	return Value{
		Mark: Sign, ID: "DASU-3-3", Name: "Документи договору не позначені електронним підписом", Href: "/procurement/indicators/DASU-3-3", Profile: "за договором",
		Meaning: "Серед файлів договору немає файла електронного підпису. Тому не видно, хто і коли затвердив ці файли. Причина може бути й технічною: підпис додали пізніше або зберегли в іншому розділі.",
		Facts: []Fact{
			{Text: "Процедура — відкриті торги", Codes: []string{"aboveThresholdUA"}},
			{Text: "Вид замовника", Codes: []string{"general"}},
			{Text: "У договорі є документи: 3 файли"},
			{Text: "Жоден із 3 файлів не має формату", Codes: []string{"application/pkcs7-signature"}, Hit: true},
		},
		Profiles: "З 2024 року Prozorro зберігає документи договору окремо від оголошення.", Unknown: "Він не перевіряє, чи підпис чинний.",
	}
}

func worth() *Table { t := list(); return &t }

func bars() []Bar {
	return []Bar{
		{Label: "Управління капітального будівництва Житомирської міської ради", Href: "/procurement/buyers/1", Count: "1 284", Sum: "1,42 млрд грн", Percent: 100},
		{Label: "КНП «Лікарня-зразок»", Href: "/procurement/buyers/2", Count: "214", Sum: "214,5 млн грн", Percent: 15},
		{Label: "Ліцей № 100", Count: "12", Sum: "1 240 500 грн", Percent: 0},
	}
}

func docs() Documents {
	return Documents{ID: "documents", Title: "Документи договору", Text: "Файли лежать у Prozorro й відкриваються звідти. Файл підпису позначено.", Rows: []Document{
		{Title: "Договір_128.pdf", Href: "https://public-docs.prozorro.gov.ua/1", Format: "application/pdf", Type: "підписаний договір", Added: "12.09.2026, 14:08"},
		{Title: "Додаткова_угода_про_внесення_змін_до_договору_№_128_від_12_вересня_2026_року_остаточна_редакція_з_підписами_сторін.docx", Href: "https://x", Format: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", Added: "12.09.2026, 14:08"},
		{Title: "sign.p7s", Href: "https://x", Format: "application/pkcs7-signature", Added: "12.09.2026, 14:09", Signature: true},
	}}
}

func pages() map[string]templ.Component {
	chart := Chart{ID: "by-buyer", Title: "Замовники", Head: "Замовник", Count: "Договорів", Sum: "Сума", Bars: bars(), Caption: "Замовники", More: &ui.Link{Href: "/procurement/buyers", Label: "Усі замовники"}}
	signs := Chart{ID: "by-sign", Title: "Ознаки за видами", Text: "Скільки договорів і закупівель мають ознаку кожного індикатора.", Head: "Індикатор", Count: "Ознак", Bars: bars(), Amber: true, Caption: "Ознаки"}
	facts := []ui.Fact{{Label: "Значення", Value: "1 — є ознака"}, {Label: "Профіль", Value: "за договором"}, {Label: "За методикою", Value: "не розраховується"}, {Label: "Станом на", Value: "22 листопада 2026, 06:10"}, {Label: "Сума", Value: "4 860 000 грн", Num: true}, {Label: "Замовник", Value: "КНП «Лікарня-зразок»", Href: "/procurement/buyers/1"}}
	clear, un := sample(), sample()
	clear.Mark, un.Mark, un.Reason, un.Profile = Clear, Uncounted, "У закупівлі немає документів договору", "за методикою"
	vals := Values{Signs: []Value{sample()}, Clear: []Value{clear}, Uncounted: []Value{un, un}, AsOf: "Станом на 22 листопада 2026, 06:10. Версія правил: 1."}
	bad := form()
	bad.CPV, bad.Problems = "ремонт", []ui.FieldError{{Field: "cpv", Text: "Введіть код CPV цифрами"}, {Field: "min", Text: "Введіть суму цифрами"}}
	bad.More, bad.Min = true, "багато"
	return map[string]templ.Component{
		"overview": Overview(OverviewPage{
			Page: frame("Закупівлі міста"), Title: "Закупівлі міста", Lead: "Хто з установ Житомира що купив, у кого й за скільки, і на що варто звернути увагу. Дані Prozorro, оновлено 22 листопада 2026, 06:10.",
			Example: "Закупівель міста тут ще немає. Щоб показати, як усе працює, нижче наведено справжні документи Prozorro інших замовників.",
			Tiles:   []ui.TileProps{{Value: "2 318", Label: "договорів у 2026 році", Href: "/"}, {Value: "1,42", Unit: "млрд грн", Label: "сума договорів", Href: "/"}, {Value: "14", Label: "є ознака: варто перевірити", Level: "soon", Href: "/"}, {Value: "212", Label: "ознаки немає", Href: "/"}, {Value: "2 092", Label: "не розраховується", Href: "/"}},
			Filter:  form(), Years: []ui.Tab{{Label: "Усі роки", Href: "/"}, {Label: "2026", Href: "/", Current: true}}, Worth: worth(), Charts: []Chart{chart, signs, chart, signs},
			Competition: &Competition{Percent: 61, Words: "61 % суми — конкурентні процедури", Text: "0,9 млрд грн із 1,42 млрд грн."}, Data: []ui.Link{{Href: "/", Label: "OCDS 1.1"}},
		}),
		"search": Search(SearchPage{
			Page: frame("Пошук закупівель"), Title: "Пошук закупівель", Lead: "Усе знайдене можна завантажити.", Tabs: []ui.Tab{{Label: "Договори", Href: "/", Current: true, Count: "37"}, {Label: "Закупівлі", Href: "/"}, {Label: "Плани", Href: "/"}},
			Filter: form(), Heading: "37 договорів за запитом «ремонт»", Sum: "Разом 48,2 млн грн", Chips: []ui.ChipProps{{Label: "2026", Href: "/", Remove: true}, {Label: "CPV 45", Href: "/", Remove: true}}, Clear: "/", Table: worth(),
			Exports: []Export{{Icon: "FileCsv", Label: "CSV", Href: "/procurement/search.csv", Type: "text/csv"}, {Icon: "FileJson", Label: "JSON", Href: "/", Type: "application/json"}, {Icon: "FileExcel", Label: "XLSX", Href: "/", Type: "x"}},
		}),
		"empty": Search(SearchPage{Page: frame("Пошук закупівель"), Title: "Пошук закупівель", Filter: form(), Heading: "0 договорів", Empty: ui.EmptyProps{Icon: "MagnifyingGlass", Title: "Нічого не знайдено", Text: "Приберіть одну з умов.", Action: &ui.Link{Href: "/", Label: "Прибрати всі умови"}}}),
		"error": Search(SearchPage{Page: frame("Пошук закупівель"), Title: "Пошук закупівель", Filter: bad}),
		"contract": Contract(ContractPage{
			Page: frame("Договір № 128"), Eyebrow: "Договір № 128 від 12 вересня 2026", Title: "Капітальний ремонт даху корпусу № 2", Status: "укладено", State: "success", Example: true, Demo: true, Prozorro: "https://prozorro.gov.ua/uk/contract/x",
			Values: vals, Facts: facts, Period: facts[:2], Documents: docs(), Changes: []ui.TimelineItem{{Title: "Додаткова угода № 1", Time: "12.10.2026", Text: "продовження строку дії договору", Kind: "done"}},
			Milestones: []Milestone{{Title: "аванс", Term: "5 банківських днів після підписання договору", Share: "30 %", Status: "виконано"}}, Payments: []Payment{{Day: "12.10.2026", Amount: "1 000 000 грн", Details: "Оплата"}},
			Paid: &Paid{Percent: 40, Words: "Сплачено 1 944 000 грн із 4 860 000 грн (40 %)", Text: "Суму оплати вказав замовник у Prozorro."}, Ended: "Договір виконано й завершено.", Frozen: &Frozen{Text: "Копія", Facts: facts[:2], Documents: docs()},
			Monitorings: []Monitoring{{Number: "UA-M-1", Href: "https://x", Status: "висновок оприлюднено", Facts: facts[:2], Outcome: "Держаудитслужба зробила висновок.", Kind: "amber"}},
			History:     []ui.TimelineItem{{Title: "Ознаки: DASU-3-3", Time: "22 листопада 2026", Kind: "now"}}, Appeal: ui.Link{Href: "/appeals/new?purchase=x", Label: "Подати звернення про цей договір"}, Links: []ui.Link{{Href: "/", Label: "OCDS"}},
		}),
		"tender": Tender(TenderPage{
			Page: frame("Закупівля"), Eyebrow: "Закупівля UA-2024-12-10-010819-a", Title: "Капітальний ремонт даху корпусу № 2", Status: "завершено", State: "success", Prozorro: "https://x", Description: "Опис", Values: vals, Facts: facts, Periods: facts,
			Items: []Item{{Title: "Послуги з ремонту даху", CPV: "45260000-7 Покрівельні роботи", CPVHref: "/", Quantity: "1 послуга"}}, ItemsMore: "Ще 3", Lots: []Lot{{Title: "Лот 1", Status: "завершено", Amount: "1 грн", Bids: "2 пропозиції", Values: []Value{clear}}},
			Bids: []Bid{{Name: "ФОП (ім’я приховано)", Status: "прийнято", Documents: "3", Amount: "1 грн", Lot: "Лот 1"}, {Name: "ТОВ «Приклад»", Href: "/", Status: "відхилено", Amount: "2 грн"}}, BidsText: "Імена приховано",
			Awards: []Award{{Name: "ТОВ «Приклад»", Href: "/", Status: "переможець", Day: "1", Amount: "1 грн", Documents: docs().Rows}}, Contracts: []ContractLine{{Title: "Договір № 1", Href: "/", Supplier: "ТОВ", Amount: "1 грн", Marks: []Mark{Sign, Clear, Uncounted}}},
			Columns: columns, Documents: docs(), Complaints: []Complaint{{Number: "UA-1", Title: "Скарга", Status: "подано", About: "на умови закупівлі"}}, Appeal: ui.Link{Href: "/appeals/new", Label: "Подати звернення про цю закупівлю"}, Links: []ui.Link{{Href: "/", Label: "OCDS"}},
		}),
		"plan":   Plan(PlanPage{Page: frame("План"), Eyebrow: "План", Title: "Ремонт", Status: "заплановано", State: "neutral", Facts: facts, Beside: facts, Breakdown: facts, Tender: &ui.Link{Href: "/", Label: "Відкрити"}}),
		"buyers": Buyers(BuyersPage{Page: frame("Замовники"), Title: "Замовники", Lead: "Установи", Caption: "Замовники", Rows: []BuyerRow{{Name: "Виконавчий комітет", Href: "/", Code: "код ЄДРПОУ 04053625", Role: "рада", Count: "12", Sum: "1,42 млрд грн", Signs: "3", SignsHref: "/", Note: "код ще не звірено з ЄДР"}}}),
		"party":  Party(PartyPage{Page: frame("Замовник"), Eyebrow: "Замовник · код ЄДРПОУ 04053625", Title: "Виконавчий комітет", Tiles: []ui.TileProps{{Value: "1", Label: "договорів"}}, Facts: facts, Charts: []Chart{chart}, Latest: worth(), All: ui.Link{Href: "/", Label: "Усі договори"}}),
		"indicators": Indicators(IndicatorsPage{Page: frame("Індикатори ризику"), Title: "Індикатори ризику", Lead: "Усі", Tabs: []ui.Tab{{Label: "Усі", Href: "/", Current: true, Count: "132"}}, Groups: []IndicatorGroup{{ID: "g", Title: "DASU, 2017–2018", Text: "Пілотна методологія.", Rows: []IndicatorRow{
			{ID: "DASU-3-3", Name: "Документи договору не позначені електронним підписом", Href: "/", Level: "рівень лота", Calculated: true, Hits: "14", HitsHref: "/"}, {ID: "RISK-1-3", Name: "Використання переговорної процедури закупівлі", Href: "/", Why: "потрібні дані, яких у Prozorro немає"},
		}}}, Data: []Export{{Icon: "FileCsv", Label: "CSV", Href: "/", Type: "text/csv"}}}),
		"indicator": Indicator(IndicatorPage{Page: frame("DASU-3-3"), ID: "DASU-3-3", Title: "Документи договору не позначені електронним підписом", Status: "рахуємо", Counted: true, Tiles: []ui.TileProps{{Value: "14", Label: "є ознака", Level: "soon"}}, Sections: []Section{{ID: "meaning", Title: "Що означає", Text: []string{"Текст"}}, {ID: "method", Title: "Як рахуємо", Steps: []string{"Крок"}}}, Facts: facts, Law: []string{"Наказ"}, LawNote: "Не звірено", Hits: worth(), HitsAt: "Де є ознака", All: &ui.Link{Href: "/", Label: "Усі"}}),
		"cpv":       CPV(CPVPage{Page: frame("Коди CPV"), Title: "Коди CPV", Lead: "Словник", Here: &Code{Code: "45000000-7", Name: "Будівельні роботи", Pick: "/"}, Rows: []Code{{Code: "45200000-9", Name: "Роботи, пов’язані з об’єктами завершеного чи незавершеного будівництва", Href: "/", Pick: "/", Count: "12 договорів", Deeper: true}}}),
	}
}

var scripts = regexp.MustCompile(`(?s)<script[^>]*>.+?</script>`)

func TestPagesKeepTheRulesOfTheHouse(t *testing.T) {
	t.Parallel()
	for name, page := range pages() {
		for _, loc := range []string{"uk", "en"} {
			var b bytes.Buffer
			if err := page.Render(i18n.With(context.Background(), loc), &b); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			html := b.String()
			if strings.Contains(html, "style=") || scripts.MatchString(html) {
				t.Errorf("%s (%s) has a style attribute or an inline script", name, loc)
			}
			if i := strings.Index(html, "procurement."); i >= 0 {
				t.Errorf("%s (%s) shows a key: %.80s", name, loc, html[i:])
			}
			if strings.Contains(html, `<h2 id=""`) || strings.Contains(html, `href=""`) {
				t.Errorf("%s (%s) has an empty id or href", name, loc)
			}
			if dir := os.Getenv("PAGES_DUMP"); dir != "" {
				if err := os.WriteFile(filepath.Join(dir, name+"-"+loc+".html"), b.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
