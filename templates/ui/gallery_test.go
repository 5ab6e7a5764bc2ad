package ui_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/a-h/templ"

	"ereception/internal/platform/i18n"
	"ereception/templates/layout"
	"ereception/templates/ui"
)

// with renders c around its children.
func with(c templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return c.Render(templ.WithChildren(ctx, templ.Join(children...)), w)
	})
}

func raw(s string) templ.Component { return templ.Raw(s) }

func form(p ui.FormProps, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, `<form class="ds-card pad-l stack gap-xl" method="post" action="/x"`); err != nil {
			return err
		}
		if err := templ.RenderAttributes(ctx, w, ui.FormAttrs(ctx, p)); err != nil {
			return err
		}
		if _, err := io.WriteString(w, ">"); err != nil {
			return err
		}
		if err := templ.Join(children...).Render(ctx, w); err != nil {
			return err
		}
		_, err := io.WriteString(w, "</form>")
		return err
	})
}

var user = &layout.UserBadge{
	Name: "О. Коваленко", Initials: "ОК", Role: "Відділ звернень", Href: "/me", Label: "Моя сторінка",
	SignOut: "/sign-out", Inbox: "/inbox", Unread: 3,
}

var nav = []layout.NavLink{
	{Label: "Подати звернення", Href: "/appeals/new", Current: true},
	{Label: "Мапа", Href: "/map"},
	{Label: "Петиції", Href: "/petitions"},
	{Label: "Депутати", Href: "/deputies"},
	{Label: "Закупівлі", Href: "/procurement"},
}

