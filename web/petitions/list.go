package petitions

import (
	"bytes"
	"context"
	"encoding/xml"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/city"
	dom "ereception/internal/petitions"
	"ereception/internal/platform/i18n"
	page "ereception/templates/petitions"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// list is the list of public petitions; strangers get the rendered copy, but of a search,
// which nobody else asks for.
func (h *Handlers) list(c echo.Context) error {
	q := dom.ParseQuery(c.QueryParams())
	if httpx.Actor(c).SignedIn() || httpx.FlashText(c) != "" || q.Text != "" {
		p, err := h.listed(c, q)
		if err != nil {
			return err
		}
		return httpx.Render(c, http.StatusOK, page.List(p))
	}
	at := listURL("/petitions", q)
	r, err := h.lists.Get(i18n.Locale(httpx.Ctx(c))+at, func() ([]byte, error) {
		p, err := h.listed(c, q)
		if err != nil {
			return nil, err
		}
		p.Page.Path = at // what one reader had in his query is not the next one's
		var b bytes.Buffer
		err = page.List(p).Render(httpx.Ctx(c), &b)
		return b.Bytes(), err
	})
	if err != nil {
		return err
	}
	return r.Send(c)
}

func (h *Handlers) listed(c echo.Context, q dom.Query) (page.ListPage, error) {
	ctx := httpx.Ctx(c)
	f, err := h.svc.List(ctx, q)
	if err != nil {
		return page.ListPage{}, err
	}
	figures, err := h.svc.Figures(ctx)
	if err != nil {
		return page.ListPage{}, err
	}
	d, err := h.signing.districts.Directory(ctx)
	if err != nil {
		return page.ListPage{}, err
	}
	off, err := h.signingOff(ctx)
	if err != nil {
		return page.ListPage{}, err
	}
	p := h.listPage(c, q, f, d, off)
	p.Tiles, p.Counted = tiles(ctx, figures), counted(ctx)
	if charter, err := h.svc.CharterOn(ctx, h.clock.Now()); err == nil {
		p.Rules, p.RulesBy = rules(ctx, charter)
	}
	p.Off, err = h.switchedOff(ctx, dom.SwitchCreation)
	return p, err
}

// switchedOff is the note about a switch that is off; nil when it is on.
func (h *Handlers) switchedOff(ctx context.Context, name dom.SwitchName) (*ui.NoteProps, error) {
	list, err := h.svc.Switches(ctx)
	if err != nil {
		return nil, err
	}
	sw, ok := list[name]
	if !ok || sw.OffSince == nil {
		return nil, nil
	}
	n := ui.NoteProps{Kind: "amber", Title: i18n.T(ctx, "petitions.show.off_create"), Text: sw.Reason(i18n.Locale(ctx))}
	if name == dom.SwitchSigning {
		n.Title = i18n.T(ctx, "petitions.show.off")
		if n.Text = strings.TrimSpace(n.Text); n.Text != "" {
			if !strings.ContainsAny(n.Text[len(n.Text)-1:], ".!?") {
				n.Text += "."
			}
			n.Text += " "
		}
		n.Text += i18n.T(ctx, "petitions.show.off_days")
	}
	return &n, nil
}

// signingOff is since when nobody can sign; nil while everybody can.
func (h *Handlers) signingOff(ctx context.Context) (*time.Time, error) {
	list, err := h.svc.Switches(ctx)
	return list[dom.SwitchSigning].OffSince, err
}

func (h *Handlers) listPage(c echo.Context, q dom.Query, f dom.Found, d *city.Directory, off *time.Time) page.ListPage {
	ctx := httpx.Ctx(c)
	loc := i18n.Locale(ctx)
	t := func(key string) string { return i18n.T(ctx, "petitions.list."+key) }
	frame := httpx.Page(c, t("title"))
	frame.Description = t("lead")
	frame.Crumbs = crumbs(ctx, "")
	frame.Head = page.FeedLink(listURL("/petitions.rss", q))
	p := page.ListPage{
		Page: frame, Lead: t("lead"), Tiles: nil, Counted: nil, Off: nil, Rules: nil, RulesBy: "",
		Tabs:  nil,
		Chips: nil,
		Filter: page.ListFilter{
			Tab: string(q.Tab), Text: q.Text, Topic: idText(q.Topic), District: idText(q.District), Sort: q.Sort,
			Topics: topicOptions(d, loc), Districts: districtOptions(d, loc), Sorts: nil, More: q.Topic != 0 || q.District != 0 || q.Sort != dom.Newest,
		},
		Found: i18n.N(ctx, "petitions.list.found", f.Total),
		Rows:  nil,
		Empty: ui.EmptyProps{Icon: "PencilWriting", Title: t("empty_title"), Text: t("empty_text"), Action: &ui.Link{Href: "/petitions/new", Label: t("write")}},
		Pager: ui.NewPager(q.Page, f.Pages(), func(n int) string {
			q := q
			q.Page = n
			return listURL("/petitions", q)
		}),
		Data: []ui.Link{
			{Href: listURL("/petitions.csv", q), Label: "CSV"}, {Href: listURL("/petitions.json", q), Label: "JSON"}, {Href: listURL("/petitions.rss", q), Label: "RSS"},
		},
		Write: ui.Link{Href: "/petitions/new", Label: t("write")},
	}
	if f.Counts[dom.TabAll] == 0 {
		p.Empty.Title, p.Empty.Text = t("none_title"), t("none_text")
	}
	for _, tab := range dom.Tabs {
		to := q
		to.Tab, to.Page = tab, 1
		p.Tabs = append(p.Tabs, ui.Tab{Label: t("tab_" + string(tab)), Href: listURL("/petitions", to), Count: strconv.Itoa(f.Counts[tab]), Current: tab == q.Tab || tab == dom.TabAll && q.Tab == dom.TabReached})
	}
	for _, o := range dom.Orders {
		p.Filter.Sorts = append(p.Filter.Sorts, ui.Option{Value: o, Label: t("sort_" + o)})
	}
	chip := func(label string, without func(q *dom.Query)) {
		if label == "" {
			return
		}
		q := q
		q.Page = 1
		without(&q)
		p.Chips = append(p.Chips, ui.ChipProps{Label: label, Href: listURL("/petitions", q), Current: true, Remove: true})
	}
	if q.Tab == dom.TabReached { // a part of all, that no tab of its own leads to
		chip(t("reached_chip"), func(q *dom.Query) { q.Tab = dom.TabAll })
	}
	if q.Text != "" {
		chip(i18n.T(ctx, "petitions.list.query_chip", "text", q.Text), func(q *dom.Query) { q.Text = "" })
	}
	chip(optionLabel(p.Filter.Topics, p.Filter.Topic), func(q *dom.Query) { q.Topic = 0 })
	chip(optionLabel(p.Filter.Districts, p.Filter.District), func(q *dom.Query) { q.District = 0 })
	for _, i := range f.Items {
		p.Rows = append(p.Rows, h.listRow(ctx, i, off))
	}
	return p
}

func (h *Handlers) listRow(ctx context.Context, i dom.Item, off *time.Time) page.ListRow {
	loc := i18n.Locale(ctx)
	r := page.ListRow{
		Number: numberWords(ctx, i.Number, i.Topic(loc)), Title: i.Title, Href: path(i.Number), State: stateOfItem(ctx, i.State, i.Legacy), Demo: i.Demo, Meta: dom.ShortName(i.AuthorName),
		Count: countWords(ctx, i.Count, i.Threshold), Percent: percent(i.Count, i.Threshold), Done: enough(i.Count, i.Threshold), NoBar: i.Threshold == 0, Left: "",
	}
	if i.PublishedAt != nil {
		r.Meta = i18n.T(ctx, "petitions.list.meta", "author", r.Meta, "date", i18n.Date(ctx, *i.PublishedAt))
	}
	if d := i.District(loc); d != "" {
		r.Meta += " · " + d
	}
	if i.Legacy {
		r.Meta += " · " + i18n.T(ctx, "petitions.legacy.mark")
	}
	r.Left = running(ctx, h.clock.Now(), i.State, i.EndsAt, i.DueAt, off)
	switch {
	case r.Left != "":
	case i.ClosedAt != nil && i.State == dom.NotEnough:
		r.Left = i18n.T(ctx, "petitions.show.ended", "date", i18n.Date(ctx, *i.ClosedAt))
	case i.AnsweredAt != nil:
		r.Left = i18n.Date(ctx, *i.AnsweredAt)
	}
	return r
}

// running says what runs now and until when: the gathering, or what the city owes. off is
// since when signing is switched off; nil: it is not.
func running(ctx context.Context, now time.Time, s dom.State, ends, dueAt, off *time.Time) string {
	switch {
	case s == dom.Gathering && ends != nil:
		return left(ctx, now, *ends, off)
	case s == dom.Reached && dueAt != nil:
		return due(ctx, now, "announce_until", *dueAt)
	case s == dom.Reviewing && dueAt != nil:
		return due(ctx, now, "review_until", *dueAt)
	}
	return ""
}

func tiles(ctx context.Context, f dom.Figures) []ui.TileProps {
	share := func(n, of int) (string, string) {
		if of == 0 {
			return i18n.T(ctx, "petitions.figures.none"), ""
		}
		return strconv.Itoa(100*n/of) + " %", i18n.T(ctx, "petitions.count", "n", n, "of", of)
	}
	onTime, onTimeNote := share(f.OnTime, f.Due)
	done, doneNote := share(f.Done, f.Promised)
	median, medianNote := i18n.T(ctx, "petitions.figures.none"), ""
	if f.Median > 0 {
		median, medianNote = i18n.N(ctx, "petitions.figures.days", f.Median), i18n.T(ctx, "petitions.figures.median_note")
	}
	return []ui.TileProps{
		{Value: i18n.Num(ctx, f.Gathering), Label: i18n.T(ctx, "petitions.figures.gathering"), Href: "/petitions"},
		{Value: i18n.Num(ctx, f.Reached), Label: i18n.T(ctx, "petitions.figures.reached"), Href: "/petitions?tab=reached"},
		{Value: onTime, Label: i18n.T(ctx, "petitions.figures.on_time"), Note: onTimeNote, Href: "/petitions?tab=answered"},
		{Value: median, Label: i18n.T(ctx, "petitions.figures.median"), Note: medianNote, Href: "/petitions?tab=answered"},
		{Value: done, Label: i18n.T(ctx, "petitions.figures.done"), Note: doneNote, Href: "/petitions?tab=answered"},
	}
}

// counted says how each figure comes about.
func counted(ctx context.Context) []ui.Fact {
	var out []ui.Fact
	for _, k := range []string{"on_time", "median", "done"} {
		out = append(out, ui.Fact{Label: i18n.T(ctx, "petitions.figures."+k), Value: i18n.T(ctx, "petitions.figures.how."+k)})
	}
	return out
}

// rules are the numbers of the charter in words.
func rules(ctx context.Context, c dom.Charter) ([]ui.Fact, string) {
	t := func(key string) string { return i18n.T(ctx, "petitions.rule."+key) }
	supporters := t("no_supporters")
	if c.Supporters > 0 {
		supporters = i18n.N(ctx, "petitions.rule.supporters_n", c.Supporters, "days", i18n.N(ctx, "petitions.rule.days", c.SupportersDays))
	}
	facts := []ui.Fact{
		{Label: t("threshold"), Value: i18n.Num(ctx, c.Threshold), Num: true},
		{Label: t("gathering"), Value: i18n.N(ctx, "petitions.rule.days", c.GatheringDays)},
		{Label: t("supporters"), Value: supporters},
		{Label: t("check"), Value: i18n.N(ctx, "petitions.rule.work_days", c.CheckDays)},
		{Label: t("announce"), Value: i18n.N(ctx, "petitions.rule.work_days", c.AnnounceDays)},
		{Label: t("review"), Value: i18n.N(ctx, "petitions.rule.work_days", c.ReviewDays)},
		{Label: t("tier"), Value: t("tier_" + string(c.Tier))},
	}
	key := "petitions.rule.source"
	if c.Demo {
		key += "_demo"
	}
	return facts, i18n.T(ctx, key, "source", c.Act(i18n.Locale(ctx)), "date", i18n.Date(ctx, c.ValidFrom))
}

func listURL(to string, q dom.Query) string {
	if v := q.Values().Encode(); v != "" {
		return to + "?" + v
	}
	return to
}

func idText(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func optionLabel(list []ui.Option, value string) string {
	for _, o := range list {
		if value != "" && o.Value == value {
			return o.Label
		}
	}
	return ""
}

func topicOptions(d *city.Directory, loc string) []ui.Option {
	var out []ui.Option
	for _, t := range d.Topics {
		if t.Active && t.ParentID == nil {
			out = append(out, ui.Option{Value: idText(t.ID), Label: t.Name(loc)})
		}
	}
	return out
}

func districtOptions(d *city.Directory, loc string) []ui.Option {
	var out []ui.Option
	for _, v := range d.Districts {
		if v.Active && (v.Kind == city.CityDistrict || v.Kind == city.Settlement) {
			out = append(out, ui.Option{Value: idText(v.ID), Label: v.Name(loc)})
		}
	}
	return out
}

// openItem is a petition of the list as open data.
type openItem struct {
	Number    int64      `json:"number"`
	URL       string     `json:"url"`
	Title     string     `json:"title"`
	State     dom.State  `json:"state"`
	Author    string     `json:"author"`
	Topic     string     `json:"topic,omitempty"`
	District  string     `json:"district,omitempty"`
	Count     int        `json:"count"`
	Threshold int        `json:"threshold,omitempty"` // unknown of some that the former site had
	Published *time.Time `json:"published_at,omitempty"`
	EndsAt    *time.Time `json:"ends_at,omitempty"`
	ClosedAt  *time.Time `json:"closed_at,omitempty"`
	Answered  *time.Time `json:"answered_at,omitempty"`
	Demo      bool       `json:"demo,omitempty"`
	Legacy    bool       `json:"legacy,omitempty"` // of the city's former site
}

func openQuery(c echo.Context) dom.Query {
	q := dom.ParseQuery(c.QueryParams())
	if c.QueryParam("tab") == "" {
		q.Tab = dom.TabAll
	}
	return q
}

func (h *Handlers) openItem(ctx context.Context, i dom.Item) openItem {
	loc := i18n.Locale(ctx)
	return openItem{
		Number: i.Number, URL: h.o.BaseURL + path(i.Number), Title: i.Title, State: i.State, Author: dom.ShortName(i.AuthorName), Topic: i.Topic(loc), District: i.District(loc),
		Count: i.Count, Threshold: i.Threshold, Published: i.PublishedAt, EndsAt: i.EndsAt, ClosedAt: i.ClosedAt, Answered: i.AnsweredAt, Demo: i.Demo, Legacy: i.Legacy,
	}
}

func (h *Handlers) openItems(c echo.Context, q dom.Query, limit, offset int) ([]openItem, int, error) {
	list, total, err := h.svc.Part(httpx.Ctx(c), q, limit, offset)
	out := make([]openItem, 0, len(list))
	for _, i := range list {
		out = append(out, h.openItem(httpx.Ctx(c), i))
	}
	return out, total, err
}

// jsonSize is how many petitions a page of the list as JSON has; the table of CSV
// is whole.
const jsonSize = 500

// openList is a page of the list as JSON.
type openList struct {
	Petitions []openItem `json:"petitions"`
	Total     int        `json:"total"`
	Page      int        `json:"page"`
	Next      string     `json:"next,omitempty"` // the address of the next page
}

func (h *Handlers) listJSON(c echo.Context) error {
	q := openQuery(c)
	list, total, err := h.openItems(c, q, jsonSize, (q.Page-1)*jsonSize)
	if err != nil {
		return err
	}
	o := openList{Petitions: list, Total: total, Page: q.Page, Next: ""}
	if q.Page*jsonSize < total {
		v := q.Values()
		v.Set("tab", string(q.Tab))
		v.Set("page", strconv.Itoa(q.Page+1))
		o.Next = h.o.BaseURL + "/petitions.json?" + v.Encode()
	}
	open(c, openFor)
	return httpx.JSON(c, o)
}

func (h *Handlers) listCSV(c echo.Context) error {
	ctx := httpx.Ctx(c)
	list, err := h.svc.All(ctx, openQuery(c))
	if err != nil {
		return err
	}
	open(c, openFor)
	return httpx.Table(c, "petitions.csv", ',', []string{"number", "url", "title", "state", "author", "topic", "district", "count", "threshold", "published_at", "ends_at", "answered_at"}, func(row func(...string) error) error {
		for _, item := range list {
			i := h.openItem(ctx, item)
			if err := row(strconv.FormatInt(i.Number, 10), i.URL, i.Title, string(i.State), i.Author, i.Topic, i.District, strconv.Itoa(i.Count), idText(int64(i.Threshold)),
				stamp(i.Published), stamp(i.EndsAt), stamp(i.Answered)); err != nil {
				return err
			}
		}
		return nil
	})
}

// openFor is how long caches may keep open data, in seconds.
const openFor = 60

func stamp(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.In(i18n.Kyiv).Format(time.RFC3339)
}

type rss struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Channel rssChannel `xml:"channel"`
}

type rssChannel struct {
	Title       string    `xml:"title"`
	Link        string    `xml:"link"`
	Description string    `xml:"description"`
	Language    string    `xml:"language"`
	Items       []rssItem `xml:"item"`
}

type rssItem struct {
	Title       string `xml:"title"`
	Link        string `xml:"link"`
	Description string `xml:"description"`
	GUID        string `xml:"guid"`
	PubDate     string `xml:"pubDate,omitempty"`
}

// rssMost is how many of the newest a feed holds.
const rssMost = 50

func (h *Handlers) listRSS(c echo.Context) error {
	ctx := httpx.Ctx(c)
	list, _, err := h.openItems(c, openQuery(c), rssMost, 0)
	if err != nil {
		return err
	}
	f := rss{Version: "2.0", Channel: rssChannel{
		Title: i18n.T(ctx, "petitions.feed.title"), Link: h.o.BaseURL + "/petitions", Description: i18n.T(ctx, "petitions.list.lead"), Language: i18n.Locale(ctx), Items: nil,
	}}
	for _, i := range list {
		it := rssItem{
			Title: i.Title, Link: i.URL, GUID: i.URL, PubDate: "",
			Description: stateOfItem(ctx, i.State, i.Legacy).Word + ". " + countWords(ctx, i.Count, i.Threshold),
		}
		if i.Published != nil {
			it.PubDate = i.Published.UTC().Format(time.RFC1123Z)
		}
		f.Channel.Items = append(f.Channel.Items, it)
	}
	open(c, openFor)
	b, err := xml.MarshalIndent(f, "", " ")
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/rss+xml; charset=utf-8", append([]byte(xml.Header), b...))
}

// follow has the reader told of what becomes of the petition.
func (h *Handlers) follow(c echo.Context) error { return h.following(c, h.svc.Follow, "follow") }

func (h *Handlers) unfollow(c echo.Context) error { return h.following(c, h.svc.Unfollow, "unfollow") }

func (h *Handlers) following(c echo.Context, do func(context.Context, authz.Actor, int64) error, said string) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	if err := do(httpx.Ctx(c), httpx.Actor(c), n); err != nil {
		return err
	}
	httpx.Flash(c, "petitions.flash."+said)
	return httpx.See(c, path(n))
}

