package procurement

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"io"
	"net/url"
	"strings"
	"time"

	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
)

// feedItems is how many of the newest hits a feed holds.
const feedItems = 50

// FeedOptions say how a feed presents itself.
type FeedOptions struct {
	Base        string // public address of the portal
	Format      string // rss, atom
	Title       string
	Description string
	Self        string // its own address, absolute
}

// FeedState tells whether a reader has the feed already: an ETag without quotes,
// and the moment of the newest change among its items (zero: none).
func (s *Service) FeedState(ctx context.Context, q Query) (etag string, modified time.Time, err error) {
	hits, err := s.feedHits(ctx, q)
	if err != nil {
		return "", time.Time{}, err
	}
	h := sha256.New()
	for _, x := range hits {
		h.Write([]byte(x.Kind + x.ID + x.ChangedAt.UTC().Format(time.RFC3339Nano) + "\n"))
		if x.ChangedAt.After(modified) {
			modified = x.ChangedAt
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:20], modified, nil
}

func (s *Service) feedHits(ctx context.Context, q Query) ([]Hit, error) {
	q.Page, q.Sort = 0, ""
	ctx, err := s.stamped(ctx)
	if err != nil {
		return nil, err
	}
	return s.newest(ctx, q, feedItems)
}

// Feed writes the newest hits of a search as RSS 2.0 or Atom (RFC 4287). The id
// of an item is the document's at Prozorro and stays for ever; the item is told
// anew when its row changed, because a sign that has come is news.
func (s *Service) Feed(ctx context.Context, q Query, o FeedOptions, w io.Writer) error {
	hits, err := s.feedHits(ctx, q)
	if err != nil {
		return err
	}
	q.Page, q.Sort = 0, ""
	page := o.Base + "/procurement/search"
	if v := q.Values().Encode(); v != "" {
		page += "?" + v
	}
	var doc any
	switch o.Format {
	case "rss":
		doc = rssOf(ctx, hits, o, page)
	case "atom":
		doc = atomOf(ctx, hits, o, page, s.clock.Now())
	default:
		return errs.NotFound()
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(doc); err != nil {
		return err
	}
	return e.Close()
}

// itemID is permanent: it does not depend on the address of the portal.
func itemID(h Hit) string { return "urn:prozorro:" + h.Kind + ":" + url.PathEscape(h.ID) }

// itemText says a hit in one line.
func itemText(ctx context.Context, h Hit) string {
	parts := []string{h.Number}
	if h.BuyerName != "" {
		parts = append(parts, h.BuyerName)
	}
	switch {
	case h.SoleTrader:
		parts = append(parts, soleTraderWords(i18n.Locale(ctx)))
	case h.SupplierName != "":
		parts = append(parts, h.SupplierName)
	}
	if h.Amount != "" {
		parts = append(parts, sumWords(ctx, h.Amount, h.Currency))
	}
	if h.CPV != "" {
		parts = append(parts, strings.TrimSpace(h.CPV+" "+CPVName(h.CPV, i18n.Locale(ctx))))
	}
	if h.Example {
		parts = append(parts, i18n.T(ctx, "procurement.example_short"))
	}
	if h.Demo {
		parts = append(parts, i18n.T(ctx, "procurement.demo_short"))
	}
	if len(h.Signs) > 0 { // a reader of feeds may show the item without the words of the feed
		parts = append(parts, signWords(ctx, h.Signs)+". "+i18n.T(ctx, "procurement.caveat.title"))
	}
	return strings.Join(parts, " · ")
}

// soleTraderWords stands where the name of a sole trader would.
func soleTraderWords(locale string) string {
	if locale == i18n.English {
		return "Sole trader (name hidden)"
	}
	return "ФОП (ім’я приховано)"
}

type rssFeed struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Atom    string     `xml:"xmlns:atom,attr"`
	Channel rssChannel `xml:"channel"`
}

type rssChannel struct {
	Title       string    `xml:"title"`
	Link        string    `xml:"link"`
	Description string    `xml:"description"`
	Language    string    `xml:"language"`
	Built       string    `xml:"lastBuildDate,omitempty"`
	TTL         int       `xml:"ttl"`
	Self        rssSelf   `xml:"atom:link"`
	Items       []rssItem `xml:"item"`
}

type rssSelf struct {
	Href string `xml:"href,attr"`
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
}

type rssItem struct {
	Title       string  `xml:"title"`
	Link        string  `xml:"link"`
	Description string  `xml:"description"`
	Published   string  `xml:"pubDate"`
	GUID        rssGUID `xml:"guid"`
}

type rssGUID struct {
	Permalink bool   `xml:"isPermaLink,attr"`
	Value     string `xml:",chardata"`
}

func rssOf(ctx context.Context, hits []Hit, o FeedOptions, page string) rssFeed {
	f := rssFeed{Version: "2.0", Atom: "http://www.w3.org/2005/Atom", Channel: rssChannel{
		Title: o.Title, Link: page, Description: cmp.Or(o.Description, o.Title), Language: i18n.Locale(ctx), TTL: 30,
		Self: rssSelf{o.Self, "self", "application/rss+xml"},
	}}
	var built time.Time
	for _, h := range hits {
		if h.ChangedAt.After(built) {
			built = h.ChangedAt
		}
		f.Channel.Items = append(f.Channel.Items, rssItem{
			Title: h.Title, Link: o.Base + h.Path(), Description: itemText(ctx, h), Published: h.Day.UTC().Format(time.RFC1123Z), GUID: rssGUID{false, itemID(h)},
		})
	}
	if !built.IsZero() {
		f.Channel.Built = built.UTC().Format(time.RFC1123Z)
	}
	return f
}

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Sub     string      `xml:"subtitle,omitempty"`
	Updated string      `xml:"updated"`
	Links   []atomLink  `xml:"link"`
	Author  atomAuthor  `xml:"author"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
	Type string `xml:"type,attr,omitempty"`
}

type atomAuthor struct {
	Name string `xml:"name"`
	URI  string `xml:"uri"`
}

type atomEntry struct {
	ID        string   `xml:"id"`
	Title     string   `xml:"title"`
	Published string   `xml:"published"`
	Updated   string   `xml:"updated"`
	Link      atomLink `xml:"link"`
	Summary   string   `xml:"summary"`
}

func atomOf(ctx context.Context, hits []Hit, o FeedOptions, page string, now time.Time) atomFeed {
	f := atomFeed{
		Lang: i18n.Locale(ctx), ID: o.Self, Title: o.Title, Sub: o.Description,
		Links:  []atomLink{{"self", o.Self, "application/atom+xml"}, {"alternate", page, "text/html"}},
		Author: atomAuthor{"Prozorro", "https://prozorro.gov.ua/"},
	}
	var updated time.Time
	for _, h := range hits {
		if h.ChangedAt.After(updated) {
			updated = h.ChangedAt
		}
		f.Entries = append(f.Entries, atomEntry{
			ID: itemID(h), Title: h.Title, Published: h.Day.UTC().Format(time.RFC3339), Updated: h.ChangedAt.UTC().Format(time.RFC3339),
			Link: atomLink{"alternate", o.Base + h.Path(), "text/html"}, Summary: itemText(ctx, h),
		})
	}
	if updated.IsZero() {
		updated = now
	}
	f.Updated = updated.UTC().Format(time.RFC3339)
	return f
}