// publicGallery is a page with every widget of the pages for residents.
func publicGallery() templ.Component {
	errs := []ui.FieldError{
		{Field: "text", Text: "Опишіть проблему докладніше: щонайменше 30 символів"},
		{Field: "files", Text: "Файл «відео-двір.mov» завеликий: оберіть до 10 МБ"},
		{Text: "Форму вже надіслано з іншої вкладки"},
	}
	head := []templ.Component{
		raw(`<div class="page-head stack gap-l"><h1>Розкажіть, що сталося</h1>`),
		ui.Steps(ui.StepsProps{Label: "Кроки подання", Steps: []string{"Хто звертається", "Опис і місце", "Як відповісти", "Перевірка"}, Current: 2}),
		raw(`</div>`),
	}
	main := []templ.Component{
		ui.ErrorSummary(errs),
		form(
			ui.FormProps{Draft: "appeal", AutosaveURL: "/draft", Guard: true},
			ui.RadioCards(ui.RadioCardsProps{Name: "kind", Legend: "Що ви подаєте", Hint: "Від цього залежить, як ми розглянемо звернення.", Value: "z", Columns: 3, Options: []ui.Option{
				{Value: "z", Label: "Заява", Note: "Потрібна дія: відремонтувати, прибрати, надати"},
				{Value: "s", Label: "Скарга", Note: "Порушено ваші права або не виконано рішення"},
				{Value: "p", Label: "Пропозиція", Note: "Порада, як зробити місто кращим", Disabled: true},
			}}),
			ui.Select(ui.SelectProps{Name: "topic", Label: "Тема", Hint: "За темою звернення одразу потрапить до потрібного управління.", Value: "2", Blank: "Оберіть тему", Note: "Розгляне Управління комунального господарства.", Options: []ui.Option{
				{Value: "1", Label: "Дороги і тротуари", Group: "Дороги"}, {Value: "2", Label: "Знаки", Group: "Дороги"}, {Value: "3", Label: "Вода", Group: "Мережі"},
			}}),
			ui.Field(ui.FieldProps{Name: "addr", Label: "Адреса або орієнтир", Hint: "Почніть вводити вулицю. Місце можна уточнити на мапі.", Value: "вул. Київська, 61", Suggest: "/suggest?q=", SuggestTo: "street", After: ui.Button(ui.ButtonProps{Label: "Знайти", Variant: "secondary", Name: "find", NoValidate: true})}),
			raw(`<input type="hidden" id="street" name="street">`),
			ui.TextArea(ui.TextAreaProps{Name: "text", Label: "Опис проблеми", Hint: "Що саме не так, де і відколи.", Value: "Велика яма на дорозі", Min: 30, Max: 3000, Error: ui.ErrorOf(errs, "text")}),
			ui.FileDrop(ui.FileDropProps{Name: "files", Label: "Фото або документи", Optional: true, Hint: "До 5 файлів JPG, PNG або PDF, кожен до 10 МБ.", Accept: "image/*,application/pdf", MaxFiles: 5, MaxMB: 10, Error: ui.ErrorOf(errs, "files"), Files: []ui.FileItem{
				{Name: "яма-київська.jpg", Meta: "2,4 МБ", Href: "/f/1", Remove: "1"},
				{Name: "відео-двір.mov", Error: "84 МБ — оберіть файл до 10 МБ", Remove: "2"},
			}}),
			ui.Checkbox(ui.CheckboxProps{Name: "agree", Label: "Погоджуюся на оброблення персональних даних.", Link: &ui.Link{Href: "/privacy", Label: "Що ми зберігаємо"}, Note: "Згоду можна відкликати на своїй сторінці."}),
			ui.Checkboxes(ui.CheckboxesProps{Name: "channels", Legend: "Як вас сповіщати", Values: []string{"mail"}, Columns: 2, Options: []ui.Option{{Value: "mail", Label: "Електронною поштою"}, {Value: "push", Label: "Сповіщенням", Note: "На цьому пристрої"}}}),
			with(ui.FormActions(),
				ui.Button(ui.ButtonProps{Label: "Продовжити", Size: "lg"}),
				ui.Button(ui.ButtonProps{Label: "Зберегти чернетку", Variant: "secondary", Size: "lg", Name: "draft", Value: "1", NoValidate: true}),
				ui.BackLink("Повернутися до кроку 1", "/back"),
			),
		),
		with(ui.Card(ui.CardProps{Title: "Відповідь міста", ID: "answer", Class: "pad-l answer gap-l", Action: ui.Due(ui.DueProps{Level: ui.LevelDone, Text: "на 19 днів раніше строку"})}),
			ui.Paragraphs("Шановна пані Ольго!\n\nУправління розглянуло Ваше звернення.\nПокриття відновлено."),
			ui.SignatureBox(ui.SignatureProps{Title: "Підписано кваліфікованим електронним підписом", Signer: "Зразковий Андрій Петрович, начальник управління", Time: "3 грудня 2026, 15:20", Verdict: "підпис чинний, перевірено", Demo: true, Links: []ui.Link{{Href: "/pdf", Label: "Відповідь, PDF, 240 КБ"}, {Href: "/p7s", Label: "Файл підпису .p7s"}}}),
		),
		with(ui.Card(ui.CardProps{Title: "Листування", ID: "mail", Class: "pad-l gap-l"}),
			raw(`<div>`),
			ui.Message(ui.MessageProps{Initials: "ОЗ", Author: "Ви", Time: "22 листопада 2026, 10:42", Text: "Біля зупинки яма.", Files: []ui.FileItem{{Name: "яма.jpg", Meta: "2,4 МБ", Href: "/f"}}}),
			ui.Message(ui.MessageProps{Initials: "УК", City: true, Author: "Управління комунального господарства", Time: "25 листопада 2026, 09:15", Text: "Оглянули місце.", Badge: "лише для працівників"}),
			raw(`</div>`),
		),
		with(ui.Card(ui.CardProps{Title: "Історія змін", ID: "hist", Class: "pad-l"}),
			with(ui.Table(ui.TableProps{Caption: "Історія змін", Class: "edge cards"}), raw(`<thead><tr>`), ui.Th(ui.ThProps{Label: "Коли"}), ui.Th(ui.ThProps{Label: "Що змінилося"}), ui.Th(ui.ThProps{Label: "Хто"}), raw(`</tr></thead><tbody><tr><td class="nowrap">3 грудня 2026, 15:21</td><td>Стан</td><td>Система</td></tr></tbody>`)),
			ui.Pager(ui.NewPager(3, 21, func(n int) string { return "?page=" + string(rune('0'+n%10)) })),
		),
		with(ui.Card(ui.CardProps{Title: "Немає звернень", ID: "none"}),
			ui.EmptyState(ui.EmptyProps{Title: "Ви ще не подавали звернень", Text: "Тут з’являться ваші звернення та відповіді на них.", Action: &ui.Link{Href: "/new", Label: "Подати звернення"}})),
	}
	var statuses []templ.Component
	for _, c := range []string{"draft", "sent", "received", "registered", "resolution_pending", "in_progress", "clarifying", "extended", "forwarded", "answer_signing", "answered", "resolved", "closed", "reopened", "refused", "not_considered", "returned_for_data", "duplicate_linked", "measures_pending", "archived"} {
		statuses = append(statuses, ui.Status(c), raw(" "))
	}
	aside := []templ.Component{
		with(ui.Card(ui.CardProps{Title: "Хід розгляду", ID: "tl"}), ui.Timeline([]ui.TimelineItem{
			{Title: "Надіслано", Time: "22 лист.", Text: "Ми отримали звернення о 10:42", Kind: "done"},
			{Title: "У роботі", Time: "24 лист.", Text: "Виконавець О. Мельник", Kind: "now"},
			{Title: "Відповідь", Time: "до 22 груд."},
		})),
		with(ui.Card(ui.CardProps{Title: "Строк за законом", ID: "term"}),
			raw(`<p>Відповідь <b class="strong">до 22 грудня 2026</b>, бо закон дає один місяць.</p>`),
			ui.TermLine(ui.TermProps{Total: 30, Elapsed: 11, Answered: true, Start: "22 лист.", Mark: "3 груд.", End: "22 груд.", Label: "Відповідь надано на 11-й день із 30"}),
			ui.TermLine(ui.TermProps{Total: 30, Elapsed: 12, Internal: 23, Start: "10 лист.", Mark: "3 груд.", End: "10 груд.", Label: "Минуло 12 із 30 днів"}),
			with(ui.Details(ui.DetailsProps{Summary: "Що каже закон", Text: "Стаття 20 Закону «Про звернення громадян»: до одного місяця."})),
		),
		with(ui.Card(ui.CardProps{Title: "Хто розглядає", ID: "who"}), ui.Facts([]ui.Fact{{Label: "Підрозділ", Value: "Управління комунального господарства"}, {Label: "Телефон", Value: "(0412) 00-00-00", Href: "tel:0412000000", Num: true}, {Label: "Порожнє"}, {Label: "Стан", Rich: ui.Status("in_progress")}})),
		with(ui.Note(ui.NoteProps{Icon: "PadlockLocked", Text: "Ваше ім’я і контакти бачать лише працівники, які розглядають звернення."})),
		with(ui.Note(ui.NoteProps{Kind: "amber", Title: "Строк спливає", Text: "Залишилося 2 дні."})),
		with(ui.Note(ui.NoteProps{Kind: "danger", Text: "Підпис не перевірено."})),
		with(ui.Note(ui.NoteProps{Kind: "ok", Text: "Усе гаразд."})),
		with(ui.Card(ui.CardProps{Title: "Стани", ID: "st"}), raw(`<div class="row">`), templ.Join(statuses...), raw(`</div>`),
			raw(`<p class="row">`), ui.Due(ui.DueProps{Days: 18}), ui.Due(ui.DueProps{Days: 2}), ui.Due(ui.DueProps{Days: 0}), ui.Due(ui.DueProps{Days: -8}), ui.Due(ui.DueProps{Days: -1, Short: true}), raw(`</p><p class="row">`), ui.DemoTag(), ui.Badge(ui.BadgeProps{Label: "повторне", Color: "warning", Icon: "ArrowCirclepath"}), raw(`</p><p class="row">`), ui.Pin("new"), ui.Pin("work"), ui.Pin("done"), ui.Pin("late"), raw(`</p>`)),
		with(ui.Card(ui.CardProps{Title: "Петиція", ID: "pet"}), ui.Ring(ui.RingProps{Percent: 82, Big: "412", Small: "з 500", Label: "Зібрано 412 з 500 підписів"}), ui.Progress(ui.ProgressProps{Percent: 82, Label: "Зібрано 412 з 500 підписів"}), ui.Progress(ui.ProgressProps{Percent: 130, Done: true, Label: "Зібрано 650 з 500 підписів"}), ui.ArrowLink("Усі 14 петицій", "/petitions"), ui.IconLink("PrinterSmall", "Надрукувати картку", "/print")),
	}
	body := append(append(append(head, raw(`<div class="two"><div class="stack gap-l">`)), main...), raw(`</div><aside class="stack gap-l" aria-label="Підказки">`))
	body = append(append(body, aside...), raw(`</aside></div>`))
	return with(layout.Public(layout.Page{
		Title: "Подати звернення", Description: "Опис", Path: "/appeals/new?step=2", Nav: nav, User: user, Accessibility: "/accessibility",
		Crumbs: []layout.Crumb{{Label: "Подати звернення"}}, Year: 2026, Demo: true,
		Flash: []ui.FlashProps{{Kind: "ok", Text: "Чернетку збережено.", Link: &ui.Link{Href: "/drafts", Label: "Усі чернетки"}}, {Kind: "warn", Text: "Підтвердьте електронну пошту."}},
		Footer: []layout.FooterColumn{
			{Title: "Допомога", Links: []ui.Link{{Href: "/help", Label: "Як подати звернення"}, {Href: "/terms", Label: "Строки розгляду"}}},
			{Title: "Про портал", Links: []ui.Link{{Href: "/accessibility", Label: "Заява про доступність"}}},
		},
	}), body...)
}