// unfollowLink is the page behind the link of a letter: mail scanners follow
// links, so that the press of a button ends the letters, and the post of a mail
// program (RFC 8058).
func (h *Handlers) unfollowLink(c echo.Context) error {
	n, title, err := h.svc.FollowedBy(httpx.Ctx(c), c.Param("token"))
	if err != nil {
		return err
	}
	return showUnfollow(c, "title", page.UnfollowPage{Title: title, Href: path(n), Action: "/petitions/unfollow/" + url.PathEscape(c.Param("token"))})
}

func showUnfollow(c echo.Context, word string, p page.UnfollowPage) error {
	noStore(c)
	ctx := httpx.Ctx(c)
	p.Page = httpx.Page(c, i18n.T(ctx, "petitions.unfollow."+word))
	p.Page.NoIndex, p.Page.Crumbs = true, crumbs(ctx, "")
	return httpx.Render(c, http.StatusOK, page.Unfollow(p))
}

// unfollowByLink answers with the page itself: a mail program that posts follows no
// redirect (RFC 8058, 3.1).
func (h *Handlers) unfollowByLink(c echo.Context) error {
	n, title, err := h.svc.FollowedBy(httpx.Ctx(c), c.Param("token"))
	if err != nil {
		return err
	}
	if err := h.svc.UnfollowByToken(httpx.Ctx(c), c.Param("token")); err != nil {
		return err
	}
	return showUnfollow(c, "done", page.UnfollowPage{Title: title, Href: path(n)})
}
