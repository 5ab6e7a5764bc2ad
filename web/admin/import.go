package admin

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/url"
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
	f, _ := h.kept.get(v.Get("kept"), httpx.Actor(c).ID)
	return h.showImport(c, http.StatusOK, v.Get("kind"), v.Get("skip") == "1", f, nil, nil)
}

func (h *Handlers) showImport(c echo.Context, status int, kind string, skip bool, f keptFile, problems []httpx.Problem, report *admin.ImportReport) error {
	ctx := httpx.Ctx(c)
	title := i18n.T(ctx, "admin.import.title")
	p := admin.ImportPage{
		Head: admin.Head{Frame: httpx.Office(c, title, "admin.import"), Title: title, Lead: i18n.T(ctx, "admin.import.lead")},
		Kind: kind, Skip: skip, File: f.shown(), Errors: fieldErrors(problems), Report: report,
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
		return h.showImport(c, http.StatusUnprocessableEntity, kind, skip, f, problems, nil)
	}
	if e, ok := errs.As(err); !slices.Contains(city.ImportKinds, city.ImportKind(kind)) && (err == nil || ok) {
		both := errs.Fields().With("kind", "city.err.required")
		if e != nil {
			both.Fields = append(both.Fields, e.Fields...)
		}
		return again(both)
	}
	if err != nil {
		return again(err)
	}
	rep, err := h.city.Import(ctx, actor, city.ImportKind(kind), bytes.NewReader(f.body), city.ImportOptions{DryRun: dry, SkipBad: skip})
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
	case dry:
		out.Kind, out.Title, out.Text = "", i18n.T(ctx, "admin.import.checked"), i18n.T(ctx, "admin.import.checked_text")
		if rep.Created+rep.Updated > 0 {
			out.Token, out.Submit = f.token, i18n.N(ctx, "admin.import.do", rep.Created+rep.Updated)
		} else {
			out.Text = i18n.T(ctx, "admin.import.nothing")
		}
	default:
		h.kept.drop(f.token)
		f = keptFile{}
		out.Kind, out.Title = "ok", i18n.T(ctx, "admin.import.done")
	}
	return h.showImport(c, status, kind, skip, f, nil, out)
}

// importSource gives the file of the form and keeps it: the one that was chosen, or
// else the one of an earlier try. The import itself takes none but the one that
// was looked at. Errors are mistakes of the field "file".
func (h *Handlers) importSource(c echo.Context, v url.Values, dry bool) (keptFile, error) {
	actor := httpx.Actor(c)
	if !dry {
		f, ok := h.kept.get(v.Get("token"), actor.ID)
		if !ok {
			return f, errs.Fields().With("file", "admin.import.gone")
		}
		return f, nil
	}
	head, err := c.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || err == nil && head.Size == 0 {
		if f, ok := h.kept.get(v.Get("kept"), actor.ID); ok {
			return f, nil
		}
		return keptFile{}, errs.Fields().With("file", "admin.import.no_file")
	}
	if err != nil {
		return keptFile{}, errs.Fields().With("file", "admin.import.no_file").Because(err)
	}
	if head.Size > maxImport {
		return keptFile{}, errs.Fields().With("file", "city.import.too_large", "n", maxImport>>20)
	}
	r, err := head.Open()
	if err != nil {
		return keptFile{}, err
	}
	defer func() { _ = r.Close() }()
	f := keptFile{token: rand.Text(), owner: actor.ID, name: head.Filename}
	if f.body, err = io.ReadAll(io.LimitReader(r, maxImport)); err != nil {
		return keptFile{}, err
	}
	h.kept.put(f)
	return f, nil
}

func (f keptFile) shown() admin.KeptFile { return admin.KeptFile{Token: f.token, Name: f.name} }

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