// officeGallery is a page with every widget of the cabinets.
func officeGallery() templ.Component {
	rows := []templ.Component{raw(`<thead><tr><th scope="col">`), ui.SelectAll(), raw(`</th>`), ui.Th(ui.ThProps{Label: "Номер", Class: "c-no", Href: "?s=no"}), ui.Th(ui.ThProps{Label: "Строк", Class: "c-age", Href: "?s=due", Sort: "ascending"}), ui.Th(ui.ThProps{Label: "Тема й місце"}), ui.Th(ui.ThProps{Label: "Стан", Class: "c-st"}), raw(`</tr></thead><tbody>`)}
	for i, d := range []int{-8, -1, 2, 5, 18, 30} {
		n := "2026-0440" + string(rune('0'+i))
		rows = append(rows, raw(`<tr><td>`), ui.SelectRow(n, n), raw(`</td><td><a class="no" href="/c/`+n+`">`+n+`</a><div class="sub nowrap">Портал</div></td><td>`),
			ui.AgeBar(ui.AgeProps{Days: d, Date: "14 лист.", Percent: 100 - d*3}), raw(`</td><td><div class="topic">Затоплений пішохідний перехід</div><div class="sub">майдан Польовий</div></td><td>`), ui.Status("in_progress"), raw(`</td></tr>`))
	}
	rows = append(rows, raw(`</tbody>`))
	return with(layout.Office(layout.OfficePage{
		Page:   layout.Page{Title: "Вхідні звернення", Path: "/cabinet", User: user, NoIndex: true, Flash: []ui.FlashProps{{Kind: "danger", Text: "Цю картку щойно змінив інший працівник."}}},
		Search: "/cabinet/search", Home: "/cabinet",
		Groups: []layout.NavGroup{
			{Title: "Мої звернення", Items: []layout.NavItem{{Label: "Вхідні", Href: "/cabinet", Icon: "Inbox", Count: "38", Level: "cnt", Current: true}, {Label: "Прострочені", Href: "/late", Icon: "ExclamationmarkTriangle", Count: "2", Level: "red"}, {Label: "Завершені", Href: "/done", Icon: "CheckmarkCircle", Count: "1 284"}}},
			{Title: "Довідники", Items: []layout.NavItem{{Label: "Звіти", Href: "/reports", Icon: "BarChart"}}},
		},
	}),
		raw(`<div class="row row-between row-end page-bar"><div><h1>Вхідні звернення</h1><p class="muted">Неділя, 22 листопада 2026.</p></div><div class="row">`),
		ui.Button(ui.ButtonProps{Label: "Вивантажити", Href: "/csv", Size: "sm", Variant: "secondary", Icon: "FileCsv"}), ui.Button(ui.ButtonProps{Label: "Зареєструвати", Href: "/new", Size: "sm", Icon: "Plus"}), raw(`</div></div>`),
		ui.Tabs("Збережені добірки", []ui.Tab{{Label: "Усі відкриті", Href: "?1", Count: "38", Current: true}, {Label: "Без виконавця", Href: "?2", Count: "9", Level: "amb"}, {Label: "Прострочені", Href: "?3", Count: "2", Level: "red"}, {Label: "Цей тиждень", Href: "?4"}}),
		raw(`<div class="ds-card flush qcard"><div class="q-tools">`),
		ui.Chips("Фільтри", []ui.ChipProps{{Label: "Усі", Href: "?", Count: "38", Current: true}, {Label: "Нові", Href: "?n", Count: "4"}, {Label: "Строк: до 30 днів", Href: "?", Remove: true}}),
		raw(`</div><form method="post" action="/bulk">`),
		with(ui.Bulk(), ui.Button(ui.ButtonProps{Label: "Призначити", Icon: "PersonPlus", Size: "sm", Variant: "secondary", Name: "do", Value: "assign", Attrs: templ.Attributes{"data-key": "a"}})),
		with(ui.Table(ui.TableProps{Caption: "Відкриті звернення за строком відповіді", Class: "q cards", Attrs: templ.Attributes{"data-queue": true}}), rows...),
		raw(`</form><div class="q-tools q-foot">`), ui.Pager(ui.PagerProps{Next: "?after=7"}), raw(`</div></div>`),
		ui.QueueShortcuts(true),
		ui.Shortcuts([]ui.Shortcut{{Keys: []string{"Ctrl", "Enter"}, Text: "передати"}}),
		raw(`<div class="stack gap-l">`),
		ui.Tiles([]ui.TileProps{{Value: "12", Label: "відповідей на підпис", Note: "3 — сьогодні", Href: "/sign", Level: "soon"}, {Value: "21", Label: "прострочене звернення", Href: "/late", Level: "late"}, {Value: "96", Unit: "%", Label: "відповідей вчасно"}}),
		ui.Steps(ui.StepsProps{Label: "Етапи", Steps: []string{"Реєстрація", "Призначення", "Відповідь"}, Current: 2, Mini: true}),
		with(ui.Card(ui.CardProps{Title: "Прострочені за підрозділами", ID: "bars"}), ui.Bars("Прострочені за підрозділами: ЖКГ 9, транспорт 3", true, []ui.Bar{{Label: "Управління ЖКГ", Value: "9", Percent: 90}, {Label: "Транспорт", Value: "3", Percent: 30}})),
		with(ui.Card(ui.CardProps{Title: "Історія змін", ID: "diff"}), ui.Diff([]ui.Change{{Field: "Виконавець", Old: "Управління ЖКГ", New: "Управління транспорту", When: "21 листопада 2026, 14:05", Who: "О. Мельник"}, {Field: "Позначка", New: "повторне", When: "20 листопада 2026, 10:31"}})),
		ui.PostButton("/close", ui.ButtonProps{Label: "Зняти з контролю", Color: "success", Icon: "Checkmark"}),
		ui.LinkButton("Далі", "/next"),
		raw(`</div>`),
	)
}

func render(t testing.TB, locale string, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(i18n.With(context.Background(), locale), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestGalleryFiles writes the galleries to the folder UI_GALLERY for a look at
// them in a browser (beside a copy of static/dist under static/).
func TestGalleryFiles(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("UI_GALLERY")
	if dir == "" {
		t.Skip("UI_GALLERY is not set")
	}
	for name, c := range galleries() {
		for _, loc := range i18n.Locales {
			if err := os.WriteFile(filepath.Join(dir, name+"-"+loc+".html"), []byte(render(t, loc, c)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func galleries() map[string]templ.Component {
	return map[string]templ.Component{"public": publicGallery(), "office": officeGallery()}
}
