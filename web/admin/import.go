package admin

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"ereception/internal/city"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/templates/admin"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// maxImport bounds a file that is brought by a page; the command line takes more.
const maxImport = 16 << 20

func (h *Handlers) importForm(c echo.Context) error {
	v := c.QueryParams()
	if typed, ok := httpx.Typed(c); ok {
		v = typed
	}
	return h.showImport(c, http.StatusOK, v.Get("kind"), v.Get("skip") == "1", nil, nil)
}

func (h *Handlers) showImport(c echo.Context, status int, kind string, skip bool, problems []httpx.Problem, report *admin.ImportReport) error {
	ctx := httpx.Ctx(c)
	title := i18n.T(ctx, "admin.import.title")
	p := admin.ImportPage{
		Head: admin.Head{Frame: httpx.Office(c, title, "admin.import"), Title: title, Lead: i18n.T(ctx, "admin.import.lead")},
		Kind: kind, Skip: skip, Errors: fieldErrors(problems), Report: report,
	}
	for _, k := range city.ImportKinds {
		p.Kinds = append(p.Kinds, ui.Option{Value: string(k), Label: i18n.T(ctx, "admin.import.kinds."+string(k))})
		p.Forms = append(p.Forms, admin.Format{
			Title: i18n.T(ctx, "admin.import.kinds."+string(k)), Text: i18n.T(ctx, "admin.import.format."+string(k)), Sample: i18n.T(ctx, "admin.import.sample."+string(k)),
		})
	}
	return httpx.Render(c, status, admin.Import(p))
}

// importFile first looks at a file (a dry run) and keeps it; the second press
// imports the very file that was looked at.
func (h *Handlers) importFile(c echo.Context) error {
	ctx, actor := httpx.Ctx(c), httpx.Actor(c)
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	kind, skip, dry := v.Get("kind"), v.Get("skip") == "1", v.Get("do") != "import"
	again := func(status int, err error) error {
		problems, _, ok := httpx.Problems(c, err)
		if !ok {
			return err
		}
		for i := range problems {
			if problems[i].Field == "" {
				problems[i].Field = "file"
			}
		}
		return h.showImport(c, status, kind, skip, problems, nil)
	}
	if !slices.Contains(city.ImportKinds, city.ImportKind(kind)) {
		return again(http.StatusUnprocessableEntity, errs.Fields().With("kind", "city.err.required"))
	}
	f, err := h.importSource(c, v.Get("token"), dry)
	if err != nil {
		return again(http.StatusUnprocessableEntity, err)
	}
	rep, err := h.city.Import(ctx, actor, city.ImportKind(kind), bytes.NewReader(f.body), city.ImportOptions{DryRun: dry, SkipBad: skip})
	if err != nil {
		return again(http.StatusUnprocessableEntity, err)
	}
	out := report(c, rep)
	out.FileName = f.name
	status := http.StatusOK
	switch {
	case rep.Refused:
		status = http.StatusUnprocessableEntity
		out.Kind, out.Title, out.Text = "danger", i18n.T(ctx, "admin.import.refused"), i18n.T(ctx, "admin.import.refused_text")
	case dry:
		out.Kind, out.Title, out.Text = "", i18n.T(ctx, "admin.import.checked"), i18n.T(ctx, "admin.import.checked_text")
		if rep.Created+rep.Updated > 0 {
			out.Token = rand.Text()
			out.Submit = i18n.N(ctx, "admin.import.do", rep.Created+rep.Updated)
			f.owner = actor.ID
			h.kept.put(out.Token, f)
		} else {
			out.Text = i18n.T(ctx, "admin.import.nothing")
		}
	default:
		h.kept.drop(v.Get("token"))
		out.Kind, out.Title = "ok", i18n.T(ctx, "admin.import.done")
	}
	return h.showImport(c, status, kind, skip, nil, out)
}

// importSource gives the file of the form, or the one that was kept after the
// dry run. Errors are mistakes of the field "file".
func (h *Handlers) importSource(c echo.Context, token string, dry bool) (keptFile, error) {
	if !dry {
		f, ok := h.kept.get(token, httpx.Actor(c).ID)
		if !ok {
			return f, errs.Fields().With("file", "admin.import.gone")
		}
		return f, nil
	}
	head, err := c.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || err == nil && head.Size == 0 {
		return keptFile{}, errs.Fields().With("file", "admin.import.no_file")
	}
	if err != nil {
		return keptFile{}, errs.Fields().With("file", "admin.import.no_file").Because(err)
	}
	if head.Size > maxImport {
		return keptFile{}, errs.Fields().With("file", "city.import.too_large", "n", maxImport>>20)
	}
	f, err := head.Open()
	if err != nil {
		return keptFile{}, err
	}
	defer func() { _ = f.Close() }()
	body, err := io.ReadAll(io.LimitReader(f, maxImport))
	return keptFile{name: head.Filename, body: body}, err
}

const listed = 100 // mistakes that the page shows

func report(c echo.Context, rep city.Report) *admin.ImportReport {
	ctx := httpx.Ctx(c)
	out := &admin.ImportReport{}
	for _, f := range []struct {
		key string
		n   int
	}{{"rows", rep.Rows}, {"created", rep.Created}, {"updated", rep.Updated}, {"unchanged", rep.Unchanged}, {"ignored", rep.Ignored}, {"bad", rep.BadRows}} {
		if f.n > 0 || f.key == "rows" {
			out.Facts = append(out.Facts, ui.Fact{Label: i18n.T(ctx, "admin.import.n."+f.key), Value: i18n.Num(ctx, f.n), Num: true})
		}
	}
	if len(rep.Unread) > 0 {
		out.Facts = append(out.Facts, ui.Fact{Label: i18n.T(ctx, "admin.import.unread"), Value: strings.Join(rep.Unread, ", ")})
	}
	for i, b := range rep.Bad {
		if i == listed {
			break
		}
		row := "—"
		if b.Row > 0 {
			row = i18n.Num(ctx, b.Row)
		}
		out.Bad = append(out.Bad, admin.RowError{Row: row, Column: orDash(b.Column), Text: i18n.T(ctx, b.Key, b.Args...)})
	}
	if n := len(rep.Bad) - len(out.Bad); n > 0 {
		out.More = i18n.N(ctx, "admin.import.more", n)
	}
	return out
}
