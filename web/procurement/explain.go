package procurement

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	dom "ereception/internal/procurement"
	page "ereception/templates/procurement"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

func tenderURL(number string) string { return "/procurement/tenders/" + url.PathEscape(number) }

func contractURL(number string) string { return "/procurement/contracts/" + url.PathEscape(number) }

func explainURL(number string) string { return tenderURL(number) + "/explain" }

// explanations is the block of a tender page, or of a contract page when the
// contract is named: what the buyer's unit said, and for its officials the way
// to say it. On a contract page stands what is about it and about the whole.
func (h *Handlers) explanations(c echo.Context, tenderID, tenderNumber, contractID, contractNumber string) (templ.Component, error) {
	ctx, a := httpx.Ctx(c), httpx.Actor(c)
	list, err := h.svc.Explanations(ctx, tenderID)
	if err != nil {
		return nil, err
	}
	may, err := h.svc.MayExplain(ctx, a, tenderID)
	if err != nil {
		return nil, err
	}
	may = may && tenderNumber != "" // a contract may come before its tender
	p := page.ExplanationsBlock{}
	for _, e := range list {
		if contractID != "" && e.ContractID != "" && e.ContractID != contractID {
			continue
		}
		s := said(ctx, e)
		if may {
			s.Edit = explainURL(tenderNumber) + "?id=" + id(e.ID)
		}
		p.Said = append(p.Said, s)
	}
	if may {
		p.Add = explainURL(tenderNumber)
		if contractNumber != "" {
			p.Add += "?contract=" + url.QueryEscape(contractNumber)
		}
	}
	if len(p.Said) == 0 && p.Add == "" {
		return nil, nil
	}
	return page.Explanations(p), nil
}

func id(n int64) string { return strconv.FormatInt(n, 10) }

func said(ctx context.Context, e dom.Explanation) page.Said {
	s := page.Said{
		ID: "explanation-" + id(e.ID), About: aboutWords(ctx, e.Indicator, e.ContractNumber), Body: e.Body, Author: e.AuthorName,
		At: i18n.DateTime(ctx, e.PublishedAt),
	}
	if e.AuthorPost != "" {
		s.Author += ", " + e.AuthorPost
	}
	return s
}

func aboutWords(ctx context.Context, indicator, contract string) string {
	var out []string
	if indicator != "" {
		out = append(out, i18n.T(ctx, "purchases.explain.sign", "id", indicator))
	}
	if contract != "" {
		out = append(out, i18n.T(ctx, "purchases.explain.of_contract", "number", contract))
	}
	return strings.Join(out, ", ")
}

// explainForm is what the form sends.
type explainForm struct {
	id                    int64
	version               int
	about, contract, body string
	withdraw              bool
}

func parseExplain(v url.Values) explainForm {
	f := explainForm{about: v.Get("about"), contract: v.Get("contract"), body: v.Get("body"), withdraw: v.Get("do") == "withdraw"}
	f.id, _ = strconv.ParseInt(v.Get("id"), 10, 64)
	f.version = httpx.Version(v.Get("version"))
	return f
}

func (h *Handlers) explainPage(c echo.Context) error {
	sub, err := h.svc.ToExplain(httpx.Ctx(c), httpx.Actor(c), c.Param("number"))
	if err != nil {
		return err
	}
	f := explainForm{about: c.QueryParam("sign"), contract: c.QueryParam("contract")}
	f.id, _ = strconv.ParseInt(c.QueryParam("id"), 10, 64)
	v, parked := httpx.Typed(c)
	switch {
	case parked:
		f = parseExplain(v)
	case f.id != 0:
		e, ok := find(sub.Published, f.id)
		if !ok {
			return errs.NotFound()
		}
		f.version, f.body = e.Version, e.Body
	}
	return h.showExplain(c, http.StatusOK, sub, f, nil, parked)
}

func find(list []dom.Explanation, id int64) (dom.Explanation, bool) {
	for _, e := range list {
		if e.ID == id {
			return e, true
		}
	}
	return dom.Explanation{}, false
}

