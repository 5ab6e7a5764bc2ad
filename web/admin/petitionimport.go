package admin

import (
	"io"

	"github.com/labstack/echo/v4"

	"ereception/internal/city"
	"ereception/internal/petitions"
	"ereception/internal/platform/errs"
	"ereception/templates/admin"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// petitionImport brings the petitions of another site.
func (h *Handlers) petitionImport() importPage {
	return importPage{
		show: showPetitionImport, field: "source",
		judge: func(string) *errs.Error { return nil }, // by the domain, with the file
		run: func(c echo.Context, source string, body io.Reader, dry, skip bool) (city.Report, error) {
			return h.petitions.Import(httpx.Ctx(c), httpx.Actor(c), body, petitions.ImportOptions{Source: source, DryRun: dry, SkipBad: skip})
		},
	}
}

func showPetitionImport(c echo.Context, status int, t importing, problems []httpx.Problem, rep *admin.ImportReport) error {
	ctx := httpx.Ctx(c)
	p := admin.PetitionImportPage{
		Head: petitionHead(c, guardT(ctx, "title"), guardT(ctx, "im.lead")), Tabs: petitionTabs(ctx, "import"),
		Source: ui.FieldProps{Name: "source", Label: guardT(ctx, "im.source"), Hint: guardT(ctx, "im.source_hint"), Value: t.what, MaxLength: 100},
		Skip:   t.skip, File: t.file.shown(), Errors: fieldErrors(problems), Report: rep,
		Format: []string{guardT(ctx, "im.format_must"), guardT(ctx, "im.format_may"), guardT(ctx, "im.format_states")}, Sample: guardT(ctx, "im.sample"),
	}
	p.Source.Error = ui.ErrorOf(p.Errors, "source")
	return httpx.Render(c, status, admin.PetitionImport(p))
}
