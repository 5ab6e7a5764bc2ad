package cabinet

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/platform/i18n"
	"ereception/templates/layout"
	"ereception/templates/ui"
	"ereception/web/httpx"

	dom "ereception/internal/appeals"
	page "ereception/templates/cabinet"
)

// bulkAct is the page of an act on several: the right that it takes and its icon. Its
// words are cabinet.bulk.<act>.….
type bulkAct struct {
	action authz.Action
	icon   string
}

var bulkActs = map[dom.BulkAct]bulkAct{
	dom.BulkAssign:  {authz.AppealAssign, "PersonPlus"},
	dom.BulkManager: {authz.AppealAssign, "ArrowForward"},
	dom.BulkTake:    {authz.AppealWork, "TasklistStart"},
}

func bulkURL(act dom.BulkAct) string { return "/cabinet/bulk/" + string(act) }

// bulkForm shows which of the chosen appeals the act would take and which not, and
// asks to whom they go. After a lost session it shows what was typed.
func (h *Handlers) bulkForm(act dom.BulkAct) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, ok := httpx.Typed(c)
		if !ok {
			v = c.QueryParams()
		}
		return h.bulkPage(c, act, readBulk(v), nil)
	}
}

func (h *Handlers) bulkPage(c echo.Context, act dom.BulkAct, f bulkForm, problems []httpx.Problem) error {
	ctx, who := httpx.Ctx(c), httpx.Actor(c)
	list, err := h.appeals.Weigh(ctx, who, act, f.Numbers)
	if err != nil {
		return err
	}
	v := bulkView{act: act, form: f, back: filterOf(who, f.From), list: list, problems: problems}
	switch act {
	case dom.BulkAssign:
		if v.choices, err = h.choices.get(ctx, h.clock.Now(), h.appeals); err != nil {
			return err
		}
		v.people, err = h.appeals.Executors(ctx)
	case dom.BulkManager:
		v.people, err = h.appeals.Managers(ctx)
	}
	if err != nil {
		return err
	}
	p := v.page(ctx)
	p.Frame = httpx.Office(c, p.Title, v.back.Set)
	p.Frame.Path = v.again(v.form.Numbers)
	status := http.StatusOK
	if len(problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return httpx.Render(c, status, page.Bulk(p))
}

// bulk does the act. When every appeal went it goes back to the queue; else the page
// says of each what became of it.
func (h *Handlers) bulk(act dom.BulkAct) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, who := httpx.Ctx(c), httpx.Actor(c)
		posted, err := httpx.ParseForm(c)
		if err != nil {
			return err
		}
		f := readBulk(posted)
		if len(f.Picks) == 0 {
			return h.bulkPage(c, act, f, nil)
		}
		out, err := h.appeals.Bulk(ctx, who, act, f.target(), f.Picks)
		if list, _, ok := httpx.Problems(c, err); ok && out == nil {
			return h.bulkPage(c, act, f, list)
		}
		if err != nil && out == nil {
			return err
		}
		v := bulkView{act: act, form: f, back: filterOf(who, f.From), list: nil}
		status := http.StatusOK
		if err != nil { // some are done: the page says which, and that the rest was not tried
			slog.ErrorContext(ctx, "bulk act broken off", "act", string(act), "err", err)
			status = http.StatusInternalServerError
		}
		if !slices.ContainsFunc(out, func(o dom.Outcome) bool { return !o.Done() }) {
			httpx.Flash(c, "cabinet.bulk."+string(act)+".done", "n", strconv.Itoa(len(out)))
			return httpx.See(c, v.back.href())
		}
		p := v.outcome(c, out)
		p.Frame = httpx.Office(c, p.Title, v.back.Set)
		p.Frame.Path = v.back.href()
		return httpx.Render(c, status, page.Outcome(p))
	}
}

// print shows the chosen appeals as sheets of paper, without contacts.
func (h *Handlers) print(c echo.Context) error {
	ctx, who := httpx.Ctx(c), httpx.Actor(c)
	f := readBulk(c.QueryParams())
	list, err := h.appeals.Picked(ctx, who, f.Numbers)
	if err != nil {
		return err
	}
	v := bulkView{form: f, back: filterOf(who, f.From), list: list}
	p := page.PrintPage{
		Frame: layout.OfficePage{}, Back: v.link(ctx), Title: i18n.T(ctx, "cabinet.bulk.print.title"), Lead: i18n.T(ctx, "cabinet.bulk.print.lead"),
		Sheets: nil, Empty: v.empty(ctx, "cabinet.bulk.none"),
	}
	for i := range list {
		p.Sheets = append(p.Sheets, sheet(ctx, &list[i]))
	}
	p.Frame = httpx.Office(c, p.Title, v.back.Set)
	return httpx.Render(c, http.StatusOK, page.Print(p))
}

func sheet(ctx context.Context, x *dom.Picked) page.Sheet {
	fact := func(key, value string) ui.Fact { return ui.Fact{Label: i18n.T(ctx, key), Value: value} }
	index := ""
	if x.RegIndex != nil {
		index = *x.RegIndex
	}
	return page.Sheet{
		Number: x.Number, Title: x.Title, Text: x.Body,
		Facts: []ui.Fact{
			fact("cabinet.export.index", index), fact("cabinet.filter.kind", kindWord(ctx, x.Kind)), fact("cabinet.export.state", ui.StatusWord(ctx, status(x.State, x.Extended))),
			fact("cabinet.export.received", i18n.DateTime(ctx, x.ReceivedAt)), fact("cabinet.export.due", dom.TermDate(ctx, x.Procedure, x.DueAt)),
			fact("cabinet.queue.who", x.AuthorName), fact("cabinet.export.place", x.Place), fact("cabinet.queue.unit", x.Unit), fact("cabinet.export.executor", x.Executor),
		},
	}
}

