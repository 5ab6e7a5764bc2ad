package admin

import (
	"bytes"
	"net/http"

	"github.com/labstack/echo/v4"

	"ereception/internal/petitions"
	"ereception/internal/platform/i18n"
	"ereception/templates/admin"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

func (h *Handlers) petitionImportForm(c echo.Context) error {
	v := c.QueryParams()
	if typed, ok := httpx.Typed(c); ok {
		v = typed
	}
	f, _ := h.kept.get(v.Get("kept"), httpx.Actor(c).ID)
	return h.showPetitionImport(c, http.StatusOK, v.Get("source"), v.Get("skip") == "1", f, nil, nil)
}

func (h *Handlers) showPetitionImport(c echo.Context, status int, source string, skip bool, f keptFile, problems []httpx.Problem, rep *admin.ImportReport) error {
	ctx := httpx.Ctx(c)
	p := admin.PetitionImportPage{
		Head: petitionHead(c, guardT(ctx, "title"), guardT(ctx, "im.lead")), Tabs: petitionTabs(ctx, "import"),
		Source: ui.FieldProps{Name: "source", Label: guardT(ctx, "im.source"), Hint: guardT(ctx, "im.source_hint"), Value: source, MaxLength: 100},
		Skip:   skip, File: f.shown(), Errors: fieldErrors(problems), Report: rep,
		Format: []string{guardT(ctx, "im.format_must"), guardT(ctx, "im.format_may"), guardT(ctx, "im.format_states")}, Sample: guardT(ctx, "im.sample"),
	}
	p.Source.Error = ui.ErrorOf(p.Errors, "source")
	return httpx.Render(c, status, admin.PetitionImport(p))
}

// importPetitions looks at a file first (a dry run) and keeps it; the second press
// imports the very file that was looked at.
func (h *Handlers) importPetitions(c echo.Context) error {
	ctx, actor := httpx.Ctx(c), httpx.Actor(c)
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	source, skip, dry := v.Get("source"), v.Get("skip") == "1", v.Get("do") != "import"
	f, err := h.importSource(c, v, dry)
	again := func(err error) error {
		problems, _, ok := httpx.Problems(c, err)
		if !ok {
			return err
		}
		for i := range problems {
			if problems[i].Field == "" {
				problems[i].Field = "file"
			}
		}
		return h.showPetitionImport(c, http.StatusUnprocessableEntity, source, skip, f, problems, nil)
	}
	if err != nil {
		return again(err)
	}
	rep, err := h.petitions.Import(ctx, actor, bytes.NewReader(f.body), petitions.ImportOptions{Source: source, DryRun: dry, SkipBad: skip})
	if err != nil {
		return again(err)
	}
	out := report(c, rep)
	out.FileName = f.name
	status := http.StatusOK
	switch {
	case rep.Refused:
		status = http.StatusUnprocessableEntity
		out.Kind, out.Title, out.Text = "danger", i18n.T(ctx, "admin.import.refused"), i18n.T(ctx, "admin.import.refused_text")
	case dry && rep.Created+rep.Updated == 0:
		out.Title, out.Text = i18n.T(ctx, "admin.import.checked"), i18n.T(ctx, "admin.import.nothing")
	case dry:
		out.Title, out.Text = i18n.T(ctx, "admin.import.checked"), i18n.T(ctx, "admin.import.checked_text")
		out.Token, out.Submit = f.token, i18n.N(ctx, "admin.import.do", rep.Created+rep.Updated)
	default:
		h.kept.drop(f.token)
		f = keptFile{}
		out.Kind, out.Title = "ok", i18n.T(ctx, "admin.import.done")
	}
	return h.showPetitionImport(c, status, source, skip, f, nil, out)
}
