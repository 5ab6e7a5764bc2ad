package admin

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"ereception/internal/platform/i18n"
	"ereception/templates/admin"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// exchangeState shows how the exchange with the national platform fares: what
// fails stands first.
func (h *Handlers) exchangeState(c echo.Context) error {
	ctx := httpx.Ctx(c)
	st, err := h.petitions.Exchanges(ctx, httpx.Actor(c))
	if err != nil {
		return err
	}
	p := admin.ListPage{Head: petitionHead(c, guardT(ctx, "title"), guardT(ctx, "ex.lead")), Tabs: petitionTabs(ctx, "exchange")}
	last := guardT(ctx, "ex.never")
	if st.Last != nil {
		last = i18n.DateTime(ctx, *st.Last)
	}
	switch {
	case !st.On:
		p.Note = &ui.NoteProps{Title: guardT(ctx, "ex.off"), Text: guardT(ctx, "ex.off_text")}
	case st.Failing > 0:
		p.Note = &ui.NoteProps{Kind: "amber", Title: i18n.N(ctx, "petitionguard.admin.ex.failing", st.Failing), Text: guardT(ctx, "ex.failing_text")}
	}
	if st.On || st.Last != nil {
		p.Facts = []ui.Fact{
			{Label: guardT(ctx, "ex.last"), Value: last, Num: true},
			{Label: guardT(ctx, "ex.known"), Value: i18n.Num(ctx, st.Known), Num: true},
			{Label: guardT(ctx, "ex.waiting"), Value: i18n.Num(ctx, st.Waiting), Num: true},
		}
	}
	for _, k := range []string{"petition", "state", "when", "count"} {
		p.Columns = append(p.Columns, guardT(ctx, "ex.col."+k))
	}
	for _, x := range st.Rows {
		state := admin.Cell{Badge: ui.BadgeProps{Label: guardT(ctx, "ex.told"), Color: "success"}}
		switch {
		case x.Failure != "":
			state.Badge = ui.BadgeProps{Label: guardT(ctx, "ex.failed"), Color: "danger"}
			state.Note = guardT(ctx, "ex.fail."+string(x.Failure))
			if x.FailedAt != nil {
				state.Note += " · " + i18n.N(ctx, "petitionguard.admin.ex.tries", x.Failures, "when", i18n.DateTime(ctx, *x.FailedAt))
			}
		case !x.Known:
			state.Badge = ui.BadgeProps{Label: guardT(ctx, "ex.waits"), Color: "warning"}
		}
		when := admin.Cell{Text: guardT(ctx, "ex.never")}
		if x.SentAt != nil {
			when = admin.Cell{Text: i18n.DateTime(ctx, *x.SentAt), Num: true}
		}
		n := strconv.FormatInt(x.Number, 10)
		there := admin.Cell{Text: "—", Href: x.URL}
		if x.Count != nil {
			there = admin.Cell{Text: i18n.Num(ctx, *x.Count), Num: true, Href: x.URL}
		} else if x.URL != "" {
			there.Text = guardT(ctx, "ex.page")
		}
		if x.AnswerURL != "" {
			there.Note = guardT(ctx, "ex.answer")
		}
		p.Rows = append(p.Rows, []admin.Cell{
			{Text: i18n.T(ctx, "petitions.number", "n", n), Href: "/petitions/" + n, Note: x.Title}, state, when, there,
		})
	}
	p.Empty = ui.EmptyProps{Icon: "ArrowsCirclepath", Title: guardT(ctx, "ex.none"), Text: guardT(ctx, "ex.none_text")}
	return httpx.Render(c, http.StatusOK, admin.List(p))
}
