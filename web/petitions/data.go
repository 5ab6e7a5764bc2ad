package petitions

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/skip2/go-qrcode"

	"ereception/internal/authz"
	dom "ereception/internal/petitions"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/static"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// countFor is how long caches may keep a count.
const countFor = 2

// countBody is count.json, for the page itself and for other sites.
type countBody struct {
	Petition int64     `json:"petition"`
	Count    int       `json:"count"` // of those that count under the charter
	Email    int       `json:"email"`
	Strong   int       `json:"strong"`
	At       time.Time `json:"at"`
	Need     int       `json:"threshold"`
	Words    string    `json:"words"` // «412», as the page writes it
	Lack     string    `json:"lack"`  // «Бракує 88 підписів»
}

// count tells the count to whoever asks: the same for everybody, from the memory
// of the process for a second.
func (h *Handlers) count(c echo.Context) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	ctx := httpx.Ctx(c)
	if err := h.readable(c, n); err != nil {
		return err
	}
	k, err := h.svc.CountOf(ctx, n)
	if err != nil {
		return err
	}
	etag := `"` + strconv.Itoa(k.Email) + "-" + strconv.Itoa(k.Strong) + "-" + strconv.Itoa(k.Counted) + "-" + strconv.Itoa(k.Need) + "-" + i18n.Locale(ctx) + `"`
	head := c.Response().Header()
	open(c, countFor)
	head.Set("ETag", etag)
	if static.Known(c.Request().Header, etag) {
		return c.NoContent(http.StatusNotModified)
	}
	b, err := json.Marshal(countBody{Petition: n, Count: k.Counted, Email: k.Email, Strong: k.Strong, At: k.At.UTC().Truncate(time.Second), Need: k.Need, Words: i18n.Num(ctx, k.Counted), Lack: lack(ctx, k.Counted, k.Need)})
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/json; charset=utf-8", b)
}

// open lets any site read the answer, and caches keep it for so many seconds: it is
// the same for everybody who reads the language. What a key opens is kept by nobody.
func open(c echo.Context, seconds int) {
	head := c.Response().Header()
	head.Add("Vary", "Accept-Language, Cookie")
	if c.QueryParam("k") != "" {
		head.Set("Cache-Control", "no-store")
		return
	}
	head.Set("Cache-Control", "public, max-age="+strconv.Itoa(seconds))
	head.Set("Access-Control-Allow-Origin", "*")
	head.Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// published is a petition as a stranger sees it; errs.NotFound for one that was joined
// with another before it was published: of that one there is a page that says so, and
// no data.
func (h *Handlers) published(ctx context.Context, n int64) (*dom.View, error) {
	v, err := h.svc.Show(ctx, authz.Guest(), n, "")
	if err == nil && v.Elsewhere {
		return nil, errs.NotFound()
	}
	return v, err
}

// qr is the picture of the short address.
func (h *Handlers) qr(c echo.Context) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	if err := h.readable(c, n); err != nil {
		return err
	}
	to := withKey(h.shortURL(n), c.QueryParam("k")) // the link of the first supporters is its key
	q, err := qrcode.New(to, qrcode.Medium)
	if err != nil {
		return err
	}
	q.DisableBorder = true
	if c.QueryParam("k") != "" {
		noStore(c)
	}
	return httpx.Picture(c, ui.QR(q.Bitmap(), h.shortURL(n)))
}

func (h *Handlers) shortURL(n int64) string { return h.o.BaseURL + "/p/" + strconv.FormatInt(n, 10) }

// openPetition is one petition as open data.
type openPetition struct {
	openItem
	Essence   string      `json:"essence"`
	Reasons   string      `json:"reasons,omitempty"`
	Proposal  string      `json:"proposal,omitempty"`
	Place     string      `json:"place,omitempty"`
	Email     int         `json:"count_email"`
	Strong    int         `json:"count_strong"`
	Tier      dom.Tier    `json:"counts"`
	Terms     []openTerm  `json:"terms"`
	Answer    *openAnswer `json:"answer,omitempty"`
	Former    *openLegacy `json:"former_site,omitempty"`
	Hours     []openHour  `json:"hours"`
	Districts []openPlace `json:"districts"`
}

