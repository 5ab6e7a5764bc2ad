package admin

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/city"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/templates/admin"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// saver makes the save of a register from its form and its two use-cases.
func saver[T any](parse func(url.Values) (T, *errs.Error), rec func(*T) *city.Record,
	create, update func(context.Context, authz.Actor, T) (T, error),
) func(context.Context, authz.Actor, int64, int, url.Values) (int64, error) {
	return func(ctx context.Context, a authz.Actor, id int64, version int, v url.Values) (int64, error) {
		t, bad := parse(v)
		if err := bad.OrNil(); err != nil {
			return 0, err
		}
		if id == 0 {
			t, err := create(ctx, a, t)
			return rec(&t).ID, err
		}
		rec(&t).ID, rec(&t).Version = id, version
		_, err := update(ctx, a, t)
		return id, err
	}
}

// loader makes the load of a register.
func loader[T any](get func(context.Context, int64) (T, error), values func(context.Context, T) record) func(context.Context, int64) (record, error) {
	return func(ctx context.Context, id int64) (record, error) {
		t, err := get(ctx, id)
		if err != nil {
			return record{}, err
		}
		return values(ctx, t), nil
	}
}

func (h *Handlers) registers() []register {
	d := h.city
	return []register{
		{
			slug: "units", nav: "admin.units", table: "units", list: h.unitList, fields: h.unitFields, active: d.SetUnitActive,
			load:  loader(d.Unit, unitRecord),
			save:  saver(unitOf, func(u *city.Unit) *city.Record { return &u.Record }, d.CreateUnit, d.UpdateUnit),
			extra: h.unitExtra, leaving: h.closing,
		},
		{
			slug: "posts", nav: "admin.units", table: "posts", list: h.postList, fields: h.postFields, active: d.SetPostActive,
			load:  loader(d.Post, postRecord),
			save:  saver(postOf, func(p *city.Post) *city.Record { return &p.Record }, d.CreatePost, d.UpdatePost),
			extra: h.postExtra,
		},
		{
			slug: "topics", nav: "admin.topics", table: "topics", list: h.topicList, fields: h.topicFields, active: d.SetTopicActive,
			load: loader(d.Topic, topicRecord),
			save: saver(topicOf, func(t *city.Topic) *city.Record { return &t.Record }, d.CreateTopic, d.UpdateTopic),
		},
		{
			slug: "streets", nav: "admin.streets", table: "streets", list: h.streetList, fields: h.streetFields, active: d.SetStreetActive,
			load: loader(d.Street, streetRecord),
			save: saver(streetOf, func(s *city.Street) *city.Record { return &s.Record }, d.CreateStreet, d.UpdateStreet),
		},
		{
			slug: "districts", nav: "admin.districts", table: "districts", list: h.districtList, fields: h.districtFields, active: d.SetDistrictActive,
			load:  loader(d.District, districtRecord),
			save:  saver(districtOf, func(x *city.District) *city.Record { return &x.Record }, d.CreateDistrict, d.UpdateDistrict),
			extra: h.districtExtra,
		},
		{
			slug: "templates", nav: "admin.templates", table: "reply_templates", list: h.templateList, fields: h.templateFields, active: d.SetTemplateActive,
			load: loader(d.Template, templateRecord),
			save: saver(templateOf, func(t *city.ReplyTemplate) *city.Record { return &t.Record }, d.CreateTemplate, d.UpdateTemplate),
		},
	}
}

// page begins the page of a register.
func page(c echo.Context, slug, nav string) admin.ListPage {
	ctx := httpx.Ctx(c)
	title := i18n.T(ctx, "admin."+slug+".title")
	return admin.ListPage{Head: admin.Head{
		Frame: httpx.Office(c, title, nav), Title: title, Lead: i18n.T(ctx, "admin."+slug+".lead"),
		Actions: []ui.ButtonProps{{Label: i18n.T(ctx, "admin."+slug+".add"), Icon: "Plus", Href: "/admin/" + slug + "/new"}},
	}}
}

func importButton(ctx context.Context, kind string) ui.ButtonProps {
	return ui.ButtonProps{Label: i18n.T(ctx, "admin.import.short"), Icon: "Upload", Variant: "secondary", Href: "/admin/import?kind=" + kind}
}