func (h *Handlers) explain(c echo.Context) error {
	ctx, a := httpx.Ctx(c), httpx.Actor(c)
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	sub, err := h.svc.ToExplain(ctx, a, c.Param("number"))
	if err != nil {
		return err
	}
	f := parseExplain(v)
	done := "purchases.explain.done"
	if f.id != 0 {
		if _, ok := find(sub.Published, f.id); !ok {
			return errs.NotFound() // of another purchase, or withdrawn meanwhile
		}
	}
	switch {
	case f.withdraw && f.id != 0:
		done = "purchases.explain.withdrawn"
		err = h.svc.WithdrawExplanation(ctx, a, f.id, f.version)
	case f.id != 0:
		err = h.svc.EditExplanation(ctx, a, f.id, f.version, f.body)
	default:
		e := dom.Explanation{TenderID: sub.TenderID, Indicator: f.about, Body: f.body}
		e.ContractID = contractID(sub, f.contract)
		_, err = h.svc.Explain(ctx, a, e)
	}
	if err == nil {
		httpx.Flash(c, done)
		return httpx.See(c, tenderURL(sub.Number)+"#explanations")
	}
	if errs.Is(err, errs.KindConflict) {
		// Somebody was quicker: the form shows his text as it is now beside the typed one.
		now, terr := h.svc.ToExplain(ctx, a, sub.Number)
		if terr != nil {
			return terr
		}
		return h.showExplain(c, http.StatusConflict, now, f, nil, false)
	}
	list, _, ok := httpx.Problems(c, err)
	if !ok {
		return err
	}
	problems := make([]ui.FieldError, len(list))
	for i, p := range list {
		problems[i] = ui.FieldError{Field: p.Field, Text: p.Message}
	}
	return h.showExplain(c, http.StatusUnprocessableEntity, sub, f, problems, false)
}

// contractID finds the contract of the form by its number. An unknown number
// stays as it is: the domain says that it is of no use.
func contractID(sub dom.Subject, number string) string {
	for _, k := range sub.Contracts {
		if k.Number == number {
			return k.ID
		}
	}
	return number
}

func (h *Handlers) showExplain(c echo.Context, status int, sub dom.Subject, f explainForm, problems []ui.FieldError, parked bool) error {
	ctx := httpx.Ctx(c)
	title := i18n.T(ctx, "purchases.explain.h1")
	p := page.ExplainPage{
		Frame: httpx.Office(c, title, ""), Title: title, Purchase: sub.Title,
		Back: ui.Link{Href: tenderURL(sub.Number), Label: i18n.T(ctx, "purchases.explain.back", "number", sub.Number)},
		Facts: []ui.Fact{
			{Label: i18n.T(ctx, "purchases.appeal.number"), Value: sub.Number, Href: tenderURL(sub.Number)},
			{Label: i18n.T(ctx, "purchases.appeal.buyer"), Value: sub.BuyerName},
		},
		Action: explainURL(sub.Number), About: f.about, Contract: f.contract, Body: f.body, Min: dom.ExplanationMin, Max: dom.ExplanationMax,
		Problems: problems, Parked: parked, Submit: i18n.T(ctx, "purchases.explain.publish"), Cancel: tenderURL(sub.Number),
	}
	p.Abouts = append(p.Abouts, ui.Option{Value: "", Label: i18n.T(ctx, "purchases.explain.whole")})
	for _, s := range sub.Signs {
		p.Abouts = append(p.Abouts, ui.Option{Value: s, Label: i18n.T(ctx, "purchases.explain.sign", "id", s)})
	}
	p.Contracts = append(p.Contracts, ui.Option{Value: "", Label: i18n.T(ctx, "purchases.explain.no_contract")})
	for _, k := range sub.Contracts {
		p.Contracts = append(p.Contracts, ui.Option{Value: k.Number, Label: k.Number})
	}
	for _, e := range sub.Published {
		if e.ID != f.id {
			s := said(ctx, e)
			s.Edit = explainURL(sub.Number) + "?id=" + id(e.ID)
			p.Published = append(p.Published, s)
			continue
		}
		self := explainURL(sub.Number) + "?id=" + id(e.ID)
		p.ID, p.Version, p.Submit = id(e.ID), strconv.Itoa(f.version), i18n.T(ctx, "purchases.explain.save")
		if p.Fixed = aboutWords(ctx, e.Indicator, e.ContractNumber); p.Fixed == "" {
			p.Fixed = i18n.T(ctx, "purchases.explain.whole")
		}
		if status == http.StatusConflict {
			p.Version = strconv.Itoa(e.Version) // the next press is made in knowledge of both
			p.Stale = &page.StaleText{
				Text:   i18n.T(ctx, "purchases.stale.text", "who", e.AuthorName, "when", i18n.DateTime(ctx, e.PublishedAt)),
				Theirs: e.Body, Mine: f.body, Take: self,
			}
		}
	}
	if f.id != 0 && p.ID == "" {
		return errs.NotFound()
	}
	return httpx.Render(c, status, page.Explain(p))
}