type openTerm struct {
	Step   dom.Step   `json:"step"`
	DueAt  time.Time  `json:"due_at"`
	MetAt  *time.Time `json:"met_at,omitempty"`
	Rule   string     `json:"rule"`
	Reason string     `json:"explanation"`
}

type openAnswer struct {
	Decision string    `json:"decision"`
	Text     string    `json:"text"`
	Signer   string    `json:"signer"`
	SignedAt time.Time `json:"signed_at"`
	URL      string    `json:"decision_url,omitempty"`
	Video    string    `json:"video_url,omitempty"`
}

type openHour struct {
	At time.Time `json:"at"`
	N  int       `json:"n"`
}

type openPlace struct {
	District string `json:"district"`
	N        int    `json:"n"`
}

// showJSON is a public petition as open data; what a link alone shows is none.
func (h *Handlers) showJSON(c echo.Context) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	ctx := httpx.Ctx(c)
	loc := i18n.Locale(ctx)
	v, err := h.published(ctx, n)
	if err != nil {
		return err
	}
	o := openPetition{
		openItem: openItem{
			Number: n, URL: h.o.BaseURL + path(n), Title: v.Title, State: v.State, Author: dom.ShortName(v.AuthorName), Topic: v.Topic(loc), District: v.District(loc),
			Count: v.Count.Counted, Threshold: v.Threshold, Published: v.PublishedAt, EndsAt: v.EndsAt, ClosedAt: v.ClosedAt, Answered: v.AnsweredAt, Demo: v.Demo, Legacy: v.LegacySource != "",
		},
		Essence: v.Essence, Reasons: v.Reasons, Proposal: v.Proposal, Place: v.Place, Email: v.Count.Email, Strong: v.Count.Strong, Tier: v.Tier,
		Terms: []openTerm{}, Answer: nil, Former: legacyOf(v), Hours: []openHour{}, Districts: []openPlace{},
	}
	for _, t := range v.Terms {
		o.Terms = append(o.Terms, openTerm{Step: t.Step, DueAt: t.DueAt, MetAt: t.MetAt, Rule: t.Rule, Reason: t.Explain(loc)})
	}
	if a := v.Answer; a != nil {
		signer := a.SignerName + ", " + a.SignerPost
		if a.SignerName == "" { // of the former site
			signer = ""
		}
		o.Answer = &openAnswer{Decision: a.Decision, Text: a.Body, Signer: signer, SignedAt: *a.SignedAt, URL: a.DecisionURL, Video: a.VideoURL}
	}
	hours, err := h.svc.Hours(ctx, n)
	if err != nil {
		return err
	}
	for _, x := range hours {
		o.Hours = append(o.Hours, openHour(x))
	}
	places, err := h.svc.Places(ctx, n)
	if err != nil {
		return err
	}
	for _, p := range places {
		o.Districts = append(o.Districts, openPlace{District: placeName(ctx, p), N: p.N})
	}
	open(c, openFor)
	return httpx.JSON(c, o)
}

// signersCSV is the whole public list of names.
func (h *Handlers) signersCSV(c echo.Context) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	if err := h.readable(c, n); err != nil {
		return err
	}
	open(c, openFor)
	return httpx.Table(c, "petition-"+strconv.FormatInt(n, 10)+"-signers.csv", ',', []string{"n", "name", "date"}, func(row func(...string) error) error {
		return h.svc.EachSigner(httpx.Ctx(c), n, func(s dom.Listed) error {
			return row(strconv.Itoa(s.Position), s.Name, i18n.ISODate(s.At))
		})
	})
}

// hoursCSV is the course of signing by hours.
func (h *Handlers) hoursCSV(c echo.Context) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	if err := h.readable(c, n); err != nil {
		return err
	}
	hours, err := h.svc.Hours(httpx.Ctx(c), n)
	if err != nil {
		return err
	}
	open(c, openFor)
	return httpx.Table(c, "petition-"+strconv.FormatInt(n, 10)+"-hours.csv", ',', []string{"hour", "signatures"}, func(row func(...string) error) error {
		for _, x := range hours {
			if err := row(x.At.In(i18n.Kyiv).Format(time.RFC3339), strconv.Itoa(x.N)); err != nil {
				return err
			}
		}
		return nil
	})
}