func state(ctx context.Context, active bool) admin.Cell {
	if active {
		return admin.Cell{Text: i18n.T(ctx, "admin.active"), Rule: true} // the rule needs no badge, the exception does
	}
	return admin.Cell{Badge: ui.BadgeProps{Label: i18n.T(ctx, "admin.inactive"), Color: "neutral"}}
}

// contacts are the ways to reach a unit; where there are none, its address.
func contacts(u city.Unit) admin.Cell {
	if reach := join(u.Phone, u.Email); reach != "" {
		return admin.Cell{Text: reach, Note: u.Address}
	}
	return admin.Cell{Text: orDash(u.Address)}
}

func columns(ctx context.Context, keys ...string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = i18n.T(ctx, "admin.head."+k)
	}
	return out
}

func line(name, label string) admin.Field { return admin.Field{Name: name, Label: label} }

// --- units

func (h *Handlers) unitTabs(ctx context.Context, current string) []ui.Tab {
	return []ui.Tab{
		{Label: i18n.T(ctx, "admin.units.title"), Href: "/admin/units", Current: current == "units"},
		{Label: i18n.T(ctx, "admin.posts.title"), Href: "/admin/posts", Current: current == "posts"},
	}
}

func (h *Handlers) unitList(c echo.Context) error {
	ctx := httpx.Ctx(c)
	loc := i18n.Locale(ctx)
	d, err := h.city.Directory(ctx)
	if err != nil {
		return err
	}
	posts := map[int64]int{}
	for _, p := range d.Posts {
		if p.Active {
			posts[p.UnitID]++
		}
	}
	p := page(c, "units", "admin.units")
	p.Tabs = h.unitTabs(ctx, "units")
	p.Actions = append([]ui.ButtonProps{importButton(ctx, "units")}, p.Actions...)
	p.Columns = columns(ctx, "unit", "contacts", "posts", "state")
	for _, n := range d.UnitTree() {
		u := n.Item
		p.Rows = append(p.Rows, []admin.Cell{
			{Text: u.Name(loc), Href: "/admin/units/" + idText(u.ID), Depth: n.Depth, Demo: u.Demo},
			contacts(u),
			{Text: i18n.Num(ctx, posts[u.ID]), Href: "/admin/posts?unit=" + idText(u.ID), Num: true},
			state(ctx, u.Active),
		})
	}
	p.Count = i18n.N(ctx, "admin.count", len(p.Rows))
	p.Empty = ui.EmptyProps{Icon: "Buildings3", Title: i18n.T(ctx, "admin.units.empty"), Text: i18n.T(ctx, "admin.units.empty_text"), Action: &ui.Link{Href: "/admin/units/new", Label: i18n.T(ctx, "admin.units.add")}}
	return httpx.Render(c, 200, admin.List(p))
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// unitOptions lists the units as a tree; those of without are left out.
func unitOptions(d *city.Directory, loc string, keep int64, without ...int64) []ui.Option {
	var out []ui.Option
	for _, n := range d.UnitTree() {
		if slices.Contains(without, n.Item.ID) || !n.Item.Active && n.Item.ID != keep {
			continue
		}
		out = append(out, ui.Option{Value: idText(n.Item.ID), Label: strings.Repeat("— ", n.Depth) + n.Item.Name(loc)})
	}
	return out
}

func (h *Handlers) unitFields(ctx context.Context, v url.Values, id int64) ([]admin.Field, error) {
	d, err := h.city.Directory(ctx)
	if err != nil {
		return nil, err
	}
	t := func(k string) string { return i18n.T(ctx, "admin.field."+k) }
	return fill(v,
		line("name_uk", t("name_uk")),
		admin.Field{Name: "name_en", Label: t("name_en"), Optional: true},
		admin.Field{Name: "code", Label: t("code"), Hint: t("code_hint")},
		admin.Field{Kind: "select", Name: "parent_id", Label: t("parent_unit"), Optional: true, Blank: t("top"), Options: unitOptions(d, i18n.Locale(ctx), number(v.Get("parent_id")), d.UnitAndBelow(id)...)},
		admin.Field{Name: "phone", Label: t("phone"), Type: "tel", Optional: true},
		admin.Field{Name: "email", Label: t("email"), Type: "email", Optional: true},
		admin.Field{Name: "address", Label: t("address"), Optional: true},
	), nil
}

// fill puts what was typed into the fields.
func fill(v url.Values, fields ...admin.Field) []admin.Field {
	for i := range fields {
		fields[i].Value = v.Get(fields[i].Name)
	}
	return fields
}

func unitRecord(ctx context.Context, u city.Unit) record {
	return record{u.Record, u.Name(i18n.Locale(ctx)), url.Values{
		"parent_id": {refText(u.ParentID)}, "code": {u.Code}, "name_uk": {u.NameUK}, "name_en": {u.NameEN},
		"phone": {u.Phone}, "email": {u.Email}, "address": {u.Address},
	}}
}

func (h *Handlers) unitExtra(ctx context.Context, p *admin.FormPage, id int64) error {
	d, err := h.city.Directory(ctx)
	if err != nil {
		return err
	}
	l := admin.Holders{Title: i18n.T(ctx, "admin.posts.title"), Empty: i18n.T(ctx, "admin.units.no_posts")}
	for _, post := range d.Posts {
		if post.UnitID == id && post.Active {
			l.Links = append(l.Links, ui.Link{Href: "/admin/posts/" + idText(post.ID), Label: post.Title(i18n.Locale(ctx))})
		}
	}
	l.Links = append(l.Links, ui.Link{Href: "/admin/posts/new?unit_id=" + idText(id), Label: i18n.T(ctx, "admin.posts.add")})
	p.Extra = append(p.Extra, l)
	return nil
}

// --- posts

func (h *Handlers) postList(c echo.Context) error {
	ctx := httpx.Ctx(c)
	loc := i18n.Locale(ctx)
	d, err := h.city.Directory(ctx)
	if err != nil {
		return err
	}
	held, err := h.city.Holders(ctx, h.city.Today())
	if err != nil {
		return err
	}
	unit := number(c.QueryParam("unit"))
	p := page(c, "posts", "admin.units")
	p.Tabs = h.unitTabs(ctx, "posts")
	if unit != 0 {
		p.Actions[0].Href += "?unit_id=" + idText(unit)
	}
	p.Filter = &admin.Filter{Action: "/admin/posts", Fields: []admin.Field{
		{Kind: "select", Name: "unit", Label: i18n.T(ctx, "admin.head.unit"), Value: idText(unit), Blank: i18n.T(ctx, "admin.all_units"), Options: unitOptions(d, loc, unit), Wide: 4},
	}}
	if unit != 0 {
		p.Filter.Reset = "/admin/posts"
	}
	p.Columns = columns(ctx, "post", "unit", "holder", "state")
	for _, n := range d.UnitTree() {
		if unit != 0 && n.Item.ID != unit {
			continue
		}
		for _, post := range d.Posts {
			if post.UnitID != n.Item.ID {
				continue
			}
			var names []string
			for _, x := range held[post.ID] {
				names = append(names, x.PersonName)
			}
			who := admin.Cell{Text: strings.Join(names, ", ")}
			if len(names) == 0 {
				who.Text = i18n.T(ctx, "admin.posts.vacant")
			} else if len(names) == 1 {
				who.Href = "/admin/people/" + idText(held[post.ID][0].PersonID)
			}
			title := admin.Cell{Text: post.Title(loc), Href: "/admin/posts/" + idText(post.ID), Demo: post.Demo}
			if post.Head {
				title.Note = i18n.T(ctx, "admin.posts.head")
			}
			p.Rows = append(p.Rows, []admin.Cell{title, {Text: n.Item.Name(loc)}, who, state(ctx, post.Active)})
		}
	}
	p.Count = i18n.N(ctx, "admin.count", len(p.Rows))
	p.Empty = ui.EmptyProps{Icon: "PersonSuit", Title: i18n.T(ctx, "admin.posts.empty"), Action: &ui.Link{Href: p.Actions[0].Href, Label: p.Actions[0].Label}}
	return httpx.Render(c, 200, admin.List(p))
}

func (h *Handlers) postFields(ctx context.Context, v url.Values, _ int64) ([]admin.Field, error) {
	d, err := h.city.Directory(ctx)
	if err != nil {
		return nil, err
	}
	t := func(k string) string { return i18n.T(ctx, "admin.field."+k) }
	return fill(v,
		line("title_uk", t("title_uk")),
		admin.Field{Name: "title_en", Label: t("title_en"), Optional: true},
		admin.Field{Kind: "select", Name: "unit_id", Label: t("unit"), Blank: t("choose"), Options: unitOptions(d, i18n.Locale(ctx), number(v.Get("unit_id")))},
		admin.Field{Kind: "check", Name: "head", Label: t("head"), Hint: t("head_hint")},
	), nil
}

func postRecord(ctx context.Context, p city.Post) record {
	return record{p.Record, p.Title(i18n.Locale(ctx)), url.Values{
		"unit_id": {idText(p.UnitID)}, "title_uk": {p.TitleUK}, "title_en": {p.TitleEN}, "head": {boolText(p.Head)},
	}}
}

func (h *Handlers) postExtra(ctx context.Context, p *admin.FormPage, id int64) error {
	held, err := h.city.Holders(ctx, h.city.Today())
	if err != nil {
		return err
	}
	l := admin.Holders{Title: i18n.T(ctx, "admin.posts.holders"), Empty: i18n.T(ctx, "admin.posts.vacant")}
	for _, x := range held[id] {
		l.Links = append(l.Links, ui.Link{Href: "/admin/people/" + idText(x.PersonID), Label: x.PersonName})
	}
	p.Extra = append(p.Extra, l)
	return nil
}

// --- topics

func (h *Handlers) topicList(c echo.Context) error {
	ctx := httpx.Ctx(c)
	loc := i18n.Locale(ctx)
	d, err := h.city.Directory(ctx)
	if err != nil {
		return err
	}
	p := page(c, "topics", "admin.topics")
	p.Columns = columns(ctx, "topic", "classifier", "unit", "state")
	for _, n := range d.TopicTree() {
		t := n.Item
		unit := admin.Cell{Text: "—"}
		if t.UnitID != nil {
			if u := d.Unit(*t.UnitID); u != nil {
				unit = admin.Cell{Text: u.Name(loc)}
			}
		}
		name := admin.Cell{Text: t.Name(loc), Href: "/admin/topics/" + idText(t.ID), Depth: n.Depth, Demo: t.Demo}
		if t.Personal {
			name.Note = i18n.T(ctx, "admin.topics.personal")
		}
		p.Rows = append(p.Rows, []admin.Cell{
			name,
			{Text: orDash(t.Classifier), Num: true, Note: classifierName(ctx, t.Classifier)},
			unit, state(ctx, t.Active),
		})
	}
	p.Count = i18n.N(ctx, "admin.count", len(p.Rows))
	p.Empty = ui.EmptyProps{Icon: "Tag", Title: i18n.T(ctx, "admin.topics.empty"), Action: &ui.Link{Href: "/admin/topics/new", Label: i18n.T(ctx, "admin.topics.add")}}
	return httpx.Render(c, 200, admin.List(p))
}

// classifierName names the row of the Classifier to which a code belongs.
func classifierName(ctx context.Context, code string) string {
	row, _, _ := strings.Cut(code, ".")
	if key := "city.classifier." + row; row != "" && i18n.Has(key) {
		return i18n.T(ctx, key)
	}
	return ""
}

func (h *Handlers) topicFields(ctx context.Context, v url.Values, id int64) ([]admin.Field, error) {
	d, err := h.city.Directory(ctx)
	if err != nil {
		return nil, err
	}
	loc := i18n.Locale(ctx)
	t := func(k string) string { return i18n.T(ctx, "admin.field."+k) }
	var parents, rows []ui.Option
	for _, n := range d.TopicTree() {
		if n.Item.ID != id && (n.Item.Active || n.Item.ID == number(v.Get("parent_id"))) {
			parents = append(parents, ui.Option{Value: idText(n.Item.ID), Label: strings.Repeat("— ", n.Depth) + n.Item.Name(loc)})
		}
	}
	for i := 1; i <= 24; i++ {
		n := strconv.Itoa(i)
		rows = append(rows, ui.Option{Value: n, Label: n + ". " + classifierName(ctx, n)})
	}
	if c := v.Get("classifier"); c != "" && !slices.ContainsFunc(rows, func(o ui.Option) bool { return o.Value == c }) {
		rows = append(rows, ui.Option{Value: c, Label: c}) // a finer code that came with an import
	}
	return fill(v,
		line("name_uk", t("name_uk")),
		admin.Field{Name: "name_en", Label: t("name_en"), Optional: true},
		admin.Field{Name: "code", Label: t("code"), Hint: t("code_hint")},
		admin.Field{Kind: "select", Name: "parent_id", Label: t("parent_topic"), Optional: true, Blank: t("top"), Options: parents},
		admin.Field{Kind: "select", Name: "classifier", Label: t("classifier"), Hint: t("classifier_hint"), Optional: true, Blank: t("none"), Options: rows},
		admin.Field{Kind: "select", Name: "unit_id", Label: t("default_unit"), Optional: true, Blank: t("none"), Options: unitOptions(d, loc, number(v.Get("unit_id")))},
		admin.Field{Name: "position", Label: t("position"), Type: "number", Optional: true},
		admin.Field{Kind: "check", Name: "personal", Label: t("personal"), Hint: t("personal_hint")},
	), nil
}

func topicRecord(ctx context.Context, t city.Topic) record {
	return record{t.Record, t.Name(i18n.Locale(ctx)), url.Values{
		"parent_id": {refText(t.ParentID)}, "code": {t.Code}, "name_uk": {t.NameUK}, "name_en": {t.NameEN},
		"classifier": {t.Classifier}, "unit_id": {refText(t.UnitID)}, "position": {strconv.Itoa(t.Position)}, "personal": {boolText(t.Personal)},
	}}
}

// --- streets

const perPage = 50

func (h *Handlers) streetList(c echo.Context) error {
	ctx := httpx.Ctx(c)
	q := c.QueryParam("q")
	n := int(max(number(c.QueryParam("page")), 1))
	n = min(n, 10000)
	list, more, err := h.city.Streets(ctx, q, perPage, (n-1)*perPage)
	if err != nil {
		return err
	}
	total, err := h.city.CountStreets(ctx)
	if err != nil {
		return err
	}
	p := page(c, "streets", "admin.streets")
	p.Actions = append([]ui.ButtonProps{importButton(ctx, "streets")}, p.Actions...)
	p.Filter = &admin.Filter{Action: "/admin/streets", Fields: []admin.Field{{Name: "q", Label: i18n.T(ctx, "admin.streets.search"), Type: "search", Value: q, Wide: 4}}}
	if q != "" {
		p.Filter.Reset = "/admin/streets"
	}
	p.Columns = columns(ctx, "street", "old_names", "point", "state")
	for _, s := range list {
		point := admin.Cell{Text: i18n.T(ctx, "admin.streets.no_point")}
		if s.Lat != nil && s.Lon != nil {
			point = admin.Cell{Text: coordinateText(s.Lat) + ", " + coordinateText(s.Lon), Num: true}
		}
		p.Rows = append(p.Rows, []admin.Cell{
			{Text: s.Label(), Href: "/admin/streets/" + idText(s.ID), Demo: s.Demo},
			{Text: orDash(strings.Join(s.OldNames, ", "))},
			point, state(ctx, s.Active),
		})
	}
	at := func(n int) string {
		v := url.Values{"page": {strconv.Itoa(n)}}
		if q != "" {
			v.Set("q", q)
		}
		return "/admin/streets?" + v.Encode()
	}
	if q == "" {
		p.Count = i18n.N(ctx, "admin.count", total)
		p.Pager = ui.NewPager(n, (total+perPage-1)/perPage, at)
	} else {
		if n > 1 {
			p.Pager.Prev = at(n - 1)
		}
		if more {
			p.Pager.Next = at(n + 1)
		}
	}
	p.Empty = ui.EmptyProps{Icon: "LocationPin", Title: i18n.T(ctx, "admin.streets.empty"), Text: i18n.T(ctx, "admin.streets.empty_text"), Action: &ui.Link{Href: "/admin/streets/new", Label: i18n.T(ctx, "admin.streets.add")}}
	return httpx.Render(c, 200, admin.List(p))
}

func (h *Handlers) streetFields(ctx context.Context, v url.Values, _ int64) ([]admin.Field, error) {
	t := func(k string) string { return i18n.T(ctx, "admin.field."+k) }
	var kinds []ui.Option
	for _, k := range city.StreetKinds() {
		kinds = append(kinds, ui.Option{Value: k, Label: k})
	}
	return fill(v,
		admin.Field{Kind: "select", Name: "kind", Label: t("street_kind"), Options: kinds},
		admin.Field{Name: "name", Label: t("street_name"), Hint: t("street_name_hint")},
		admin.Field{Kind: "area", Name: "old_names", Label: t("old_names"), Hint: t("old_names_hint"), Optional: true, Rows: 3},
		admin.Field{Name: "lat", Label: t("lat"), Hint: t("point_hint"), Optional: true},
		admin.Field{Name: "lon", Label: t("lon"), Optional: true},
	), nil
}

func streetRecord(_ context.Context, s city.Street) record {
	return record{s.Record, s.Label(), url.Values{
		"kind": {s.Kind}, "name": {s.Name}, "old_names": {strings.Join(s.OldNames, "\n")},
		"lat": {coordinateText(s.Lat)}, "lon": {coordinateText(s.Lon)},
	}}
}

// --- districts

func (h *Handlers) districtList(c echo.Context) error {
	ctx := httpx.Ctx(c)
	loc := i18n.Locale(ctx)
	d, err := h.city.Directory(ctx)
	if err != nil {
		return err
	}
	kind := city.DistrictKind(c.QueryParam("kind"))
	if !slices.Contains(city.DistrictKinds, kind) {
		kind = city.CityDistrict
	}
	p := page(c, "districts", "admin.districts")
	p.Actions = append([]ui.ButtonProps{importButton(ctx, "districts")}, p.Actions...)
	p.Actions[1].Href += "?kind=" + string(kind)
	var shown []city.District
	for _, k := range city.DistrictKinds {
		n := 0
		for _, x := range d.Districts {
			if x.Kind == k {
				n++
			}
		}
		p.Tabs = append(p.Tabs, ui.Tab{Label: i18n.T(ctx, "city.kinds."+string(k)), Href: "/admin/districts?kind=" + string(k), Count: i18n.Num(ctx, n), Current: k == kind})
	}
	p.Columns = columns(ctx, "district", "code", "boundary", "state")
	for _, x := range d.Districts {
		if x.Kind != kind {
			continue
		}
		boundary := i18n.T(ctx, "admin.districts.no_boundary")
		if x.Geometry != nil {
			boundary = i18n.T(ctx, "admin.districts.boundary")
			if x.Active {
				shown = append(shown, x)
			}
		}
		p.Rows = append(p.Rows, []admin.Cell{
			{Text: x.Name(loc), Href: "/admin/districts/" + idText(x.ID), Demo: x.Demo},
			{Text: x.Code, Num: true},
			{Text: boundary},
			state(ctx, x.Active),
		})
	}
	if p.Map, err = drawing(ctx, shown, 0); err != nil {
		return err
	}
	p.Count = i18n.N(ctx, "admin.count", len(p.Rows))
	p.Empty = ui.EmptyProps{Icon: "Compass", Title: i18n.T(ctx, "admin.districts.empty"), Text: i18n.T(ctx, "admin.districts.empty_text"), Action: &ui.Link{Href: "/admin/import?kind=districts", Label: i18n.T(ctx, "admin.import.short")}}
	return httpx.Render(c, 200, admin.List(p))
}

func (h *Handlers) districtFields(ctx context.Context, v url.Values, _ int64) ([]admin.Field, error) {
	t := func(k string) string { return i18n.T(ctx, "admin.field."+k) }
	var kinds []ui.Option
	for _, k := range city.DistrictKinds {
		kinds = append(kinds, ui.Option{Value: string(k), Label: i18n.T(ctx, "city.kind."+string(k))})
	}
	return fill(v,
		admin.Field{Kind: "select", Name: "kind", Label: t("district_kind"), Blank: t("choose"), Options: kinds},
		line("name_uk", t("name_uk")),
		admin.Field{Name: "name_en", Label: t("name_en"), Optional: true},
		admin.Field{Name: "code", Label: t("district_code"), Hint: t("district_code_hint")},
	), nil
}

func districtRecord(ctx context.Context, d city.District) record {
	return record{d.Record, d.Name(i18n.Locale(ctx)), url.Values{
		"kind": {string(d.Kind)}, "code": {d.Code}, "name_uk": {d.NameUK}, "name_en": {d.NameEN},
	}}
}

func (h *Handlers) districtExtra(ctx context.Context, p *admin.FormPage, id int64) error {
	d, err := h.city.Directory(ctx)
	if err != nil {
		return err
	}
	x := d.District(id)
	l := admin.Holders{Title: i18n.T(ctx, "admin.head.boundary"), Links: []ui.Link{{Href: "/admin/import?kind=districts", Label: i18n.T(ctx, "admin.districts.import")}}}
	if x == nil || x.Geometry == nil {
		l.Title = i18n.T(ctx, "admin.districts.no_boundary")
	} else {
		around := []city.District{*x}
		for _, y := range d.Districts {
			if y.Kind == x.Kind && y.ID != id && y.Active && y.Geometry != nil {
				around = append(around, y)
			}
		}
		if p.Map, err = drawing(ctx, around, id); err != nil {
			return err
		}
	}
	p.Extra = append(p.Extra, l)
	return nil
}

// --- models of answers

func (h *Handlers) templateList(c echo.Context) error {
	ctx := httpx.Ctx(c)
	loc := i18n.Locale(ctx)
	d, err := h.city.Directory(ctx)
	if err != nil {
		return err
	}
	list, err := h.city.Templates(ctx, 0)
	if err != nil {
		return err
	}
	p := page(c, "templates", "admin.templates")
	p.Columns = columns(ctx, "template", "unit", "state")
	for _, t := range list {
		unit := i18n.T(ctx, "admin.all_units")
		if t.UnitID != nil {
			if u := d.Unit(*t.UnitID); u != nil {
				unit = u.Name(loc)
			}
		}
		p.Rows = append(p.Rows, []admin.Cell{
			{Text: t.Title, Href: "/admin/templates/" + idText(t.ID), Demo: t.Demo, Note: beginning(t.Body, 110)}, {Text: unit}, state(ctx, t.Active),
		})
	}
	p.Count = i18n.N(ctx, "admin.count", len(p.Rows))
	p.Empty = ui.EmptyProps{Icon: "FileText", Title: i18n.T(ctx, "admin.templates.empty"), Action: &ui.Link{Href: "/admin/templates/new", Label: i18n.T(ctx, "admin.templates.add")}}
	return httpx.Render(c, 200, admin.List(p))
}

// beginning cuts a text after n characters.
func beginning(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return strings.TrimSpace(string(r[:n])) + "…"
}

func (h *Handlers) templateFields(ctx context.Context, v url.Values, _ int64) ([]admin.Field, error) {
	d, err := h.city.Directory(ctx)
	if err != nil {
		return nil, err
	}
	t := func(k string) string { return i18n.T(ctx, "admin.field."+k) }
	return fill(v,
		line("title", t("title")),
		admin.Field{Kind: "select", Name: "unit_id", Label: t("unit"), Optional: true, Blank: i18n.T(ctx, "admin.all_units"), Options: unitOptions(d, i18n.Locale(ctx), number(v.Get("unit_id")))},
		admin.Field{Kind: "area", Name: "body", Label: t("body"), Hint: t("body_hint"), Rows: 14, Max: 20000},
	), nil
}

func templateRecord(_ context.Context, t city.ReplyTemplate) record {
	return record{t.Record, t.Title, url.Values{"unit_id": {refText(t.UnitID)}, "title": {t.Title}, "body": {t.Body}}}
}