// bulkView maps an act on several to its pages.
type bulkView struct {
	act      dom.BulkAct
	form     bulkForm
	back     filterForm
	list     []dom.Picked
	problems []httpx.Problem
	choices  choices
	people   []dom.Choice
}

func (v bulkView) word(ctx context.Context, key string) string {
	return i18n.T(ctx, "cabinet.bulk."+string(v.act)+"."+key)
}

func (v bulkView) link(ctx context.Context) ui.Link {
	return ui.Link{Href: v.back.href(), Label: i18n.T(ctx, "frame.set."+v.back.Set)}
}

func (v bulkView) empty(ctx context.Context, key string) ui.EmptyProps {
	l := v.link(ctx)
	return ui.EmptyProps{Icon: "Tasklist", Title: i18n.T(ctx, key), Text: i18n.T(ctx, key+"_text"), Action: &l}
}

func (v bulkView) page(ctx context.Context) page.BulkPage {
	p := page.BulkPage{
		Frame: layout.OfficePage{}, Back: v.link(ctx), Title: v.word(ctx, "title"), Lead: v.word(ctx, "lead"), Action: bulkURL(v.act),
		From: v.back.query(), Errors: nil, Go: nil, Stay: nil, Picks: nil, Assign: nil, Manager: nil,
		Button: v.word(ctx, "button"), Icon: bulkActs[v.act].icon, Empty: v.empty(ctx, "cabinet.bulk.none"),
	}
	if len(v.list) > 0 {
		p.Empty = v.empty(ctx, "cabinet.bulk.nothing")
	}
	for _, x := range v.problems {
		p.Errors = append(p.Errors, ui.FieldError{Field: x.Field, Text: x.Message})
	}
	seen := map[string]bool{}
	for i := range v.list {
		x := &v.list[i]
		seen[x.Number] = true
		c := page.Chosen{
			Href: caseURL(x.Number, "", v.back), Number: x.Number, Title: x.Title, Status: status(x.State, x.Extended),
			Now: dots(x.Place, x.Unit, shortName(x.Executor)), Why: "",
		}
		if x.Why != "" {
			c.Why = i18n.T(ctx, "cabinet.bulk.why."+string(x.Why))
			p.Stay = append(p.Stay, c)
			continue
		}
		p.Go = append(p.Go, c)
		p.Picks = append(p.Picks, x.Number+":"+strconv.Itoa(v.version(x)))
	}
	for _, n := range v.form.Numbers {
		if !seen[n] {
			seen[n] = true
			p.Stay = append(p.Stay, page.Chosen{Number: n, Why: i18n.T(ctx, "cabinet.bulk.why."+string(dom.ReasonGone))})
		}
	}
	switch v.act {
	case dom.BulkAssign:
		p.Assign = &page.Assign{
			Unit: v.form.Unit, Executor: v.form.Executor, Hint: i18n.T(ctx, "cabinet.bulk.assign.hint"),
			Units: options(v.choices.units), Executors: people(ctx, v.people, withLoad),
		}
	case dom.BulkManager:
		p.Manager = &page.Manager{Manager: v.form.Manager, Managers: people(ctx, v.people, withPost)}
	}
	return p
}

// version of a chosen appeal that the form holds: that which the reader has seen
// already, else the present one.
func (v bulkView) version(x *dom.Picked) int {
	if i := slices.IndexFunc(v.form.Picks, func(p dom.Pick) bool { return p.Number == x.Number }); i >= 0 && v.form.Picks[i].Version > 0 {
		return v.form.Picks[i].Version
	}
	return x.Version
}

// again is the address of the act with these appeals.
func (v bulkView) again(numbers []string) string {
	return bulkURL(v.act) + "?" + url.Values{"from": {v.back.query()}, "id": numbers}.Encode()
}

func (v bulkView) outcome(c echo.Context, out []dom.Outcome) page.OutcomePage {
	ctx := httpx.Ctx(c)
	p := page.OutcomePage{Frame: layout.OfficePage{}, Back: v.link(ctx), Title: v.word(ctx, "title"), Lead: "", Done: nil, Left: nil, Again: ""}
	var again []string
	for _, o := range out {
		x := page.Chosen{Href: caseURL(o.Number, "", v.back), Number: o.Number, Title: o.Title, Status: "", Now: "", Why: ""}
		if o.Done() {
			p.Done = append(p.Done, x)
			continue
		}
		x.Why = i18n.T(ctx, "cabinet.bulk.why."+string(o.Why))
		switch o.Why {
		case dom.ReasonGone:
			x.Href = ""
		case dom.ReasonRefused:
			if list, _, ok := httpx.Problems(c, o.Err); ok {
				x.Why = list[0].Message
			}
			again = append(again, o.Number)
		case dom.ReasonChanged, dom.ReasonUntried:
			again = append(again, o.Number)
		}
		p.Left = append(p.Left, x)
	}
	p.Lead = i18n.T(ctx, "cabinet.bulk.outcome", "done", len(p.Done), "all", len(out))
	if len(again) > 0 {
		p.Again = v.again(again)
	}
	return p
}
